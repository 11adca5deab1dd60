"""Groups: list, create, rename, delete."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Group, typed
from domain.errors import Conflict, Invalid, NotFound
from domain.journal import people
from services import journal
from store import groups, leaving
from store.campaigns import waiting

NAME_LIMIT = 80


async def every(session: AsyncSession) -> list[Group]:
    """All groups by name, with their number of members."""
    return await groups.every(session)


async def get(session: AsyncSession, group_id: UUID) -> Group:
    """One group; raises NotFound."""
    group = await groups.get(session, group_id)
    if group is None:
        raise NotFound("group_not_found")
    return group


async def require_all(session: AsyncSession, group_ids: Sequence[UUID], field: str) -> None:
    """Raise Invalid for a field unless every id is a group."""
    if len(await groups.existing(session, group_ids)) != len(set(group_ids)):
        raise Invalid("group_unknown", field=field)


async def create(session: AsyncSession, actor: Actor, name: str) -> Group:
    """Create a group; raises Conflict when the name is taken."""
    name = await _free_name(session, name, None)
    group = await groups.create(session, name)
    await journal.note(session, actor, people.GroupCreated(group_id=group.id, after={"name": name}))
    return group


async def named(session: AsyncSession, actor: Actor, name: str) -> tuple[Group, bool]:
    """The group with that name, and whether it is new; it may be created concurrently."""
    try:
        async with session.begin_nested():
            return await create(session, actor, name), True
    except (Conflict, IntegrityError):
        found = await groups.find(session, typed(name, NAME_LIMIT, "name"))
        if found is None:
            raise
        return found, False


async def rename(session: AsyncSession, actor: Actor, group_id: UUID, name: str) -> Group:
    """Rename a group."""
    group = await get(session, group_id)
    name = await _free_name(session, name, group_id)
    await groups.rename(session, group_id, name)
    renamed = people.GroupRenamed(
        group_id=group_id, before={"name": group.name}, after={"name": name}
    )
    await journal.note(session, actor, renamed)
    return await get(session, group_id)


async def delete(session: AsyncSession, actor: Actor, group_id: UUID) -> None:
    """Delete a group; its contacts stay.

    Raises Conflict while a launched campaign has not frozen its audience yet: without the group it would exclude
    nobody, or reach nobody.
    """
    await groups.lock(session, group_id)
    group = await deletable(session, group_id)
    await groups.remove(session, group_id)
    before = {"name": group.name, "members": group.members}
    await journal.note(session, actor, people.GroupDeleted(group_id=group_id, before=before))


async def deletable(session: AsyncSession, group_id: UUID) -> Group:
    """The group; raises Conflict while a starting campaign needs it."""
    group = await get(session, group_id)
    if (campaign := await waiting.with_group(session, group_id)) is not None:
        raise Conflict("group_in_use", campaign=campaign)
    return group


async def ensure(session: AsyncSession, name: str) -> Group:
    """The group with that name, created if missing."""
    await _free(session, name)
    return await groups.ensure(session, name)


async def _free(session: AsyncSession, name: str) -> None:
    """Complete the pending deletion of a group with this name: its next use means a new group."""
    for going in await groups.leaving_as(session, name):
        if (actor := await leaving.claim(session, group_id=going.id)) is not None:
            await delete(session, actor, going.id)


async def _free_name(session: AsyncSession, name: str, own: UUID | None) -> str:
    cleaned = typed(name, NAME_LIMIT, "name")
    if not cleaned:
        raise Invalid("group_name", field="name")
    await _free(session, cleaned)
    other = await groups.find(session, cleaned)
    if other is not None and other.id != own:
        raise Conflict("group_exists", field="name", name=other.name)
    return cleaned
