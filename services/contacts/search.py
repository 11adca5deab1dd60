"""Find contacts: pages, one person, and the table as CSV."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import (
    PAGE_LIMIT,
    Contact,
    ContactFilter,
    ContactPage,
    CustomField,
    Selection,
    SortOrder,
)
from domain.errors import Invalid, NotFound
from domain.headings import told_apart
from domain.tables import csv_line
from store import contacts, fields, leaving, merging, owners

LINES = 100
EXPORT_COLUMNS = ("phone", "name", "language", "timezone", "groups", "consent", "created")


async def page(
    session: AsyncSession,
    wanted: ContactFilter,
    *,
    sort: SortOrder = SortOrder.NEWEST,
    cursor: str | None = None,
    limit: int = 50,
) -> ContactPage:
    """One page of the contacts that match; ``limit`` is 1 to 200."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid("limit_range.contacts", field="limit", page_limit=PAGE_LIMIT)
    return await contacts.page(session, wanted, sort=sort, cursor=cursor, limit=limit)


async def count(session: AsyncSession, selection: Selection) -> int:
    """How many contacts a selection covers."""
    return await contacts.count(session, selection)


async def total(session: AsyncSession, wanted: ContactFilter, found: ContactPage) -> int:
    """How many match in total; if the page shows everything, no second query is needed."""
    return len(found.items) if found.whole else await count(session, Selection(filter=wanted))


async def get(session: AsyncSession, contact_id: UUID) -> Contact:
    """One contact, also by the id of one merged into it; raises NotFound."""
    contact = await contacts.get(session, contact_id)
    if contact is None and (moved := await merging.moved_to(session, contact_id)):
        contact = await contacts.get(session, moved)
    if contact is None or await leaving.is_leaving(session, contact.id):
        raise NotFound("contact_not_found")
    return contact


async def hold(session: AsyncSession, contact_id: UUID) -> Contact:
    """Like ``get``, locking the contact until the transaction ends."""
    contact = await get(session, contact_id)
    while not await owners.seize(session, [contact.id]):
        contact = await get(session, contact_id)  # merged or deleted while we waited
    return await get(session, contact.id)


async def export(
    session: AsyncSession, selection: Selection, sort: SortOrder = SortOrder.NEWEST
) -> AsyncIterator[str]:
    """CSV of the selected contacts, about a hundred lines at a time, with a byte order mark."""
    custom = await fields.every(session)
    lines = ["\ufeff", csv_line([*EXPORT_COLUMNS, *(told_apart(field.label) for field in custom)])]
    async with aclosing(contacts.stream(session, selection, sort)) as found:
        async for contact in found:
            lines.append(csv_line(_cells(contact, custom)))
            if len(lines) > LINES:
                yield "".join(lines)
                lines = []
    yield "".join(lines)


def _cells(contact: Contact, custom: Sequence[CustomField]) -> list[str]:
    cells = [
        contact.phone or "",
        contact.name,
        contact.language or "",
        contact.timezone or "",
        "; ".join(group.name for group in contact.groups),
        _consent(contact),
        _moment(contact.created_at),
    ]
    return [*cells, *(_value(contact, field) for field in custom)]


def _consent(contact: Contact) -> str:
    """As an import reads it: empty if nobody asked."""
    if contact.marketing_opt_out_at or contact.blocked_at:
        return "no"
    return "yes" if contact.marketing_agreed_at else ""


def _moment(at: datetime) -> str:
    return at.isoformat(" ", "seconds")


def _value(contact: Contact, field: CustomField) -> str:
    value = contact.fields.get(field.key)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
