"""Calendars of working hours: stored as typed, given to numbers and people, and named by automations."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain import calendars as rules
from domain.automations.conditions import CHANNEL, Condition, Conditions, Group, Hours, Subject
from domain.automations.nodes import Branch
from domain.calendars import SpecialDay
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.permissions import Role
from services import calendars, clock
from services.automations import hours, zones
from services.calendars import Wanted
from services.vault import Vault, new_key
from store import users
from tests import threads
from tests.graphs import graph
from tests.threads import AGENT, Thread

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


def office(name: str = "Office", **given: Any) -> Wanted:
    """Weekdays from nine to five, as somebody types it."""
    week = dict.fromkeys(rules.DAYS[:5], ("9-17",))
    return Wanted(**{"name": name, "zone": "UTC", "week": week, **given})


async def noted(session: AsyncSession) -> list[Any]:
    """What the journal has of calendars."""
    query = text("SELECT kind, before, data FROM journal WHERE kind LIKE 'calendar.%' ORDER BY id")
    return [tuple(row) for row in await session.execute(query)]


async def test_hours_are_stored_in_order_and_special_days_by_date(session: AsyncSession) -> None:
    week = {"mon": ("15-18", " 9:00 - 13 "), "sat": ()}
    special = (
        SpecialDay(day=date(2026, 12, 31), spans=("9-12",)),
        SpecialDay(day=date(2026, 12, 25), name=" Christmas ", yearly=True),
    )
    made = await calendars.create(session, AGENT, office("  Shop ", week=week, special=special))
    assert (made.name, made.week) == ("Shop", {"mon": ["09:00-13:00", "15:00-18:00"]})
    assert [one["name"] for one in made.special] == ["Christmas", ""]
    hours_of = calendars.hours_of(await calendars.get(session, made.id))
    assert hours_of.on(date(2030, 12, 25)) == ()
    assert hours_of.on(date(2026, 12, 31)) == ((540, 720),)


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"name": " "}, {"name"}),
        ({"zone": "Mars/Base"}, {"zone"}),
        ({"week": {"mon": ("nine",), "tue": ("9-12", "11-13")}}, {"week.mon", "week.tue"}),
        ({"special": (SpecialDay(day=NOON.date(), spans=("x",)),)}, {"special.0.spans"}),
        ({"special": (SpecialDay(day=NOON.date()),) * 2}, {"special.1.day"}),
        ({"special": (SpecialDay(day=NOON.date()),) * 401}, {"special"}),
        ({"channel_ids": (new_id(),), "user_ids": (new_id(),)}, {"channel_ids", "user_ids"}),
    ],
)
async def test_odd_hours_are_refused_where_they_stand(
    session: AsyncSession, given: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        await calendars.create(session, AGENT, office(**given))
    assert refused.value.fields.keys() == fields
    assert await calendars.every(session) == []
    assert await noted(session) == []


async def test_a_name_is_taken_once_and_one_is_the_default(session: AsyncSession) -> None:
    first = await calendars.create(session, AGENT, office(is_default=True))
    with pytest.raises(Conflict):
        await calendars.create(session, AGENT, office("OFFICE"))
    second = await calendars.create(session, AGENT, office("Nights", is_default=True))
    assert [(one.id, one.is_default) for one in await calendars.every(session)] == [
        (second.id, True), (first.id, False),
    ]  # fmt: skip
    for call in (
        calendars.get(session, new_id()),
        calendars.delete(session, AGENT, new_id()),
        calendars.change(session, AGENT, new_id(), office()),
    ):
        with pytest.raises(NotFound):
            await call


async def test_a_number_and_a_person_have_one_set_of_hours(
    session: AsyncSession, thread: Thread
) -> None:
    someone = await users.add(
        session, email="ben@example.com", name="Ben", role=Role.AGENT, password_hash="-"
    )
    assert someone is not None

    held: Any = {"channel_ids": (thread.channel_id,), "user_ids": (someone,)}
    first = await calendars.create(session, AGENT, office(**held))
    second = await calendars.create(session, AGENT, office("Nights", **held))
    first = await calendars.get(session, first.id)
    assert (first.channel_ids, first.user_ids) == ((), ())
    assert (second.channel_ids, second.user_ids) == ((thread.channel_id,), (someone,))
    await calendars.change(session, AGENT, second.id, office("Nights"))
    assert (await calendars.get(session, second.id)).channel_ids == ()
    await calendars.change(session, AGENT, first.id, office(**held))
    await calendars.delete(session, AGENT, first.id)
    found = await session.scalars(
        text("SELECT calendar_id FROM channels UNION ALL SELECT calendar_id FROM users")
    )
    assert set(found) == {None}


async def test_only_what_changed_is_noted(session: AsyncSession) -> None:
    made = await calendars.create(session, AGENT, office())
    await calendars.change(session, AGENT, made.id, office())
    await calendars.change(session, AGENT, made.id, office(week={"mon": ("9-12",)}))
    await calendars.delete(session, AGENT, made.id)
    created, changed, deleted = await noted(session)
    assert created[0] == "calendar.created"
    assert changed[1]["name"] == changed[2]["name"] == "Office"
    assert (changed[1].keys(), changed[2]["week"]) == ({"name", "week"}, "mon 09:00-12:00")
    assert deleted[:2] == ("calendar.deleted", {"name": "Office"})


async def test_openings_are_kept_ready_a_year_ahead(session: AsyncSession) -> None:
    made = await calendars.create(session, AGENT, office())
    now = clock.now()
    spans = text("SELECT opens_at, closes_at, worked FROM calendar_spans ORDER BY opens_at")
    found = [tuple(row) for row in await session.execute(spans)]
    wanted = rules.openings(
        calendars.hours_of(made), now - calendars.SPANS_FROM, now + calendars.SPANS_UNTIL
    )
    assert [(opens, closes) for opens, closes, _ in found] == list(wanted)
    assert [worked for _, _, worked in found] == [n * 8 * 3600 for n in range(len(found))]
    await calendars.renew(session, now)
    assert [tuple(row) for row in await session.execute(spans)] == found
    await calendars.renew(session, now + timedelta(days=60))
    await session.execute(text("DELETE FROM calendar_spans WHERE opens_at > now()"))
    await calendars.renew(session, now)
    assert [tuple(row) for row in await session.execute(spans)] == found


async def test_openings_follow_the_installations_zone(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_the_clock = dict.fromkeys(rules.DAYS, ("0-24",))
    made = [
        await calendars.create(session, AGENT, office(name, zone="", week=week))
        for name, week in (("Office", {"mon": ("9-17",)}), ("Always", round_the_clock))
    ]
    query = text(
        "SELECT opens_at FROM calendar_spans WHERE calendar_id = :id AND opens_at > now() LIMIT 1"
    )

    async def opens() -> datetime:
        at = await session.scalar(query, {"id": made[0].id})
        assert isinstance(at, datetime)
        return at.astimezone(UTC)

    async def written() -> set[str]:
        return set(await session.scalars(text("SELECT ctid::text FROM calendar_spans")))

    assert (await opens()).hour == 9
    before = await written()
    await calendars.renew(session, clock.now())
    assert await written() == before, "what fits is not written again"
    monkeypatch.setattr(zones._chosen, "zone", ZoneInfo("Asia/Tokyo"))
    await calendars.renew(session, clock.now())
    assert (await opens()).hour == 0


async def test_automations_name_the_numbers_hours_or_a_calendar(
    session: AsyncSession, thread: Thread
) -> None:
    when = Conditions(groups=(Group(conditions=(Condition(subject=Subject.HOURS, value="open"),)),))
    asked = graph({
        "own": Branch(when=when, hours=Hours(days={"mon": ("09:00-17:00",)})),
        "number": Branch(when=when, hours=Hours(calendar=CHANNEL)),
    })  # fmt: skip
    assert asked.calendars == {CHANNEL}
    assert await hours.named(session, asked.calendars, thread.channel_id) == {}
    default = await calendars.create(session, AGENT, office(is_default=True))
    week = {"sun": ("0-24",)}
    own = await calendars.create(
        session, AGENT, office("Own", week=week, channel_ids=(thread.channel_id,))
    )

    async def applies(channel_id: Any) -> Any:
        return (await hours.named(session, asked.calendars, channel_id))[CHANNEL]

    assert await applies(thread.channel_id) == calendars.hours_of(own)
    assert await applies(new_id()) == calendars.hours_of(default)
    assert await hours.named(session, {str(own.id), str(new_id())}, None) == {
        str(own.id): calendars.hours_of(own)
    }
    assert await hours.known(session) == {str(default.id), str(own.id), CHANNEL}


async def test_it_is_open_or_says_when_that_changes(session: AsyncSession) -> None:
    made = await calendars.create(session, AGENT, office())
    for now, open_, until in (
        (NOON, True, NOON.replace(hour=17)),
        (NOON.replace(hour=20), False, NOON.replace(day=26, hour=9)),
    ):
        standing = calendars.state_of(made, now)
        assert (standing.open, standing.until) == (open_, until)
