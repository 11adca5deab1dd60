"""Gives a Python process a wrong clock before anything else runs; for chaos and tests only."""

import datetime
import os
import time

from typing_extensions import override

_SHIFT = float(os.environ.get("WHATSWAY_CHAOS_SHIFT_S", "0"))
_time, _time_ns = time.time, time.time_ns


class _Shifted(datetime.datetime):
    @classmethod
    @override
    def now(cls, tz: datetime.tzinfo | None = None) -> "_Shifted":
        return cls.fromtimestamp(_time() + _SHIFT, tz)

    @classmethod
    @override
    def utcnow(cls) -> "_Shifted":
        return cls.now(datetime.UTC).replace(tzinfo=None)


_Shifted.__name__ = _Shifted.__qualname__ = "datetime"
_Shifted.__module__ = "datetime"

if _SHIFT:
    time.time = lambda: _time() + _SHIFT
    time.time_ns = lambda: _time_ns() + int(_SHIFT * 1e9)
    datetime.datetime = _Shifted  # type: ignore[misc]
