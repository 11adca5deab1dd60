"""Groups and their members."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import Group
from domain.ids import new_id
from store import leaving
from store.tables.contacts import GroupMemberRow, GroupRow


async def every(session: AsyncSession) -> list[Group]:
    """All groups not being deleted, by name, with their number of members (one pass over the primary key)."""
    members = (
        select(GroupMemberRow.group_id, func.count().label("members"))
        .where(leaving.stays(GroupMemberRow.contact_id))
        .group_by(GroupMemberRow.group_id)
        .subquery()
    )
    rows = await session.execute(
        select(
            GroupRow.id,
            GroupRow.name,
            func.coalesce(members.c.members, 0).label("members"),
            GroupRow.created_at,
        )
        .outerjoin(members, members.c.group_id == GroupRow.id)
        .where(leaving.stays(GroupRow.id, "group_id"))
        .order_by(func.lower(GroupRow.name), GroupRow.id)
    )
    return [Group(**row._mapping) for row in rows]


async def get(session: AsyncSession, group_id: UUID) -> Group | None:
    """One group not being deleted, with its number of members."""
    members = select(func.count()).where(GroupMemberRow.group_id == group_id)
    count = members.where(leaving.stays(GroupMemberRow.contact_id)).scalar_subquery()
    row = await session.execute(
        select(GroupRow.id, GroupRow.name, count.label("members"), GroupRow.created_at).where(
            GroupRow.id == group_id, leaving.stays(GroupRow.id, "group_id")
        )
    )
    found = row.one_or_none()
    return Group(**found._mapping) if found is not None else None


async def find(session: AsyncSession, name: str) -> Group | None:
    """The group with that name, ignoring case, unless it is being deleted."""
    row = await session.execute(
        select(GroupRow.id, GroupRow.name).where(
            func.lower(GroupRow.name) == func.lower(name), leaving.stays(GroupRow.id, "group_id")
        )
    )
    found = row.first()
    return Group(found.id, found.name) if found is not None else None


async def leaving_as(session: AsyncSession, name: str) -> list[Group]:
    """Groups with that name that are being deleted."""
    rows = await session.execute(
        select(GroupRow.id, GroupRow.name).where(
            func.lower(GroupRow.name) == func.lower(name), ~leaving.stays(GroupRow.id, "group_id")
        )
    )
    return [Group(row.id, row.name) for row in rows]


async def existing(
    session: AsyncSession, group_ids: Sequence[UUID], *, hold: bool = False
) -> list[UUID]:
    """Those ids that are groups not being deleted; with ``hold`` none can be deleted before our transaction ends."""
    if not group_ids:
        return []
    query = select(GroupRow.id).where(
        GroupRow.id.in_(group_ids), leaving.stays(GroupRow.id, "group_id")
    )
    if hold:
        query = query.order_by(GroupRow.id).with_for_update(read=True, key_share=True)
    return list(await session.scalars(query))


async def lock(session: AsyncSession, group_id: UUID) -> None:
    """Wait for others to release the group, then keep them from locking it until our transaction ends."""
    await session.execute(select(GroupRow.id).where(GroupRow.id == group_id).with_for_update())


async def ensure(session: AsyncSession, name: str) -> Group:
    """The group with that name, created if missing."""
    known = await find(session, name)
    if known is not None:
        return known
    statement = upsert(GroupRow).values(id=new_id(), name=name)
    row = await session.execute(
        # The no-op update returns the row of whoever came first.
        statement.on_conflict_do_update(
            index_elements=[GroupRow.name], set_={"name": statement.excluded.name}
        ).returning(GroupRow.id, GroupRow.name)
    )
    made = row.one()
    return Group(made.id, made.name)


async def create(session: AsyncSession, name: str) -> Group:
    """Add a group."""
    group_id = new_id()
    await session.execute(insert(GroupRow).values(id=group_id, name=name))
    return Group(group_id, name, 0)


async def rename(session: AsyncSession, group_id: UUID, name: str) -> None:
    """Rename a group."""
    await session.execute(update(GroupRow).where(GroupRow.id == group_id).values(name=name))


async def remove(session: AsyncSession, group_id: UUID) -> None:
    """Delete a group; its contacts stay."""
    await session.execute(delete(GroupRow).where(GroupRow.id == group_id))


async def of_contacts(
    session: AsyncSession, contact_ids: Sequence[UUID]
) -> dict[UUID, tuple[Group, ...]]:
    """The groups of each contact by name, in one query (ix_group_members_contact_id)."""
    if not contact_ids:
        return {}
    rows = await session.execute(
        select(GroupMemberRow.contact_id, GroupRow.id, GroupRow.name)
        .join(GroupRow, GroupRow.id == GroupMemberRow.group_id)
        .where(GroupMemberRow.contact_id.in_(contact_ids), leaving.stays(GroupRow.id, "group_id"))
        .order_by(func.lower(GroupRow.name))
    )
    found: dict[UUID, tuple[Group, ...]] = {}
    for contact_id, group_id, name in rows:
        found[contact_id] = (*found.get(contact_id, ()), Group(group_id, name))
    return found


async def set_of_contact(
    session: AsyncSession, contact_id: UUID, group_ids: Sequence[UUID]
) -> None:
    """Make ``group_ids`` the groups of a contact; ids that are not groups are ignored.

    Groups being deleted keep the contact: the deletion may be undone.
    """
    await session.execute(
        delete(GroupMemberRow).where(
            GroupMemberRow.contact_id == contact_id,
            GroupMemberRow.group_id.not_in(group_ids),
            leaving.stays(GroupMemberRow.group_id, "group_id"),
        )
    )
    source = select(GroupRow.id, literal(contact_id)).where(
        GroupRow.id.in_(group_ids),
        ~exists().where(
            GroupMemberRow.contact_id == contact_id, GroupMemberRow.group_id == GroupRow.id
        ),
    )
    await session.execute(
        upsert(GroupMemberRow)
        .from_select(["group_id", "contact_id"], source)
        .on_conflict_do_nothing()
    )
