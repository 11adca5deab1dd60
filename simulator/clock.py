"""One clock for the whole simulator: epoch seconds that never jump while it runs."""

import time


class Clock:
    """`now()` is the epoch at start plus monotonic time since, so rates and delays survive clock changes."""

    __slots__ = ("_offset",)

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Epoch seconds."""
        return time.monotonic() + self._offset

    def monotonic(self, moment: float) -> float:
        """The monotonic reading of a moment this clock gave."""
        return moment - self._offset
