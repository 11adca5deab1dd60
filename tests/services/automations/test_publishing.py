"""Two people publish at once: one of them does."""

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.errors import Conflict
from services.automations import drafts, listing, publishing
from services.automations.publishing import Inside, Published
from tests import drawing

Sessions = async_sessionmaker[AsyncSession]


async def published(sessions: Sessions, automation_id: UUID) -> Published | str:
    """What became of publishing the first revision."""
    try:
        async with sessions.begin() as session:
            return await publishing.publish(session, SYSTEM, automation_id, 1, Inside.FINISH)
    except Conflict as refused:
        return refused.code


async def saved(sessions: Sessions, automation_id: UUID, word: str) -> int | str:
    """What became of a save on top of the first revision."""
    document = drawing.waiting("keyword", words=[word])
    try:
        async with sessions.begin() as session:
            done = await drafts.save(session, SYSTEM, automation_id, 1, document)
            return done.revision
    except Conflict as refused:
        return refused.code


async def draft(sessions: Sessions) -> UUID:
    """A draft without errors."""
    async with sessions.begin() as session:
        made = await drafts.create(session, SYSTEM, "Welcome", document=drawing.waiting())
        return made.item.id


async def test_only_one_of_two_publishes(sessions: Sessions) -> None:
    automation_id = await draft(sessions)
    both = await asyncio.gather(*(published(sessions, automation_id) for _ in range(2)))
    assert sorted(isinstance(one, Published) for one in both) == [False, True]
    assert "automation_unchanged" in both
    async with sessions() as session:
        assert len(await listing.versions(session, automation_id)) == 1


async def test_only_one_of_two_saves_is_kept(sessions: Sessions) -> None:
    automation_id = await draft(sessions)
    both = await asyncio.gather(
        saved(sessions, automation_id, "one"), saved(sessions, automation_id, "two")
    )
    assert sorted(map(str, both)) == ["2", "draft_changed"]
