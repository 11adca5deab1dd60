"""Note what happened, once, in the transaction that makes it happen (law 11)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.journal.facts import Fact
from store import journal, journal_readers
from store.journal import Place

SECRET_WORDS = ("password", "secret", "token_hash", "access_token", "verify_token")
HIDDEN = "•••"

MOST_MISSED = 500


async def note(session: AsyncSession, actor: Actor, *facts: Fact) -> None:
    """Append facts in the caller's transaction; values under secret names are hidden.

    Everything that follows from them (``domain.journal.rules``) happens at commit, or not at all.
    """
    if facts:
        await journal.add(session, actor, [_discreet(fact) for fact in facts])


async def place(session: AsyncSession) -> Place:
    """Reserve the place of an entry about many contacts, so that they can be listed as they are changed."""
    return await journal.place(session)


async def about(session: AsyncSession, place: Place, contact_ids: Sequence[UUID]) -> None:
    """List these contacts under the entry at this place: it appears in the activity of each."""
    await journal.about(session, place, contact_ids)


async def note_many(session: AsyncSession, actor: Actor, place: Place, fact: Fact) -> None:
    """Append the fact whose contacts were listed under this place."""
    await journal.add(session, actor, [_discreet(fact)], place)


async def missed(session: AsyncSession, xmin: int) -> list[dict[str, Any]] | None:
    """Events for pages from entries since then, oldest first; None if too many or from another server.

    ``xmin`` is the oldest transaction open when the caller last heard something.
    """
    if xmin > await journal.newest(session):
        return None
    found = await journal.since(session, xmin, MOST_MISSED + 1)
    if len(found) > MOST_MISSED:
        return None
    return [
        {"id": entry.id, "kind": entry.kind, "entity_id": entry.entity_id, **entry.ids}
        for entry in found
    ]


def _discreet(fact: Fact) -> Fact:
    if fact.before is None and fact.after is None:
        return fact
    return replace(fact, before=_hide(fact.before), after=_hide(fact.after))


def _hide(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if any(word in name for word in SECRET_WORDS) else _hide(inner)
            for name, inner in value.items()
        }
    return (
        [_hide(item) for item in value]
        if isinstance(value, Sequence) and not isinstance(value, str)
        else value
    )


async def discard(session: AsyncSession) -> None:
    """Skip every command noted so far: this database is a restored copy (law 10)."""
    await journal_readers.discard(session)
