"""Working hours: a week's spans in a zone, with holidays and other days of their own.

A span belongs to the day it begins on, and may end on the next. Every answer is in UTC.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from domain.clocks import at_local

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

FARTHEST = timedelta(days=400)
"""How far ahead an opening is looked for: a year, and what holidays may take of it."""

Span = tuple[int, int]
"""Minutes of the day; an end after midnight is more than 24 hours."""

_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)", re.ASCII)
_TYPED = re.compile(
    r"(\d{1,2})(?:[:.h]([0-5]\d))?h?\s*(?:-|\u2013|\u2014|to)\s*(\d{1,2})(?:[:.h]([0-5]\d))?h?",
    re.ASCII | re.IGNORECASE,
)
_MIDNIGHT = 24 * 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When it is open: by weekday from Monday on, except on ``days`` of a year and ``yearly`` ones (month, day)."""

    zone: tzinfo
    week: tuple[tuple[Span, ...], ...] = ((),) * 7
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    yearly: Mapping[tuple[int, int], tuple[Span, ...]] = field(default_factory=dict)

    def on(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on a day."""
        own = self.days.get(day, self.yearly.get((day.month, day.day)))
        return self.week[day.weekday()] if own is None else own

    @property
    def is_empty(self) -> bool:
        """Whether it never opens."""
        return not (any(self.week) or any(self.days.values()) or any(self.yearly.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A holiday, or a day with hours of its own; ``spans`` as ``"09:00-12:00"``, none when closed."""

    day: date
    name: str = ""
    spans: tuple[str, ...] = ()
    yearly: bool = False


def weekly(
    days: Mapping[str, Sequence[str]] | None, zone: tzinfo, special: Sequence[SpecialDay] = ()
) -> Calendar:
    """The calendar of written spans by the names in ``DAYS``; a span that cannot be read is left out."""
    return Calendar(
        zone=zone,
        week=tuple(_read((days or {}).get(name, ())) for name in DAYS),
        days={one.day: _read(one.spans) for one in special if not one.yearly},
        yearly={(one.day.month, one.day.day): _read(one.spans) for one in special if one.yearly},
    )


def _read(spans: Sequence[str]) -> tuple[Span, ...]:
    return tuple(sorted(filter(None, map(parsed_span, spans))))


def parsed_span(text: str) -> Span | None:
    """``"09:00-17:00"`` as minutes of the day; the end may be 24:00, or lie on the next day."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    start = int(found[1]) * 60 + int(found[2])
    end = int(found[3]) * 60 + int(found[4])
    if start >= _MIDNIGHT or end > _MIDNIGHT or start == end:
        return None
    return start, end if end > start else end + _MIDNIGHT


def typed_span(text: str) -> Span | None:
    """A span as people type it: ``"9-17"``, ``"9.00 - 12.30"``, ``"8h30 to 12h"``."""
    found = _TYPED.fullmatch(" ".join(text.split()))  # also spaces that do not break
    if found is None:
        return None
    return parsed_span(f"{found[1]}:{found[2] or '00'}-{found[3]}:{found[4] or '00'}")


def written(span: Span) -> str:
    """A span as ``parsed_span`` reads it."""
    start, end = span
    shown = end if end <= _MIDNIGHT else end - _MIDNIGHT
    return f"{start // 60:02}:{start % 60:02}-{shown // 60:02}:{shown % 60:02}"


def openings(
    calendar: Calendar, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of opening that touch the time between, in order; adjoining ones are one.

    The first begins on the day before at the earliest, the last ends on the day after at the latest.
    """
    if calendar.is_empty:
        return
    opened: tuple[datetime, datetime] | None = None
    for start, end in _stretches(calendar, since, until):
        if opened is not None and start <= opened[1]:
            opened = opened[0], max(opened[1], end)
            continue
        if opened is not None and opened[1] > since:
            yield opened
        opened = start, end
    if opened is not None and opened[1] > since:
        yield opened


def _stretches(
    calendar: Calendar, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The spans of each day by their start; what a change of the clock skips is left out."""
    day = since.astimezone(calendar.zone).date() - _DAY
    last = until.astimezone(calendar.zone).date()
    while day <= last:
        for start, end in calendar.on(day):
            opens, closes = (_at_minute(day, minute, calendar.zone) for minute in (start, end))
            if opens < closes and opens < until:
                yield opens, closes
        day += _DAY


def _at_minute(day: date, minute: int, zone: tzinfo) -> datetime:
    days, rest = divmod(minute, _MIDNIGHT)
    return at_local(datetime.combine(day + timedelta(days=days), time(*divmod(rest, 60))), zone)


def is_open(calendar: Calendar, now: datetime) -> bool:
    """Whether it is open at this moment."""
    soon = now + timedelta(microseconds=1)
    return any(start <= now < end for start, end in openings(calendar, now, soon))


def next_open(calendar: Calendar, now: datetime) -> datetime | None:
    """The next open moment, which may be now; None when there is none within ``FARTHEST``."""
    first = next(openings(calendar, now, now + FARTHEST), None)
    return None if first is None else max(first[0], now.astimezone(UTC))


def closes_at(calendar: Calendar, now: datetime) -> datetime | None:
    """When it closes, if it is open now and closes within ``FARTHEST``."""
    first = next(openings(calendar, now, now + FARTHEST), None)
    if first is None or first[0] > now or first[1] > now + FARTHEST:
        return None
    return first[1]


def worked(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """The working time between two moments; none if the second is not later."""
    if until <= since:
        return timedelta()
    found = (min(end, until) - max(start, since) for start, end in openings(calendar, since, until))
    return sum(found, timedelta())


def after(calendar: Calendar, since: datetime, amount: timedelta) -> datetime | None:
    """When so much working time, more than none, has passed; None if it does not within ``FARTHEST``."""
    for start, end in openings(calendar, since, since + FARTHEST):
        begins = max(start, since.astimezone(UTC))
        if begins + amount <= end:
            return begins + amount
        amount -= end - begins
    return None
