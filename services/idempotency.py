"""A write that is repeated with its key is answered as it was the first time, and done once."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.idempotency import Answer
from store import idempotency


async def hold(session: AsyncSession, user_id: UUID, key: str) -> None:
    """Hold a key of this person for the transaction, or Conflict while the first request runs."""
    if not await idempotency.claim(session, user_id, key):
        raise Conflict("idempotency_in_flight", "The first request with this key still runs.")


async def find(session: AsyncSession, user_id: UUID, key: str, digest: bytes) -> Answer | None:
    """The answer to the first request with this key; Conflict when that one asked for something else."""
    known = await idempotency.find(session, user_id, key)
    if known is not None and known.request_hash != digest:
        raise Conflict(
            "idempotency_mismatch", "This Idempotency-Key was used for a different request."
        )
    return known


async def keep(session: AsyncSession, user_id: UUID, key: str, answer: Answer) -> None:
    """Keep an answer in the transaction that did the work."""
    await idempotency.keep(session, user_id, key, answer)
