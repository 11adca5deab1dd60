"""Secret values for headers of requests, encrypted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.automations import AutomationSecretRow
from store.tables.users import UserRow


@dataclass(frozen=True, slots=True)
class SecretName:
    """A secret without its value."""

    name: str
    created_at: datetime
    created_by: str | None


async def names(session: AsyncSession) -> list[SecretName]:
    """Every secret's name (primary key; there are few)."""
    rows = await session.execute(
        select(
            AutomationSecretRow.name,
            AutomationSecretRow.created_at,
            UserRow.name.label("created_by"),
        )
        .outerjoin(UserRow, UserRow.id == AutomationSecretRow.created_by)
        .order_by(AutomationSecretRow.name)
    )
    return [SecretName(**row._mapping) for row in rows]


async def sealed(session: AsyncSession, name: str) -> str | None:
    """One encrypted value (primary key)."""
    found: str | None = await session.scalar(
        select(AutomationSecretRow.value).where(AutomationSecretRow.name == name)
    )
    return found


async def put(session: AsyncSession, name: str, value: str, by: UUID | None) -> None:
    """Set a value, in place of an earlier one (primary key)."""
    added = insert(AutomationSecretRow).values(name=name, value=value, created_by=by)
    columns = {"value": value, "created_by": by, "created_at": func.clock_timestamp()}
    await session.execute(added.on_conflict_do_update(index_elements=["name"], set_=columns))


async def remove(session: AsyncSession, name: str) -> bool:
    """Delete one (primary key); False when there was none."""
    gone = await session.execute(
        delete(AutomationSecretRow)
        .where(AutomationSecretRow.name == name)
        .returning(AutomationSecretRow.name)
    )
    return gone.first() is not None


async def count(session: AsyncSession) -> int:
    """How many there are."""
    return await session.scalar(select(func.count()).select_from(AutomationSecretRow)) or 0
