"""Moments of an automation: waits in calendar units, clocks in a zone, working hours.

Local times that a change of the clock skips stand for the first moment after it, doubled ones for the first of the two.
Every answer is in UTC.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.automations.conditions import DAYS, Hours
from domain.automations.nodes import Duration, Unit
from domain.fields import parse_date, parse_moment

FARTHEST = timedelta(days=3660)
"""No wait is longer."""

CONTACT_ZONE = "contact"

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)", re.ASCII)
_MIDNIGHT = 24 * 60
_AHEAD = 15
"""Days in which the next opening is looked for: a week, and what a clock change may skip of it."""


def zone_named(name: str, contact: tzinfo, ours: tzinfo) -> tzinfo:
    """The zone a node names: the contact's, ours (an empty or unknown name), or an IANA one."""
    if name == CONTACT_ZONE:
        return contact
    return (_zone(name) if name else None) or ours


@lru_cache(maxsize=1024)
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found, a folder, not a name
        return None


def add(moment: datetime, duration: Duration, zone: tzinfo) -> datetime:
    """The moment so much later; days, weeks and months keep the clock of the zone, and short months their last day."""
    amount = max(1, min(duration.amount, FARTHEST // timedelta(minutes=1)))
    try:
        return min(_added(moment, amount, duration.unit, zone), moment.astimezone(UTC) + FARTHEST)
    except (OverflowError, ValueError):
        return moment.astimezone(UTC) + FARTHEST


def _added(moment: datetime, amount: int, unit: Unit, zone: tzinfo) -> datetime:
    match unit:
        case Unit.MINUTES:
            return moment.astimezone(UTC) + timedelta(minutes=amount)
        case Unit.HOURS:
            return moment.astimezone(UTC) + timedelta(hours=amount)
        case Unit.MONTHS:
            return _on_day(moment, months_after(moment.astimezone(zone).date(), amount), zone)
        case _:
            days = amount * (7 if unit is Unit.WEEKS else 1)
            return _on_day(moment, moment.astimezone(zone).date() + timedelta(days=days), zone)


def _on_day(moment: datetime, day: date, zone: tzinfo) -> datetime:
    clock = moment.astimezone(zone).time()
    return at_local(datetime.combine(day, clock.replace(fold=0)), zone)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return in_month(year, month + 1, day.day)


def in_month(year: int, month: int, day: int) -> date:
    """A day of a month, or its last one if it is shorter: the 31st, the 29th of February."""
    return date(year, month, max(1, min(day, monthrange(year, month)[1])))


def aware(moment: datetime, zone: tzinfo) -> datetime:
    """A moment in UTC; one without a zone is local time."""
    return moment.astimezone(UTC) if moment.tzinfo else at_local(moment, zone)


def at_local(local: datetime, zone: tzinfo) -> datetime:
    """The moment at which clocks in the zone show ``local``, which has no zone of its own."""
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


def parsed_clock(text: str) -> time | None:
    """``"9:00"`` or ``"09:00"``."""
    found = _CLOCK.fullmatch(text.strip())
    return time(int(found[1]), int(found[2])) if found else None


def parsed_moment(text: str) -> datetime | None:
    """Local time as ``"2026-12-24T09:00"``; a day alone begins at midnight. A zone that the text names is kept."""
    text = text.strip()
    if moment := parse_moment(text):
        return moment
    day = parse_date(text)
    return None if day is None else datetime.combine(day, time())


def is_everywhere(moment: datetime) -> bool:
    """Whether clocks in every zone can show a moment: at the ends of the calendar only some do."""
    return MINYEAR < moment.year < MAXYEAR


def parsed_day(text: str, zone: tzinfo) -> date | None:
    """The day in a date, or in a date with a time: in ``zone`` if that names another zone."""
    moment = parsed_moment(text)
    if moment is None:
        return None
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def next_clock(now: datetime, clock: time, zone: tzinfo) -> datetime:
    """The next time, after now, that clocks in the zone show ``clock``."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, 4))
    moments = (at_local(datetime.combine(day, clock), zone) for day in days)
    return next(moment for moment in moments if moment > now)


def is_open(now: datetime, hours: Hours, zone: tzinfo) -> bool:
    """Whether now lies in the working hours."""
    return any(start <= now < end for start, end in _open_spans(now, hours, zone, 1))


def next_open(now: datetime, hours: Hours, zone: tzinfo) -> datetime | None:
    """The next moment inside the working hours, which may be now; None when there is none."""
    spans = (
        (start, end)
        for start, end in _open_spans(now, hours, zone, _AHEAD)
        if start < end and end > now
    )
    first = min(spans, default=None)
    return None if first is None else max(first[0], now.astimezone(UTC))


def _open_spans(
    now: datetime, hours: Hours, zone: tzinfo, ahead: int
) -> Iterator[tuple[datetime, datetime]]:
    """When it is open, from yesterday on: a span that ends before it begins ends on the next day."""
    if not hours.days:
        return
    today = now.astimezone(zone).date()
    for offset in range(-1, ahead + 1):
        day = today + timedelta(days=offset)
        for span in hours.days.get(DAYS[day.weekday()], ()):
            if (found := parsed_span(span)) is not None:
                yield _at_minute(day, found[0], zone), _at_minute(day, found[1], zone)


def parsed_span(text: str) -> tuple[int, int] | None:
    """``"09:00-17:00"`` as minutes of the day; the end may be 24:00, or lie on the next day."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    start = int(found[1]) * 60 + int(found[2])
    end = int(found[3]) * 60 + int(found[4])
    if start >= _MIDNIGHT or end > _MIDNIGHT or start == end:
        return None
    return start, end if end > start else end + _MIDNIGHT


def _at_minute(day: date, minute: int, zone: tzinfo) -> datetime:
    days, rest = divmod(minute, _MIDNIGHT)
    clock = time(rest // 60, rest % 60)
    return at_local(datetime.combine(day + timedelta(days=days), clock), zone)
