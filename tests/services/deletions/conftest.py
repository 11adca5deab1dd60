"""People on a number, and the two ways a deletion ends."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities.deletions import sweep
from domain.actors import Actor
from domain.contacts import ContactFilter, Selection
from services import deletions
from services.contacts import search, write
from services.contacts.write import ContactChange

Sessions = async_sessionmaker[AsyncSession]
EVERYBODY = Selection(filter=ContactFilter())
ANA = Actor("user", None, "192.0.2.7")


async def person(sessions: Sessions, phone: str = "+34611222333", name: str = "Before") -> UUID:
    """A contact."""
    async with sessions.begin() as session:
        made = await write.create(session, ANA, ContactChange(phone=phone, name=name))
    return made.id


async def delete(sessions: Sessions, *ids: UUID) -> UUID:
    """Somebody deletes these, or everybody; the deletion's id."""
    selection = Selection(ids=ids) if ids else EVERYBODY
    async with sessions.begin() as session:
        expected = len(ids) or await search.count(session, EVERYBODY)
        return (await deletions.many(session, ANA, selection, expected))[0]


async def over(sessions: Sessions) -> None:
    """The time to take anything back is over."""
    async with sessions.begin() as session:
        await session.execute(text("UPDATE deletions SET due_at = now() - interval '1 s'"))
        await session.execute(text("UPDATE webhook_events SET wait_until = now()"))


async def go(sessions: Sessions) -> None:
    """The time is over, and the worker looked."""
    await over(sessions)
    await sweep(sessions)


async def undo(sessions: Sessions, deletion_id: UUID, *, campaign: bool = False) -> int:
    """Somebody clicks *Undo*; how many went before."""
    async with sessions.begin() as session:
        return (await deletions.undo(session, ANA, deletion_id, campaign=campaign)).replaced


async def column(sessions: Sessions, what: str) -> Sequence[object]:
    """Values of the first column of a SELECT."""
    async with sessions() as session:
        return (await session.scalars(text(f"SELECT {what}"))).all()
