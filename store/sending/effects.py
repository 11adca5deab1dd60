"""What a refusal by WhatsApp changes beside the message: the number, the campaign, the contact."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PAUSE = text("""
WITH paused AS (
    UPDATE campaigns SET status = 'paused', pause_reason = :reason, updated_at = clock_timestamp()
    WHERE id = :campaign_id AND status = 'running' RETURNING id
)
INSERT INTO campaign_events (campaign_id, kind, detail)
SELECT id, 'auto_paused', jsonb_build_object('reason', CAST(:reason AS text), 'code', CAST(:code AS int))
FROM paused
""")

_BLOCK = text("""
UPDATE channels SET status = 'blocked', blocked_reason = :reason
WHERE id = :channel_id AND status <> 'blocked'
""")

_OPT_OUT = text("""
UPDATE contacts SET marketing_opt_out_at = clock_timestamp(), updated_at = clock_timestamp()
WHERE id IN (SELECT contact_id FROM messages WHERE id = ANY(CAST(:ids AS uuid[])))
    AND marketing_opt_out_at IS NULL
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
    """Remember that the recipients of these messages stopped our marketing."""
    await session.execute(_OPT_OUT, {"ids": message_ids})
