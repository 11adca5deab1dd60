"""What a rejection by WhatsApp changes besides the message: the number, the campaign, the contact."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channels import Restriction
from domain.consent import Action, Source
from store import restrictions
from store.consents import ConsentFact

_PAUSE = text("""
UPDATE campaigns SET status = 'paused', pause_reason = :reason, updated_at = clock_timestamp()
WHERE id = :campaign_id AND status = 'running' RETURNING id
""")

# A policy error under a known restriction is that restriction: replies may still be sent.
_BLOCK = text(f"""
UPDATE channels ch SET status = 'blocked', blocked_reason = :reason
WHERE id = :channel_id AND status NOT IN ('blocked', 'disconnected')
    AND NOT (:reason = 'policy' AND {restrictions.holds(Restriction.BUSINESS_INITIATED)})
RETURNING id
""")

# Primary key look-ups.
_REFUSED_AT = text("""
SELECT id, contact_id, coalesce(failed_at, clock_timestamp()) AS at FROM messages
WHERE id = ANY(CAST(:ids AS uuid[])) AND contact_id IN (SELECT id FROM contacts)
""")


async def pause_campaign(session: AsyncSession, campaign_id: UUID, reason: str) -> bool:
    """Pause a running campaign; returns whether it was running."""
    parameters = {"campaign_id": campaign_id, "reason": reason}
    return await session.scalar(_PAUSE, parameters) is not None


async def block_channel(session: AsyncSession, channel_id: UUID, reason: str) -> bool:
    """Stop all sending on a number until a person has fixed the cause; returns whether it could send before."""
    parameters = {"channel_id": channel_id, "reason": reason}
    return await session.scalar(_BLOCK, parameters) is not None


async def opt_outs(session: AsyncSession, message_ids: list[UUID]) -> list[ConsentFact]:
    """Record that the recipients of these messages stopped our marketing in WhatsApp, as its errors say."""
    rows = (await session.execute(_REFUSED_AT, {"ids": message_ids})).all()
    return [ConsentFact(row.contact_id, Action.STOP, Source.REFUSAL, row.at) for row in rows]
