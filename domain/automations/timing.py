"""When a time trigger fires: its occurrences in each zone, by the clock there."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import takewhile

from domain.automations import times
from domain.automations.triggers import TimeTrigger, Timing
from domain.calendars import DAYS
from domain.clocks import at_local

LATE = timedelta(minutes=15)
"""A start that is later than this is not made by itself (law 10)."""

_AHEAD = 400
"""Days in which an occurrence is looked for: the rarest comes once a month."""

_NINE = time(9)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A trigger fires at ``at``, when clocks show ``local``."""

    at: datetime
    local: datetime

    @property
    def name(self) -> str:
        """What it is called in the cause of a run: the same in every zone, so that nobody who moves has it twice."""
        return f"{self.local:%Y-%m-%dT%H:%M}"


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence, and the contacts' zones it is for; None for everybody, wherever they are."""

    at: datetime
    local: datetime
    zones: frozenset[str] | None

    @property
    def name(self) -> str:
        """As of the occurrence."""
        return Occurrence(self.at, self.local).name


def occurrences(trigger: TimeTrigger, zone: tzinfo, after: datetime) -> Iterator[Occurrence]:
    """When it fires in a zone after a moment, in order."""
    found = (Occurrence(at_local(local, zone), local) for local in _locals(trigger, zone, after))
    return (one for one in found if one.at > after)


def _locals(trigger: TimeTrigger, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    if trigger.timing is Timing.ONCE:
        moment = times.parsed_moment(trigger.moment)
        if moment is not None and times.is_everywhere(moment):
            there = moment.astimezone(zone) if moment.tzinfo else moment
            yield there.replace(tzinfo=None)
        return
    clock = times.parsed_clock(trigger.clock) or _NINE
    today = after.astimezone(zone).date()
    for ahead in range(-1, _AHEAD):
        day = today + timedelta(days=ahead)
        if _is_on(trigger, day):
            yield datetime.combine(day, clock)


def _is_on(trigger: TimeTrigger, day: date) -> bool:
    if trigger.timing is Timing.FIELD or trigger.every == "day":
        return True
    if trigger.every == "week":
        return DAYS[day.weekday()] in trigger.days
    return times.in_month(day.year, day.month, trigger.month_day) == day


def day_of_field(trigger: TimeTrigger, local: datetime) -> date:
    """The date that a contact's field holds whose occurrence is this one."""
    return local.date() - timedelta(days=trigger.offset)


def due(
    trigger: TimeTrigger, after: datetime, now: datetime, ours: tzinfo, zones: Collection[str]
) -> list[Due]:
    """What fires after a moment, up to now, oldest first; ``zones`` are those contacts may be in."""
    if trigger.zone != times.CONTACT_ZONE:
        zone = times.zone_named(trigger.zone, UTC, ours)
        return [Due(one.at, one.local, None) for one in _until(trigger, zone, after, now)]
    grouped: defaultdict[Occurrence, set[str]] = defaultdict(set)
    for name in zones:
        zone = times.zone_named(name, ours, ours)
        for one in _until(trigger, zone, after, now):
            grouped[one].add(name)
    found = [Due(one.at, one.local, frozenset(names)) for one, names in grouped.items()]
    return sorted(found, key=lambda one: (one.at, one.local))


def _until(
    trigger: TimeTrigger, zone: tzinfo, after: datetime, now: datetime
) -> Iterator[Occurrence]:
    return takewhile(lambda one: one.at <= now, occurrences(trigger, zone, after))


def next_at(
    trigger: TimeTrigger, now: datetime, ours: tzinfo, zones: Collection[str]
) -> datetime | None:
    """When it fires next, for anybody; None if never again."""
    if trigger.zone != times.CONTACT_ZONE:
        zone = times.zone_named(trigger.zone, UTC, ours)
        return next((one.at for one in occurrences(trigger, zone, now)), None)
    firsts = (
        next(occurrences(trigger, times.zone_named(name, ours, ours), now), None) for name in zones
    )
    return min((one.at for one in firsts if one is not None), default=None)
