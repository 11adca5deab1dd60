"""Working hours: calendars, whose they are, and which one applies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import calendars as rules
from domain.actors import Actor
from domain.calendars import DAYS, Calendar, SpecialDay
from domain.contacts import timezones, typed
from domain.errors import Conflict, Invalid, NotFound
from domain.journal import calendars as facts
from domain.sentences import Sentence
from services import clock, journal
from services.automations import zones
from store import calendars, channels, due, users
from store.calendars import Stored

__all__ = ["MOST", "NAME_LIMIT", "Stored", "Wanted"]

NAME_LIMIT = 60
MOST = 100
MOST_DAYS = 200
"""Special days: four fields each in a form, which has at most 1,000."""

MOST_SPANS = 6

SPANS_FROM = timedelta(days=35)
SPANS_UNTIL = rules.FARTHEST
"""The openings that are kept ready for SQL: from the past, for what already waits, to a year ahead."""

_YEARS = range(1970, 3000)
_WEEKDAYS = DAYS[:5]
OFFICE = dict.fromkeys(_WEEKDAYS, ("09:00-17:00",))
"""What a new calendar begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A calendar as somebody wants it: spans as people type them, by the names in ``DAYS``."""

    name: str
    zone: str = ""
    week: Mapping[str, Sequence[str]]
    special: Sequence[SpecialDay] = ()
    is_default: bool = False
    channel_ids: Sequence[UUID] = ()
    user_ids: Sequence[UUID] = ()


async def every(session: AsyncSession) -> list[Stored]:
    """All calendars, the default one first."""
    return await calendars.every(session)


async def get(session: AsyncSession, calendar_id: UUID) -> Stored:
    """One calendar; raises NotFound."""
    found = await calendars.get(session, calendar_id)
    if found is None:
        raise NotFound("calendar_unknown")
    return found


def hours_of(stored: Stored) -> Calendar:
    """The hours themselves, in their zone."""
    zone = zones.named(stored.zone) or zones.ours()
    return rules.weekly(stored.week, zone, special_of(stored))


def special_of(stored: Stored) -> list[SpecialDay]:
    """Its holidays and other special days, as they are stored."""
    return [
        SpecialDay(
            day=date.fromisoformat(one["day"]),
            name=one["name"],
            spans=tuple(one["spans"]),
            yearly=one["yearly"],
        )
        for one in stored.special
    ]


async def create(session: AsyncSession, actor: Actor, wanted: Wanted) -> Stored:
    """A new calendar; raises Conflict when its name is taken."""
    await due.take_turn(session)
    tidy = await _tidy(session, wanted, None)
    if len(await calendars.every(session)) >= MOST:
        raise Conflict("calendars_limit", most=MOST)
    if tidy.is_default:
        await calendars.no_default(session)
    calendar_id = await calendars.create(session, **_columns(tidy))
    if calendar_id is None:
        raise Conflict("calendar_exists", field="name", name=tidy.name)
    made = await _settle(session, calendar_id, tidy)
    after = _told(made)
    await journal.note(session, actor, facts.CalendarCreated(calendar_id=made.id, after=after))
    return made


async def change(session: AsyncSession, actor: Actor, calendar_id: UUID, wanted: Wanted) -> Stored:
    """Put another calendar in place of one; nothing is noted where nothing differs."""
    await due.take_turn(session)
    before = await get(session, calendar_id)
    tidy = await _tidy(session, wanted, calendar_id)
    if tidy.is_default and not before.is_default:
        await calendars.no_default(session)
    await calendars.change(session, calendar_id, **_columns(tidy))
    after = await _settle(session, calendar_id, tidy)
    old, new = _told(before), _told(after)
    if old != new:
        changed = [name for name in new if old[name] != new[name]]
        fact = facts.CalendarChanged(
            calendar_id=calendar_id,
            before={"name": before.name, **{name: old[name] for name in changed}},
            after={"name": after.name, **{name: new[name] for name in changed}},
        )
        await journal.note(session, actor, fact)
    return after


async def delete(session: AsyncSession, actor: Actor, calendar_id: UUID) -> None:
    """Delete a calendar; whoever had it has the default one from now on."""
    await due.take_turn(session)
    gone = await get(session, calendar_id)
    await calendars.remove(session, calendar_id)
    await due.again(session)
    before = {"name": gone.name}
    await journal.note(session, actor, facts.CalendarDeleted(calendar_id=gone.id, before=before))


async def renew(session: AsyncSession, now: datetime) -> None:
    """Let the openings that are kept ready reach a year ahead again, once a month of it has passed.

    Also those of calendars whose zone is another one now: the installation's was changed, or a country its clocks.
    """
    await due.take_turn(session)
    behind = [one for one in await every(session) if await _is_behind(session, one, now)]
    for one in behind:
        await _spread(session, one)
    if behind:
        await due.again(session)


async def _is_behind(session: AsyncSession, stored: Stored, now: datetime) -> bool:
    until = now + SPANS_UNTIL - SPANS_FROM
    wanted = rules.openings(hours_of(stored), now, until)
    return _between(await calendars.spans(session, stored.id), now, until) != _between(
        wanted, now, until
    )


def _between(
    openings: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """The parts of openings between two moments."""
    return [
        (max(opens, since), min(closes, until))
        for opens, closes in openings
        if opens < until and closes > since
    ]


async def _settle(session: AsyncSession, calendar_id: UUID, wanted: Wanted) -> Stored:
    """Give it to whom it is for, and spread its openings out for SQL."""
    await calendars.give(session, calendar_id, wanted.channel_ids, wanted.user_ids)
    stored = await get(session, calendar_id)
    await _spread(session, stored)
    await due.again(session)
    return stored


async def _spread(session: AsyncSession, stored: Stored) -> None:
    now = clock.now()
    found = rules.openings(hours_of(stored), now - SPANS_FROM, now + SPANS_UNTIL)
    await calendars.set_spans(session, stored.id, list(found))


def _columns(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "zone": wanted.zone,
        "week": {day: list(spans) for day, spans in wanted.week.items()},
        "special": [
            {"day": one.day.isoformat(), "name": one.name, "spans": list(one.spans), "yearly": one.yearly}
            for one in wanted.special
        ],
        "is_default": wanted.is_default,
    }  # fmt: skip


def _told(stored: Stored) -> dict[str, Any]:
    """A calendar as the audit log tells it."""
    week = "; ".join(f"{day} {', '.join(stored.week[day])}" for day in DAYS if stored.week.get(day))
    special = "; ".join(
        f"{one['day']} {', '.join(one['spans']) or '-'} {one['name']}".strip()
        for one in stored.special
    )
    return {
        "name": stored.name, "zone": stored.zone, "week": week, "special": special,
        "is_default": stored.is_default, "channels": [str(one) for one in stored.channel_ids],
        "users": [str(one) for one in stored.user_ids],
    }  # fmt: skip


async def _tidy(session: AsyncSession, wanted: Wanted, own: UUID | None) -> Wanted:
    """The same in stored form; raises Invalid or Conflict, with a sentence for each field."""
    name = typed(wanted.name, NAME_LIMIT, "name")
    if not name:
        raise Invalid("calendar_name", field="name", most=NAME_LIMIT)
    taken = await calendars.named(session, name)
    if taken is not None and taken != own:
        raise Conflict("calendar_exists", field="name", name=name)
    fields: dict[str, Sentence] = {}
    if wanted.zone and wanted.zone not in timezones():
        fields["zone"] = Sentence("timezone_invalid")
    week = {
        day: _spans(wanted.week.get(day, ()), f"week.{day}", fields)
        for day in DAYS
        if wanted.week.get(day)
    }
    special = _special(wanted.special, fields)
    await _holders(session, wanted, fields)
    if fields:
        raise Invalid("calendar_wrong", fields=fields)
    return replace(wanted, name=name, week=week, special=special)


def _spans(typed_in: Sequence[str], field: str, fields: dict[str, Sentence]) -> tuple[str, ...]:
    """What somebody typed, as stored and in order."""
    found = [rules.typed_span(one) for one in typed_in]
    known = sorted(one for one in found if one is not None)
    if len(known) < len(found):
        fields[field] = Sentence("calendar_spans")
    elif len(known) > MOST_SPANS:
        fields[field] = Sentence("calendar_spans.many", most=MOST_SPANS)
    elif any(one[1] > other[0] for one, other in pairwise(known)):
        fields[field] = Sentence("calendar_spans.overlap")
    return tuple(rules.written(one) for one in known)


def _special(wanted: Sequence[SpecialDay], fields: dict[str, Sentence]) -> tuple[SpecialDay, ...]:
    if len(wanted) > MOST_DAYS:
        fields["special"] = Sentence("calendar_days.many", most=MOST_DAYS)
        return ()
    seen: set[tuple[object, ...]] = set()
    found: list[SpecialDay] = []
    for place, one in enumerate(wanted):
        key = (one.day.month, one.day.day) if one.yearly else (one.day,)
        if key in seen:
            fields[f"special.{place}.day"] = Sentence("calendar_days.twice")
        seen.add(key)
        spans = _spans(one.spans, f"special.{place}.spans", fields)
        name = typed(one.name, NAME_LIMIT, f"special.{place}.name")
        found.append(replace(one, spans=spans, name=name))
    return tuple(sorted(found, key=lambda one: (one.day, one.yearly)))


async def _holders(session: AsyncSession, wanted: Wanted, fields: dict[str, Sentence]) -> None:
    """Numbers and people must exist."""
    if wanted.channel_ids:
        there = {row.id for row in await channels.list_all(session)}
        if not there.issuperset(wanted.channel_ids):
            fields["channel_ids"] = Sentence("channel_not_found")
    if wanted.user_ids and len(await users.names(session, list(wanted.user_ids))) < len(
        set(wanted.user_ids)
    ):
        fields["user_ids"] = Sentence("user_not_found")


def worked(stored: Stored, since: datetime, until: datetime) -> timedelta:
    """The working time between two moments, at most ``FARTHEST`` apart; raises Invalid."""
    if since.year not in _YEARS or until.year not in _YEARS or until - since > rules.FARTHEST:
        raise Invalid("calendar_range", field="until", days=rules.FARTHEST.days)
    return rules.worked(hours_of(stored), since, until)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a calendar is open, and when that changes."""

    open: bool
    until: datetime | None


def state_of(stored: Stored, now: datetime) -> Standing:
    """Whether it is open now, until when; or when it opens."""
    hours = hours_of(stored)
    if rules.is_open(hours, now):
        return Standing(True, rules.closes_at(hours, now))
    return Standing(False, rules.next_open(hours, now))
