"""Two people take a number at the same moment: one contact gets it, and the other person sees an error."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.errors import Conflict
from services.contacts import write
from services.contacts.write import ContactChange
from tests.eventually import eventually

Sessions = async_sessionmaker[AsyncSession]
NUMBER = "+34611000106"
WAITS = text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'""")


async def _creates(session: AsyncSession) -> Any:
    return await write.create(session, SYSTEM, ContactChange(phone=NUMBER, name="Second"))


async def _changes(session: AsyncSession) -> Any:
    own = await session.scalar(text("SELECT id FROM contacts WHERE name = 'Own'"))
    return await write.update(session, SYSTEM, own, ContactChange(phone=NUMBER))


@pytest.mark.parametrize("second", [_creates, _changes])
async def test_one_has_it_and_the_other_is_told(
    sessions: Sessions, second: Callable[[AsyncSession], Awaitable[Any]]
) -> None:
    async with sessions.begin() as session:
        await write.create(session, SYSTEM, ContactChange(phone="+34611000107", name="Own"))

    async def follow() -> None:
        async with sessions.begin() as session:
            await second(session)

    async def waits() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(WAITS))

    async with sessions.begin() as session:
        await write.create(session, SYSTEM, ContactChange(phone=NUMBER, name="First"))
        following = asyncio.create_task(follow())
        await eventually(waits, "the second waits for the first")
    with pytest.raises(Conflict) as told:
        await following
    assert told.value.code == "phone_taken"
    async with sessions() as session:
        names = await session.scalars(
            text("SELECT name FROM contacts WHERE phone = :phone"), {"phone": NUMBER}
        )
        assert list(names) == ["First"]
