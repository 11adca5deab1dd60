"""Delete on the pages: what goes is out of sight at once, and gone when nobody took it back in time."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Selection
from domain.errors import Conflict, NotFound
from domain.ids import new_id
from services import audit
from services.campaigns import draft
from services.contacts import groups as contact_groups
from services.contacts import write
from services.contacts.fields import get as get_field
from store import contacts, fields, groups, leaving
from store.leaving import Leaving

UNDO = timedelta(seconds=12)
"""How long a deletion can be taken back: the ten seconds of the bar, and the way of the click."""

AGAIN = timedelta(seconds=5)
AT_ONCE = 5_000


async def contact(session: AsyncSession, actor: Actor, contact_id: UUID) -> UUID:
    """Delete a contact; the id by which it is taken back."""
    return (await many(session, actor, Selection(ids=(contact_id,)), 1))[0]


async def many(
    session: AsyncSession, actor: Actor, selection: Selection, expected: int
) -> tuple[UUID, int]:
    """Delete a selection of contacts; Conflict when it no longer has the number agreed to."""
    await write.check_expected(session, selection, expected)
    deletion = new_id()
    chosen = contacts.selected(selection)
    found = await leaving.add_contacts(session, chosen, deletion, actor.user_id, UNDO)
    after = {"contacts": found}
    await audit.record(session, actor, "contact.delete_many", "contact", "many", after=after)
    return deletion, found


async def group(session: AsyncSession, actor: Actor, group_id: UUID) -> UUID:
    """Delete a group; its contacts stay."""
    found = await contact_groups.deletable(session, group_id)
    return await _one(
        session, actor, "group", {"group_id": group_id}, str(group_id),
        {"name": found.name, "members": found.members},
    )  # fmt: skip


async def field(session: AsyncSession, actor: Actor, key: str) -> UUID:
    """Delete a custom field with the values contacts have for it."""
    found = await get_field(session, key)
    return await _one(session, actor, "field", {"field_key": key}, key, {"label": found.label})


async def campaign(session: AsyncSession, actor: Actor, campaign_id: UUID) -> UUID:
    """Delete a draft, or an ended campaign that wrote to nobody."""
    await draft.deletable(session, campaign_id)
    thing = {"campaign_id": campaign_id}
    return await _one(session, actor, "campaign", thing, str(campaign_id), None)


async def undo(session: AsyncSession, actor: Actor, deletion_id: UUID) -> None:
    """Take a deletion back; Conflict once it has happened."""
    back = await leaving.take_back(session, deletion_id)
    if not back:
        raise Conflict("deleted_already", "It is too late to undo: this has been deleted.")
    await audit.record(
        session, actor, "deletion.undo", "deletion", deletion_id, after={"things": back}
    )


async def finish(session: AsyncSession) -> bool:
    """One step of what is due; whether there may be more."""
    found = await leaving.due(session, AT_ONCE)
    people = [one.contact_id for one in found if one.contact_id is not None]
    if people:
        await contacts.remove(session, Selection(ids=tuple(people)))
    for one in found:
        if one.contact_id is None and not await _removed(session, one):
            await leaving.postpone(session, [one.id], AGAIN)
    return len(found) == AT_ONCE


async def _one(
    session: AsyncSession,
    actor: Actor,
    entity: str,
    thing: Mapping[str, object],
    name: str,
    before: Mapping[str, object] | None,
) -> UUID:
    deletion = new_id()
    if await leaving.is_leaving(session, **thing):
        raise NotFound("deleted", "This is deleted. It can be taken back for ten seconds.")
    await leaving.add(session, deletion, actor.user_id, UNDO, **thing)
    await audit.record(session, actor, f"{entity}.delete", entity, name, before)
    return deletion


async def _removed(session: AsyncSession, one: Leaving) -> bool:
    """Delete one thing; False while something that just begins still needs it."""
    if one.field_key is not None:
        await fields.remove(session, one.field_key)
    elif one.group_id is not None:
        await groups.lock(session, one.group_id)
        try:
            await contact_groups.deletable(session, one.group_id)
        except Conflict:
            return False
        await groups.remove(session, one.group_id)
    elif one.campaign_id is not None:
        await _remove_campaign(session, one.id, one.campaign_id)
    return True


async def _remove_campaign(session: AsyncSession, noted: int, campaign_id: UUID) -> None:
    try:
        await draft.remove(session, campaign_id)
    except Conflict:  # somebody who still had it open launched it meanwhile
        await leaving.drop(session, [noted])
