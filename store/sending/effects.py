"""What a refusal by WhatsApp changes beside the message: the number, the campaign, the contact."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channels import Restriction
from domain.consent import Action, Source
from store import consents, restrictions
from store.consents import Fact

_PAUSE = text("""
WITH paused AS (
    UPDATE campaigns SET status = 'paused', pause_reason = :reason, updated_at = clock_timestamp()
    WHERE id = :campaign_id AND status = 'running' RETURNING id
)
INSERT INTO campaign_events (campaign_id, kind, detail)
SELECT id, 'auto_paused', jsonb_build_object('reason', CAST(:reason AS text), 'code', CAST(:code AS int))
FROM paused
""")

# A policy refusal under a known restriction is that restriction: answers may still go.
_BLOCK = text(f"""
UPDATE channels ch SET status = 'blocked', blocked_reason = :reason
WHERE id = :channel_id AND status NOT IN ('blocked', 'disconnected')
    AND NOT (:reason = 'policy' AND {restrictions.holds(Restriction.BUSINESS_INITIATED)})
""")

# Primary key look-ups.
_REFUSED_AT = text("""
SELECT id, contact_id, coalesce(failed_at, clock_timestamp()) AS at FROM messages
WHERE id = ANY(CAST(:ids AS uuid[])) AND contact_id IN (SELECT id FROM contacts)
""")


async def pause_campaign(
    session: AsyncSession, campaign_id: UUID, reason: str, code: int | None
) -> None:
    """Pause a running campaign because nobody more can be reached as things are."""
    parameters = {"campaign_id": campaign_id, "reason": reason, "code": code}
    await session.execute(_PAUSE, parameters)


async def block_channel(session: AsyncSession, channel_id: UUID, reason: str) -> None:
    """Stop all sending on a number until a person has fixed the cause."""
    await session.execute(_BLOCK, {"channel_id": channel_id, "reason": reason})


async def opt_out(session: AsyncSession, message_ids: list[UUID]) -> None:
    """Remember that the recipients of these messages stopped our marketing in WhatsApp."""
    rows = (await session.execute(_REFUSED_AT, {"ids": message_ids})).all()
    facts = [Fact(row.contact_id, Action.STOP, Source.REFUSAL, row.at) for row in rows]
    if facts:
        await consents.tell(session, facts)
