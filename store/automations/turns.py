"""Whose turn it is to be assigned a conversation by a node."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('turns:' || :automation_id || ':' || :node, 0))"
)

# Walks ix_automation_steps_automation_id_ended_at backwards to the last time.
_LAST = text("""
SELECT s.detail ->> 'user' FROM automation_steps s
WHERE s.automation_id = :automation_id AND s.ended_at IS NOT NULL AND s.node = :node AND s.detail ? 'user'
ORDER BY s.ended_at DESC LIMIT 1
""")

# Primary key.
_ACTIVE = text("SELECT id FROM users WHERE id = ANY(CAST(:ids AS uuid[])) AND is_active")

# Primary key.
_TOOK = text("""
UPDATE automation_steps SET detail = coalesce(detail, '{}'::jsonb) || jsonb_build_object('user', CAST(:user AS text))
WHERE run_id = :run_id AND step = :step
""")


async def take(session: AsyncSession, automation_id: UUID, node: str) -> None:
    """Let nobody else choose at this node until the transaction ends."""
    await session.execute(_TAKE, {"automation_id": str(automation_id), "node": node})


async def last(session: AsyncSession, automation_id: UUID, node: str) -> UUID | None:
    """Who was assigned last at a node."""
    found = await session.scalar(_LAST, {"automation_id": automation_id, "node": node})
    return UUID(found) if found else None


async def active(session: AsyncSession, users: Sequence[UUID]) -> set[UUID]:
    """Those who can be assigned work."""
    return set((await session.scalars(_ACTIVE, {"ids": list(users)})).all())


async def took(session: AsyncSession, run_id: UUID, step: int, user: UUID) -> None:
    """Write down whom a step chose."""
    await session.execute(_TOOK, {"run_id": run_id, "step": step, "user": str(user)})
