"""Stored answers to writes made with an Idempotency-Key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.idempotency import Answer
from store.tables.users import IdempotencyRow


async def claim(session: AsyncSession, user_id: UUID, key: str) -> bool:
    """Hold the key until this transaction ends; False while another request holds it.

    An advisory lock leaves nothing behind when the process dies in the middle.
    """
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"{user_id}:{key}", 0))
    return bool(await session.scalar(select(lock)))


async def find(session: AsyncSession, user_id: UUID, key: str) -> Answer | None:
    """The stored answer (primary key)."""
    query = select(IdempotencyRow.request_hash, IdempotencyRow.status, IdempotencyRow.body).where(
        IdempotencyRow.user_id == user_id, IdempotencyRow.key == key
    )
    row = (await session.execute(query)).one_or_none()
    return Answer(row.request_hash, row.status or 200, row.body) if row else None


async def keep(session: AsyncSession, user_id: UUID, key: str, answer: Answer) -> None:
    """Store the answer in the transaction that did the work."""
    await session.execute(
        insert(IdempotencyRow).values(
            user_id=user_id,
            key=key,
            request_hash=answer.request_hash,
            status=answer.status,
            body=answer.body,
        )
    )


async def purge(session: AsyncSession, before: datetime) -> None:
    """Delete old answers (ix_idempotency_keys_created_at)."""
    await session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < before))
