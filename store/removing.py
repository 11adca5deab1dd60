"""Delete contacts with all their messages, but not their opt-outs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Uuid, any_, delete, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import Selection
from store import contacts, erasure, suppressions
from store.tables.contacts import ContactRow


async def selected(session: AsyncSession, selection: Selection) -> int:
    """Delete a selection, except contacts already being deleted; returns how many."""
    return await _remove(session, contacts.selected(selection))


async def these(session: AsyncSession, ids: Sequence[UUID]) -> int:
    """Delete contacts by id, even those already being deleted; returns how many."""
    return await _remove(session, _one_of(ids)) if ids else 0


async def _remove(session: AsyncSession, wanted: ColumnElement[bool]) -> int:
    # Locked first, in one order: a concurrent stop is either seen or finds nobody.
    held = select(ContactRow.id).where(wanted)
    held = held.order_by(ContactRow.phone_key.nulls_first(), ContactRow.id).with_for_update()
    removed = 0
    for part in contacts.portions(tuple(await session.scalars(held))):
        await suppressions.remember(session, part)
        result = await session.execute(
            delete(ContactRow).where(_one_of(part)),
            execution_options={"synchronize_session": False, "preserve_rowcount": True},
        )
        assert isinstance(result, CursorResult)
        removed += result.rowcount
        await erasure.erase(session, part)
    return removed


def _one_of(ids: Sequence[UUID]) -> ColumnElement[bool]:
    return ContactRow.id == any_(literal(list(ids), ARRAY(Uuid)))
