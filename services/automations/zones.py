"""Time zones as automations read them: the installation's, and that of a contact."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(slots=True)
class _Chosen:
    """The installation's zone; set once by the composition root of a process."""

    zone: tzinfo = UTC


_chosen = _Chosen()


def use(name: str) -> None:
    """Make this the installation's zone: an IANA name."""
    _chosen.zone = named(name) or UTC


def ours() -> tzinfo:
    """The installation's zone."""
    return _chosen.zone


def of_contact(name: str | None) -> tzinfo:
    """A contact's zone; the installation's for one that is not known."""
    return named(name or "") or ours()


@cache
def named(name: str) -> tzinfo | None:
    """The zone of an IANA name; None for any other text."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
