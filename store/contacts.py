"""Contacts: keyset pages, search, and writes one by one or in sets."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    TextClause,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.consent import Standing
from domain.contacts import (
    Contact,
    ContactFilter,
    ContactPage,
    Group,
    Selection,
    SortOrder,
)
from domain.ids import parse_id
from store import groups, leaving, searches
from store.journal import Place
from store.tables.contacts import ContactRow, GroupMemberRow, GroupRow
from store.tables.journal import JournalContactRow

PORTION = 10_000

_BY_THE_SET = {"synchronize_session": False, "preserve_rowcount": True}
"""Count the rows without scanning the session for objects the statement touched."""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a page begins: after this contact, or before it if ``back``."""

    name: str
    id: UUID
    back: bool

    def encode(self) -> str:
        return cursors.encode((self.name, str(self.id), "back" if self.back else ""))

    @classmethod
    def decode(cls, text: str) -> "_Cursor | None":
        key = cursors.decode(text, 3)
        if key is None:
            return None
        contact_id = parse_id(key[1])
        if contact_id is None:
            raise cursors.wrong()
        # PostgreSQL does not accept JSON's escaped lone surrogates.
        name = key[0].replace("\x00", "").encode(errors="replace").decode()
        return cls(name, contact_id, bool(key[2]))


_ALLOWED = ContactRow.marketing_opt_out_at.is_(None) & ContactRow.blocked_at.is_(None)
_STANDING: dict[Standing, ColumnElement[bool]] = {
    Standing.STOPPED: ~_ALLOWED,
    Standing.AGREED: _ALLOWED & ContactRow.marketing_agreed_at.is_not(None),
    Standing.NEVER_ASKED: _ALLOWED & ContactRow.marketing_agreed_at.is_(None),
}


def matching(wanted: ContactFilter) -> ColumnElement[bool]:
    """The condition for a filter; people being deleted match none."""
    conditions: list[ColumnElement[bool] | TextClause] = [leaving.stays(ContactRow.id)]
    if (found := searches.of_contacts(wanted.search)) is not None:
        conditions.append(found)
    if wanted.group_id is not None:
        conditions.append(
            # By the primary key of group_members.
            exists().where(
                GroupMemberRow.group_id == wanted.group_id,
                GroupMemberRow.contact_id == ContactRow.id,
            )
        )
    if wanted.opted_out is not None:
        conditions.append(~_ALLOWED if wanted.opted_out else _ALLOWED)
    if wanted.consent is not None:
        conditions.append(_STANDING[wanted.consent])
    return and_(*conditions)


def selected(selection: Selection) -> ColumnElement[bool]:
    """The condition for ticked contacts or a whole filter; people being deleted match none."""
    if selection.ids is not None:
        return ContactRow.id.in_(selection.ids) & leaving.stays(ContactRow.id)
    return matching(selection.filter)


def _contact(row: ContactRow, found: dict[UUID, Any]) -> Contact:
    return Contact(
        id=row.id,
        phone=row.phone,
        name=row.name,
        language=row.language,
        timezone=row.timezone,
        fields=row.fields,
        source=row.source,
        marketing_opt_out_at=row.marketing_opt_out_at,
        marketing_agreed_at=row.marketing_agreed_at,
        blocked_at=row.blocked_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        groups=found.get(row.id, ()),
    )


def _ordered(sort: SortOrder, cursor: _Cursor | None) -> Select[ContactRow]:
    """By the primary key (newest) or ix_contacts_name_id (name), after or before the cursor."""
    back = cursor is not None and cursor.back
    statement = select(ContactRow)
    if sort is SortOrder.NEWEST:
        if cursor is not None:
            after = ContactRow.id > cursor.id if back else ContactRow.id < cursor.id
            statement = statement.where(after)
        return statement.order_by(ContactRow.id if back else ContactRow.id.desc())
    name = func.lower(ContactRow.name)
    if cursor is not None:
        key, position = tuple_(name, ContactRow.id), tuple_(func.lower(cursor.name), cursor.id)
        statement = statement.where(key < position if back else key > position)
    if back:
        return statement.order_by(name.desc(), ContactRow.id.desc())
    return statement.order_by(name, ContactRow.id)


async def page(
    session: AsyncSession,
    wanted: ContactFilter,
    *,
    sort: SortOrder = SortOrder.NEWEST,
    cursor: str | None = None,
    limit: int = 50,
) -> ContactPage:
    """One page with its contacts' groups, in two queries."""
    position = _Cursor.decode(cursor or "")
    statement = _ordered(sort, position).where(matching(wanted)).limit(limit + 1)
    rows = list(await session.scalars(statement))
    back = position is not None and position.back
    more, rows = len(rows) > limit, rows[:limit]
    if back:
        rows.reverse()
    found = await groups.of_contacts(session, [row.id for row in rows])
    items = [_contact(row, found) for row in rows]
    whole = position is None and not more
    if not items:
        return ContactPage([], whole=whole)
    has_next, has_previous = (True, more) if back else (more, position is not None)
    return ContactPage(
        items,
        _Cursor(rows[-1].name, rows[-1].id, False).encode() if has_next else None,
        _Cursor(rows[0].name, rows[0].id, True).encode() if has_previous else None,
        whole,
    )


