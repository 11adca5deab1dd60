"""Meta's updates arrive late, twice and out of order: each counts only if it is the newest of its kind."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

REPEATED_FOR = timedelta(days=8)
"""Meta repeats a delivery for seven days; an older time is a wrong clock, not a late update."""

OVERLAP = timedelta(minutes=1)
"""What happened during our request may be missing from the answer: then the update counts."""


def is_late(
    seen: Mapping[str, Any],
    kind: str,
    at: datetime,
    *,
    now: datetime,
    read_at: datetime | None = None,
) -> bool:
    """Whether a newer update of this kind was seen, or everything was read from Meta since (``read_at``)."""
    last = seen.get(kind)
    if isinstance(last, str) and at < datetime.fromisoformat(last):
        return True
    credible = now - at < REPEATED_FOR
    return credible and read_at is not None and at < read_at - OVERLAP


def noted(seen: Mapping[str, Any], kind: str, at: datetime, *, now: datetime) -> dict[str, Any]:
    """The times with this one added; a time in the future counts as now."""
    return {**seen, kind: min(at, now).isoformat()}
