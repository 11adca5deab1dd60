"""A write repeated with its key gets the first answer and is done only once."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.idempotency import Answer
from store import idempotency


async def hold(session: AsyncSession, user_id: UUID, key: str) -> None:
    """Lock this person's key for the transaction; raises Conflict while the first request is running."""
    if not await idempotency.claim(session, user_id, key):
        raise Conflict("idempotency_in_flight")


async def find(session: AsyncSession, user_id: UUID, key: str, digest: bytes) -> Answer | None:
    """The answer to the first request with this key; raises Conflict if that request was different."""
    known = await idempotency.find(session, user_id, key)
    if known is not None and known.request_hash != digest:
        raise Conflict("idempotency_mismatch")
    return known


async def keep(session: AsyncSession, user_id: UUID, key: str, answer: Answer) -> None:
    """Store an answer in the transaction that did the work."""
    await idempotency.keep(session, user_id, key, answer)