async def count(session: AsyncSession, selection: Selection) -> int:
    """How many contacts a selection covers."""
    statement = select(func.count()).select_from(ContactRow).where(selected(selection))
    return int((await session.execute(statement)).scalar_one())


async def get(session: AsyncSession, contact_id: UUID) -> Contact | None:
    """One contact with its groups."""
    statement = select(ContactRow).where(ContactRow.id == contact_id)
    row = await session.scalar(statement, execution_options={"populate_existing": True})
    if row is None:
        return None
    return _contact(row, await groups.of_contacts(session, [row.id]))


async def create(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Insert a contact; False when its number is taken."""
    statement = upsert(ContactRow).values(**values)
    result = await session.execute(
        statement.on_conflict_do_nothing(index_elements=[ContactRow.phone_key]).returning(
            ContactRow.id
        )
    )
    return result.first() is not None


async def _ids(
    session: AsyncSession, selection: Selection, condition: ColumnElement[bool]
) -> list[tuple[UUID, ...]]:
    """The selected contacts that meet a condition, in batches."""
    query = select(ContactRow.id).where(selected(selection), condition)
    found = tuple(await session.scalars(query.order_by(ContactRow.id)))
    return portions(found)


def portions(ids: tuple[UUID, ...]) -> list[tuple[UUID, ...]]:
    """Ids in batches that suit one statement."""
    return [ids[start : start + PORTION] for start in range(0, len(ids), PORTION)]


async def add_to_group(
    session: AsyncSession, selection: Selection, group_id: UUID, place: Place
) -> int:
    """Add the selected contacts to a group and list them in the journal; returns how many were not in it."""
    source = select(literal(group_id), ContactRow.id).where(selected(selection))
    added = insert(GroupMemberRow).from_select(
        ["group_id", "contact_id"],
        source.where(
            ~exists().where(
                GroupMemberRow.group_id == group_id, GroupMemberRow.contact_id == ContactRow.id
            )
        ),
    )
    return await _named(session, added.returning(GroupMemberRow.contact_id).cte("added"), place)


async def remove_from_group(
    session: AsyncSession, selection: Selection, group_id: UUID, place: Place
) -> int:
    """Remove the selected contacts from a group and list them in the journal; returns how many were in it."""
    chosen = select(ContactRow.id).where(selected(selection))
    removed = delete(GroupMemberRow).where(
        GroupMemberRow.group_id == group_id, GroupMemberRow.contact_id.in_(chosen)
    )
    return await _named(session, removed.returning(GroupMemberRow.contact_id).cte("removed"), place)


async def _named(session: AsyncSession, changed: CTE, place: Place) -> int:
    """Run the change, and list the changed contacts in the same statement; returns how many."""
    names = select(changed.c.contact_id, literal(place.id), literal(place.at))
    result = await session.execute(
        insert(JournalContactRow).from_select(["contact_id", "entry_id", "at"], names),
        execution_options=_BY_THE_SET,
    )
    return _affected(result)


async def changeable(
    session: AsyncSession, selection: Selection, *, stop: bool
) -> list[tuple[UUID, ...]]:
    """The selected contacts that a stop or an agreement may change, in batches."""
    stopped = ContactRow.marketing_opt_out_at
    never = stopped.is_(None) & ContactRow.marketing_agreed_at.is_(None)
    return await _ids(
        session, selection, stopped.is_(None) if stop else stopped.is_not(None) | never
    )


def _affected(result: Any) -> int:
    return int(result.rowcount)


async def stream(
    session: AsyncSession, selection: Selection, sort: SortOrder
) -> AsyncGenerator[Contact]:
    """Every selected contact with its group names, a thousand at a time."""
    names = (
        select(func.array_agg(GroupRow.name))
        .join(GroupMemberRow, GroupMemberRow.group_id == GroupRow.id)
        .where(GroupMemberRow.contact_id == ContactRow.id)
        .scalar_subquery()
    )
    statement = _ordered(sort, None).add_columns(names).where(selected(selection))
    rows = await session.stream(statement.execution_options(yield_per=1000))
    try:
        async for row, group_names in rows:
            joined = tuple(Group(row.id, name) for name in sorted(group_names or []))
            yield _contact(row, {row.id: joined})
            session.expunge(row)
    finally:
        await rows.close()
