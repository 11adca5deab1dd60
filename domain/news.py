"""Meta's news come late, twice and out of order: each counts only when none of its kind was newer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

REPEATED_FOR = timedelta(days=8)
"""Meta repeats a delivery for seven days; an older time is a clock's fault, not late news."""

OVERLAP = timedelta(minutes=1)
"""What happened while we asked may be in the answer or not: then the news counts."""


def is_late(
    seen: Mapping[str, Any],
    kind: str,
    at: datetime,
    *,
    now: datetime,
    read_at: datetime | None = None,
) -> bool:
    """Whether newer news of this kind were seen, or the whole was read from Meta since (``read_at``)."""
    last = seen.get(kind)
    if isinstance(last, str) and at < datetime.fromisoformat(last):
        return True
    credible = now - at < REPEATED_FOR
    return credible and read_at is not None and at < read_at - OVERLAP


def noted(seen: Mapping[str, Any], kind: str, at: datetime, *, now: datetime) -> dict[str, Any]:
    """The times with this one in them; a time ahead of now counts as now."""
    return {**seen, kind: min(at, now).isoformat()}
