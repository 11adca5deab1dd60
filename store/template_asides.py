"""Templates that a sync could not copy as they are: one list per account, replaced by each sync."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.channels import ChannelRow
from store.tables.templates import TemplateAsideRow

MOST = 200


@dataclass(frozen=True, slots=True)
class TemplateAside:
    """What is known about a template, and the reason; ``error`` is a class and SQLSTATE, never a value."""

    name: str
    language: str
    reason: str
    error: str = ""


async def replace(session: AsyncSession, waba_id: str, asides: Sequence[TemplateAside]) -> None:
    """What the newest sync of an account set aside (ix_template_asides_waba_id)."""
    await session.execute(delete(TemplateAsideRow).where(TemplateAsideRow.waba_id == waba_id))
    rows = [
        {"waba_id": waba_id, "name": item.name, "language": item.language, "reason": item.reason,
         "error": item.error}
        for item in asides[:MOST]
    ]  # fmt: skip
    if rows:
        await session.execute(insert(TemplateAsideRow), rows)


async def listed(session: AsyncSession) -> list[TemplateAside]:
    """What was set aside in accounts that are still connected, by name."""
    row = TemplateAsideRow
    connected = select(ChannelRow.waba_id).where(ChannelRow.deleted_at.is_(None))
    query = select(row).where(row.waba_id.in_(connected)).order_by(row.name, row.language, row.id)
    found = await session.scalars(query.limit(MOST))
    return [TemplateAside(item.name, item.language, item.reason, item.error) for item in found]
