"""Groups: list, make, rename, delete."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Group, clean_text
from domain.errors import Conflict, Invalid, NotFound
from services import audit
from store import groups

NAME_LIMIT = 80


async def every(session: AsyncSession) -> list[Group]:
    """All groups by name with the number of their members."""
    return await groups.every(session)


async def get(session: AsyncSession, group_id: UUID) -> Group:
    """One group, or NotFound."""
    group = await groups.get(session, group_id)
    if group is None:
        raise NotFound("group_not_found", "This group does not exist. It may be deleted.")
    return group


async def create(session: AsyncSession, actor: Actor, name: str) -> Group:
    """A new group; Conflict when the name is taken."""
    name = await _free_name(session, name, None)
    group = await groups.create(session, name)
    await audit.record(session, actor, "group.create", "group", group.id, after={"name": name})
    return group


async def rename(session: AsyncSession, actor: Actor, group_id: UUID, name: str) -> Group:
    """Give a group another name."""
    group = await get(session, group_id)
    name = await _free_name(session, name, group_id)
    await groups.rename(session, group_id, name)
    await audit.record(
        session, actor, "group.rename", "group", group_id, {"name": group.name}, {"name": name}
    )
    return await get(session, group_id)


async def delete(session: AsyncSession, actor: Actor, group_id: UUID) -> None:
    """Delete a group; its contacts stay."""
    group = await get(session, group_id)
    await groups.remove(session, group_id)
    before = {"name": group.name, "members": group.members}
    await audit.record(session, actor, "group.delete", "group", group_id, before)


async def _free_name(session: AsyncSession, name: str, own: UUID | None) -> str:
    cleaned = clean_text(name, NAME_LIMIT)
    if not cleaned:
        raise Invalid("group_name", "Give the group a name.", {"name": "Give the group a name."})
    other = await groups.find(session, cleaned)
    if other is not None and other.id != own:
        raise Conflict("group_exists", f"There is already a group named “{other.name}”.")
    return cleaned
