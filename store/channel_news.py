"""What account webhooks change on channels; all by WABA id (ix_channels_waba_id)."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_NUMBER = text("""
UPDATE channels SET
    throughput = coalesce(CAST(:throughput AS int), throughput),
    messaging_tier = coalesce(CAST(:tier AS text), messaging_tier)
WHERE waba_id = :waba_id AND regexp_replace(display_phone_number, '[^0-9]', '', 'g') = :digits
""")

_LIMIT = text("""
UPDATE portfolios SET messaging_limit = CAST(:number AS int)
WHERE id IN (SELECT portfolio_id FROM channels WHERE waba_id = :waba_id)
""")

_BLOCK = text("""
UPDATE channels SET status = 'blocked', blocked_reason = :reason WHERE waba_id = :waba_id
""")

_UNBLOCK = text("""
UPDATE channels SET status = 'connected', blocked_reason = NULL
WHERE waba_id = :waba_id AND blocked_reason = :reason
""")


async def number(
    session: AsyncSession, waba_id: str, *, digits: str, throughput: int | None, tier: str | None
) -> None:
    """A number's throughput or messaging tier changed."""
    parameters = {"waba_id": waba_id, "digits": digits, "throughput": throughput, "tier": tier}
    await session.execute(_NUMBER, parameters)


async def portfolio_limit(session: AsyncSession, waba_id: str, number: int | None) -> None:
    """The portfolio may reach so many people a day; None means without limit."""
    await session.execute(_LIMIT, {"waba_id": waba_id, "number": number})


async def block(session: AsyncSession, waba_id: str, reason: str) -> None:
    """Nothing may leave from the account's numbers."""
    await session.execute(_BLOCK, {"waba_id": waba_id, "reason": reason})


async def unblock(session: AsyncSession, waba_id: str, reason: str) -> None:
    """The reason is gone."""
    await session.execute(_UNBLOCK, {"waba_id": waba_id, "reason": reason})
