"""Moments at which clocks in a zone show a local time.

Local times that a change of the clock skips stand for the first moment after it, doubled ones for the first of the two.
"""

from datetime import UTC, datetime, timedelta, tzinfo


def at_local(local: datetime, zone: tzinfo) -> datetime:
    """The moment, in UTC, at which clocks in the zone show ``local``, which has no zone of its own."""
    early = local.replace(tzinfo=zone, fold=0)
    moment = early.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(fold=0):
        return moment
    return _after_gap(local, zone)


def _after_gap(local: datetime, zone: tzinfo) -> datetime:
    """The first moment after the change of the clock that skips ``local``, to the second."""
    before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    assert before is not None
    assert after is not None
    low, high = (local - after).replace(tzinfo=UTC), (local - before).replace(tzinfo=UTC)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
