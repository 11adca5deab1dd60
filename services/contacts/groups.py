"""Groups: list, make, rename, delete."""

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
    """All groups by name with the number of their members."""
    return await groups.every(session)


async def get(session: AsyncSession, group_id: UUID) -> Group:
    """One group, or NotFound."""
    group = await groups.get(session, group_id)
    if group is None:
        raise NotFound("group_not_found")
    return group


async def require_all(session: AsyncSession, group_ids: Sequence[UUID], field: str) -> None:
    """Invalid, about a field, unless every id is a group."""
    if len(await groups.existing(session, group_ids)) != len(set(group_ids)):
        raise Invalid("group_unknown", field=field)


async def create(session: AsyncSession, actor: Actor, name: str) -> Group:
    """A new group; Conflict when the name is taken."""
    name = await _free_name(session, name, None)
    group = await groups.create(session, name)
    await journal.note(session, actor, people.GroupCreated(group_id=group.id, after={"name": name}))
    return group


async def named(session: AsyncSession, actor: Actor, name: str) -> tuple[Group, bool]:
    """The group of that name, and whether it is new; somebody else may make it at this moment."""
    try:
        async with session.begin_nested():
            return await create(session, actor, name), True
    except (Conflict, IntegrityError):
        found = await groups.find(session, typed(name, NAME_LIMIT, "name"))
        if found is None:
            raise
        return found, False


async def rename(session: AsyncSession, actor: Actor, group_id: UUID, name: str) -> Group:
    """Give a group another name."""
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

    Conflict while a campaign that was launched has not written down its people yet: without the
    group it would leave nobody out, or reach nobody.
    """
    await groups.lock(session, group_id)
    group = await deletable(session, group_id)
    await groups.remove(session, group_id)
    before = {"name": group.name, "members": group.members}
    await journal.note(session, actor, people.GroupDeleted(group_id=group_id, before=before))


async def deletable(session: AsyncSession, group_id: UUID) -> Group:
    """The group, or Conflict while a campaign that is just being started needs it."""
    group = await get(session, group_id)
    if (campaign := await waiting.with_group(session, group_id)) is not None:
        raise Conflict("group_in_use", campaign=campaign)
    return group


async def ensure(session: AsyncSession, name: str) -> Group:
    """The group of that name, made when it is missing."""
    await _free(session, name)
    return await groups.ensure(session, name)


async def _free(session: AsyncSession, name: str) -> None:
    """A group of that name that is about to go goes now: whoever uses the name means another one."""
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
