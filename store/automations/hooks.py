"""The secret addresses of webhook triggers, found by the digest of their token."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.automations import AutomationHookRow, AutomationRow, AutomationTriggerRow


@dataclass(frozen=True, slots=True)
class Called:
    """What an address leads to; ``data`` is the trigger's own as published, None while none acts."""

    automation_id: UUID
    trigger_id: str
    status: str
    archived: bool
    version: int | None


async def of_automation(session: AsyncSession, automation_id: UUID) -> dict[str, AutomationHookRow]:
    """The addresses of an automation by trigger (primary key)."""
    rows = await session.scalars(
        select(AutomationHookRow).where(AutomationHookRow.automation_id == automation_id)
    )
    return {row.trigger_id: row for row in rows}


async def put(
    session: AsyncSession, automation_id: UUID, trigger_id: str, digest: str, token: str
) -> AutomationHookRow:
    """Give a trigger a new address in place of an earlier one; its sample stays (primary key)."""
    columns = {"digest": digest, "token": token, "created_at": func.clock_timestamp()}
    added = insert(AutomationHookRow).values(
        automation_id=automation_id, trigger_id=trigger_id, digest=digest, token=token
    )
    made = await session.scalars(
        added.on_conflict_do_update(
            index_elements=["automation_id", "trigger_id"], set_=columns
        ).returning(AutomationHookRow),
        execution_options={"populate_existing": True},
    )
    return made.one()


async def by_digest(session: AsyncSession, digest: str) -> Called | None:
    """What an address leads to (uq_automation_hooks_digest, then primary keys)."""
    rows = await session.execute(
        select(
            AutomationHookRow.automation_id,
            AutomationHookRow.trigger_id,
            AutomationRow.status,
            AutomationRow.archived_at.is_not(None).label("archived"),
            AutomationTriggerRow.version,
        )
        .join(AutomationRow, AutomationRow.id == AutomationHookRow.automation_id)
        .outerjoin(
            AutomationTriggerRow,
            (AutomationTriggerRow.automation_id == AutomationHookRow.automation_id)
            & (AutomationTriggerRow.trigger_id == AutomationHookRow.trigger_id),
        )
        .where(AutomationHookRow.digest == digest)
    )
    found = rows.one_or_none()
    return Called(**found._mapping) if found else None


async def keep_sample(
    session: AsyncSession, automation_id: UUID, trigger_id: str, sample: dict[str, Any] | None
) -> None:
    """Keep the last payload, or forget it (primary key)."""
    columns: dict[str, Any] = {"sample": sample}
    if sample is not None:
        columns["called_at"] = func.clock_timestamp()
    await session.execute(
        update(AutomationHookRow)
        .where(
            AutomationHookRow.automation_id == automation_id,
            AutomationHookRow.trigger_id == trigger_id,
        )
        .values(**columns)
    )
