"""Moments of an automation: waits in calendar units, clocks in a zone, whose working hours are meant.

Every answer is in UTC.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.automations.conditions import Hours
from domain.automations.nodes import Duration, Unit
from domain.calendars import Calendar, weekly
from domain.clocks import at_local
from domain.fields import parse_date, parse_moment

FARTHEST = timedelta(days=3660)
"""No wait is longer."""

CONTACT_ZONE = "contact"

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


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


def calendar_of(
    hours: Hours, named: Mapping[str, Calendar], contact: tzinfo, ours: tzinfo
) -> Calendar:
    """The working hours that a node or trigger means: its own, or those of a calendar; of a deleted one, none."""
    if hours.calendar:
        return named.get(hours.calendar) or Calendar(zone=ours)
    return weekly(hours.days, zone_named(hours.zone, contact, ours))
