"""Working hours that two change at once."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, NotFound
from services import calendars, clock
from services.calendars import OFFICE, Wanted
from tests.store.races import Act, Sessions, begun, someone_waits
from tests.threads import AGENT


def office(name: str, *, is_default: bool = False) -> Act:
    """Somebody makes working hours."""
    wanted = Wanted(name=name, week=OFFICE, is_default=is_default)
    return lambda session: calendars.create(session, AGENT, wanted)


async def one_by_one(sessions: Sessions, first: Act, second: Act) -> asyncio.Task[object]:
    """The second begins before the first has ended."""
    async with sessions.begin() as session:
        await first(session)
        waiting = begun(sessions, second)
        await someone_waits(sessions)
    return waiting


async def test_the_last_default_counts(sessions: Sessions) -> None:
    await (
        await one_by_one(
            sessions, office("Office", is_default=True), office("Shop", is_default=True)
        )
    )
    async with sessions() as session:
        found = await calendars.every(session)
    assert [(one.name, one.is_default) for one in found] == [("Shop", True), ("Office", False)]


async def test_two_of_one_name_are_told_so_in_words(sessions: Sessions) -> None:
    second = await one_by_one(sessions, office("Office"), office("OFFICE"))
    with pytest.raises(Conflict, match="calendar_exists"):
        await second


async def test_hours_that_are_deleted_meanwhile_are_not_there(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await calendars.create(session, AGENT, Wanted(name="Office", week=OFFICE))

    async def delete(session: AsyncSession) -> None:
        await calendars.delete(session, AGENT, made.id)

    async def change(session: AsyncSession) -> None:
        await calendars.change(session, AGENT, made.id, Wanted(name="Shop", week=OFFICE))

    async def renew(session: AsyncSession) -> None:
        await calendars.renew(session, clock.now())

    second = await one_by_one(sessions, delete, change)
    with pytest.raises(NotFound):
        await second
    await (await one_by_one(sessions, office("Shop"), renew))
