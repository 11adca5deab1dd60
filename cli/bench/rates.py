"""Statistics on a series of times: percentiles, speed in an interval, when a new speed began."""

from bisect import bisect_left
from collections.abc import Sequence
from math import ceil

TOLERANCE = 0.15
STEP_S = 0.02
WINDOW_S = 1.0


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed (nearest rank); 0 if empty."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Count, p50, p95, p99 and maximum, rounded to milliseconds."""
    marks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {"count": len(values)} | {
        name: round(percentile(values, share), 3) for name, share in marks.items()
    }


def between(moments: Sequence[float], start: float, end: float) -> int:
    """How many of the ascending times are in [start, end)."""
    return bisect_left(moments, end) - bisect_left(moments, start)


def silent_after(moments: Sequence[float], call: float, end: float) -> float:
    """Seconds from a call until the last time before ``end``; 0 if none came after it."""
    last = bisect_left(moments, end) - 1
    return max(0.0, moments[last] - call) if last >= 0 else 0.0


def first_after(moments: Sequence[float], call: float) -> float | None:
    """Seconds from a call to the first time after it."""
    found = bisect_left(moments, call)
    return moments[found] - call if found < len(moments) else None


def reached(
    moments: Sequence[float], call: float, end: float, speed: float, *, slower: bool
) -> float | None:
    """Seconds from a call until the first second at the new speed; None if there is none before ``end``.

    A slower speed may be slightly exceeded, a faster one slightly missed.
    """
    start = call
    while start + WINDOW_S <= end:
        seen = between(moments, start, start + WINDOW_S) / WINDOW_S
        if seen <= speed * (1 + TOLERANCE) if slower else seen >= speed * (1 - TOLERANCE):
            return start - call
        start += STEP_S
    return None
