"""Who has a conversation instead of automations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# By primary keys.
_OF = text("""
SELECT v.taken_at, u.name AS taken_by
FROM conversations v LEFT JOIN users u ON u.id = v.taken_by WHERE v.id = :id
""")


@dataclass(frozen=True, slots=True)
class Taken:
    """Since when, and who; None when nobody has it."""

    taken_at: datetime | None
    taken_by: str | None


async def of(session: AsyncSession, conversation_id: UUID) -> Taken:
    """Who has a conversation that exists."""
    row = (await session.execute(_OF, {"id": conversation_id})).one()
    return Taken(**row._mapping)
