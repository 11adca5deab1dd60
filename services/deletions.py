"""Deletions from the pages: hidden immediately, and final unless undone in time."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Selection
from domain.errors import Conflict, DomainError, NotFound
from domain.journal.people import DeletionAsked, DeletionUndone
from services import journal
from services.campaigns.drafts import write as drafts
from services.contacts import fields, groups, search, write
from store import contacts, faults, leaving, removing
from store.leaving import Deletion

UNDO = timedelta(seconds=15)
"""How long a deletion can be undone: the ten seconds shown, plus time for the click and a slow page."""

AGAIN = timedelta(seconds=5)
AT_ONCE = 5_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """Whether a deletion has more to do right away, and contacts that could not be deleted."""

    more: bool = False
    failed: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a deletion was about; ``replaced`` contacts are gone because their number was added again."""

    replaced: int


async def contact(session: AsyncSession, actor: Actor, contact_id: UUID) -> UUID:
    """Delete a contact; returns the id for undoing it."""
    found = await search.get(session, contact_id)
    return (await many(session, actor, Selection(ids=(found.id,)), 1))[0]


async def many(
    session: AsyncSession, actor: Actor, selection: Selection, expected: int
) -> tuple[UUID, int]:
    """Delete a selection of contacts; raises Conflict if it no longer has the number agreed to."""
    await write.check_expected(session, selection, expected)
    only = selection.ids[0] if selection.ids is not None and len(selection.ids) == 1 else None
    wanted = contacts.selected(selection)
    noted = await leaving.note_contacts(session, actor, wanted, UNDO, contact_id=only)
    await journal.note(session, actor, DeletionAsked(deletion_id=noted[0], contacts=noted[1]))
    return noted


async def group(session: AsyncSession, actor: Actor, group_id: UUID) -> UUID:
    """Delete a group; its contacts stay."""
    await groups.deletable(session, group_id)
    return await leaving.note(session, actor, UNDO, group_id=group_id)


async def field(session: AsyncSession, actor: Actor, key: str) -> UUID:
    """Delete a custom field with the values contacts have for it."""
    await fields.get(session, key)
    return await leaving.note(session, actor, UNDO, field_key=key)


async def campaign(session: AsyncSession, actor: Actor, campaign_id: UUID) -> UUID:
    """Delete a draft, or an ended campaign that messaged nobody."""
    await drafts.deletable(session, campaign_id)
    return await leaving.note(session, actor, UNDO, campaign_id=campaign_id)


async def undo(
    session: AsyncSession, actor: Actor, deletion_id: UUID, *, campaign: bool = False
) -> TakenBack:
    """Undo a whole deletion; raises Conflict once it has begun.

    Undoing a ``campaign`` needs the right to write campaigns, the rest the right to write contacts.
    """
    found = await leaving.get(session, deletion_id)
    if found is not None and (found.campaign_id is not None) is not campaign:
        raise NotFound("deletion_unknown")
    there = 1 if found is None else await _there(session, found)
    if found is None or not there:
        raise Conflict("deleted_already")
    place = await journal.place(session)
    await leaving.list_staying(session, deletion_id, place)
    await leaving.forget(session, deletion_id)
    await journal.note_many(session, actor, place, _undone(found, there))
    return TakenBack(max(0, found.contacts - there))


def _undone(found: Deletion, there: int) -> DeletionUndone:
    if found.thing is None:
        return DeletionUndone(deletion_id=found.id, things=there)
    kind, name = found.thing
    return DeletionUndone(deletion_id=found.id, thing=kind, thing_id=name)


async def _there(session: AsyncSession, found: Deletion) -> int:
    return await leaving.count(session, found.id) if found.of_contacts else 1


async def due(session: AsyncSession) -> list[UUID]:
    """Deletions that nobody undid in time."""
    return await leaving.due(session)


async def finish(session: AsyncSession, deletion_id: UUID, without: Collection[UUID] = ()) -> Step:
    """One step of a due deletion; after the first it cannot be undone.

    Contacts are deleted by the thousand, ``without`` those that failed before.
    """
    found = await leaving.take(session, deletion_id)
    if found is None:
        return Step()
    if not found.of_contacts:
        await _thing(session, found)
        return Step()
    portion = await leaving.portion(session, deletion_id, AT_ONCE, without)
    if portion:
        await leaving.begin(session, deletion_id)
        return Step(more=True, failed=await _remove(session, portion))
    if await leaving.count(session, deletion_id):
        await leaving.postpone(session, deletion_id, AGAIN)
        return Step()
    # People removed early to free their number count as deleted too.
    if found.contacts:
        await write.note_deleted(session, found.actor, found.contact_id, found.contacts)
    await leaving.forget(session, deletion_id)
    return Step()


async def _remove(session: AsyncSession, portion: Sequence[UUID]) -> list[UUID]:
    """Delete contacts; halves failing batches until only those that cannot be deleted are left."""
    parts, failed = [portion], list[UUID]()
    while parts:
        part = parts.pop()
        try:
            async with session.begin_nested():
                await removing.these(session, part)
        except Exception as error:
            if faults.is_away(error) and not faults.is_busy(error):
                raise
            if len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
            else:
                cause = faults.sqlstate(error) or type(error).__name__
                log.warning("a contact is not deleted yet: %s", cause)
                failed.append(part[0])
    return failed


async def _thing(session: AsyncSession, found: Deletion) -> None:
    """Delete a group, field or campaign in the usual way, in the name of the person who asked."""
    try:
        async with session.begin_nested():
            await leaving.forget(session, found.id)
            if found.group_id is not None:
                await groups.delete(session, found.actor, found.group_id)
            elif found.field_key is not None:
                await fields.delete(session, found.actor, found.field_key)
            elif found.campaign_id is not None:
                await drafts.delete(session, found.campaign_id, found.actor)
    except DomainError as error:
        if isinstance(error, Conflict) and found.group_id is not None:
            await leaving.postpone(session, found.id, AGAIN)  # a campaign with it is just starting
        else:  # somebody who still had it open has launched the campaign: it stays
            await leaving.forget(session, found.id)
