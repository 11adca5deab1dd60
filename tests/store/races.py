"""Two transactions that want the same rows: who waits, and what they hold while they wait."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from tests.eventually import eventually

Sessions = async_sessionmaker[AsyncSession]
Act = Callable[[AsyncSession], Awaitable[object]]

_WAITING = text("""
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
""")


async def someone_waits(sessions: Sessions, people: int = 1) -> None:
    """Until so many transactions of this database wait for a lock."""

    async def look() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(_WAITING) == people)

    await eventually(look, f"{people} wait for a lock")


async def assert_waits_in_order(
    sessions: Sessions, act: Act, locking: str, keys: Sequence[Any]
) -> None:
    """While ``act`` waits for the first of these rows it holds none of the others.

    So two that want the same rows in any order never wait for each other crosswise. ``locking`` selects rows
    by ``:keys`` and locks them.
    """
    async with sessions() as holder:
        await holder.execute(text(locking), {"keys": list(keys[:1])})
        waiter = begun(sessions, act)
        try:
            await someone_waits(sessions)
            async with sessions() as looker:
                rest = await looker.execute(text(f"{locking} NOWAIT"), {"keys": list(keys[1:])})
                assert len(rest.all()) == len(keys) - 1
        finally:
            await holder.rollback()
            await waiter


async def _alone(sessions: Sessions, act: Act) -> object:
    async with sessions.begin() as session:
        return await act(session)


def begun(sessions: Sessions, act: Act) -> asyncio.Task[object]:
    """Start this in its own transaction; it runs from now on."""
    return asyncio.create_task(_alone(sessions, act))


async def at_once(sessions: Sessions, *acts: Act) -> list[Any]:
    """Run all of these at the same time, each in its own transaction, and return their results."""
    return list(await asyncio.gather(*(_alone(sessions, act) for act in acts)))
