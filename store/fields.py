"""Custom fields of contacts."""

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.contacts import CustomField, FieldType
from store import leaving
from store.tables.contacts import CustomFieldRow


def _field(row: CustomFieldRow) -> CustomField:
    return CustomField(row.key, row.label, FieldType(row.type), tuple(row.options))


_STAYS = leaving.stays(CustomFieldRow.key, "field_key")


async def every(session: AsyncSession, *, going: bool = False) -> list[CustomField]:
    """All fields not being deleted or, with ``going``, those being deleted, in order of creation."""
    query = select(CustomFieldRow).order_by(CustomFieldRow.created_at, CustomFieldRow.key)
    return [_field(row) for row in await session.scalars(query.where(~_STAYS if going else _STAYS))]


async def get(session: AsyncSession, key: str) -> CustomField | None:
    """One field that is not being deleted."""
    row = await session.scalar(select(CustomFieldRow).where(CustomFieldRow.key == key, _STAYS))
    return _field(row) if row is not None else None


async def create(session: AsyncSession, field: CustomField) -> None:
    """Add a field; an existing one with the key is left as it is."""
    await session.execute(
        upsert(CustomFieldRow)
        .values(key=field.key, label=field.label, type=field.type, options=list(field.options))
        .on_conflict_do_nothing()
    )


async def change(session: AsyncSession, field: CustomField) -> None:
    """Change the label or the choices; key and type never change."""
    await session.execute(
        update(CustomFieldRow)
        .where(CustomFieldRow.key == field.key)
        .values(label=field.label, options=list(field.options))
    )


async def remove(session: AsyncSession, key: str) -> None:
    """Delete a field and its values."""
    await session.execute(delete(CustomFieldRow).where(CustomFieldRow.key == key))
    await session.execute(
        text("UPDATE contacts SET fields = fields - :key WHERE fields ? :key"), {"key": key}
    )


async def usage(session: AsyncSession) -> dict[str, int]:
    """How many contacts have a value for each field."""
    keys = func.jsonb_object_keys(text("contacts.fields"))
    counted = select(keys.label("key")).select_from(text("contacts")).subquery()
    rows = await session.execute(
        select(counted.c.key, func.count().label("contacts")).group_by(counted.c.key)
    )
    return {row.key: row.contacts for row in rows}
