"""Claims of single messages from the inbox, the API and automations: the same gate, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import gate
from store.messages import OF_RUN
from store.together import Each, about, given, together


@dataclass(frozen=True, slots=True)
class SingleMessage:
    """A queued message, its recipient and its number; ``refusal`` is the gate's no.

    ``marketing_api``: ``marketing`` goes through the Marketing Messages API. ``counts``: it starts a conversation
    outside a window, so it needs room in the portfolio's budget.
    """

    id: UUID
    channel_id: UUID
    contact_id: UUID
    attempt: int
    state: str
    payload: dict[str, Any]
    reply_to: str | None
    phone: str | None
    bsuid: str | None
    throughput: int
    api_url: str
    api_version: str
    phone_number_id: str
    waba_id: str
    access_token: bytes
    marketing: bool
    marketing_api: bool
    counts: bool
    refusal: str | None


# Primary key look-ups, and the unique key of templates, whose current category counts.
_LOCK = Each(
    f"""
SELECT m.id, m.channel_id, m.contact_id, m.attempt, m.state, m.payload, m.reply_to, ct.phone, ct.bsuid,
    ch.throughput, ch.api_url, ch.api_version, ch.phone_number_id, ch.waba_id, ch.access_token,
    said.marketing, said.marketing AND ch.marketing_api AS marketing_api,
    said.category IS NOT NULL AND NOT {gate.is_open("cv")} AS counts,
    {gate.refusal("said.category")} AS refusal
FROM messages m
JOIN channels ch ON ch.id = m.channel_id
LEFT JOIN contacts ct ON ct.id = m.contact_id
LEFT JOIN conversations cv ON cv.contact_id = m.contact_id AND cv.channel_id = m.channel_id
LEFT JOIN templates t ON m.kind = 'template' AND t.waba_id = ch.waba_id
    AND t.name = m.payload #>> '{{template,name}}'
    AND t.language = m.payload #>> '{{template,language,code}}'
CROSS JOIN LATERAL (
    SELECT CASE WHEN m.kind = 'template' THEN coalesce(t.category, '') END AS category,
        {gate.is_marketing("t.category")} AS marketing
) said
WHERE m.id = :id FOR NO KEY UPDATE OF m
""",
    id="uuid",
)

_CLAIM = text("""
UPDATE messages m SET state = 'sending', attempt = attempt + 1, claimed_by = c.claim,
    claimed_at = clock_timestamp(), next_try_at = NULL
FROM json_to_recordset(CAST(:claimed AS json)) AS c(id uuid, claim text) WHERE m.id = c.id
""")

_REFUSE = text("""
UPDATE messages SET state = 'refused', error_detail = :reason, failed_at = clock_timestamp() WHERE id = :id
""")

_ABANDON = text("""
WITH stale AS (
    UPDATE messages SET state = 'unknown', error_detail = 'sender_died'
    WHERE id = :id AND state = 'sending' AND claimed_by <> :claim RETURNING id, attempt
)
INSERT INTO message_attempts (message_id, attempt, outcome, error_detail)
SELECT id, attempt, 'unknown', 'sender_died' FROM stale
""")

# Uses ix_messages_single: messages whose activity was never started, or was lost. What a run sends is sent by the run.
_WAITING = text(f"""
SELECT id FROM messages
WHERE campaign_id IS NULL AND direction = 'out' AND state IN ('queued', 'sending')
    AND (next_try_at IS NULL OR next_try_at <= clock_timestamp())
    AND created_at BETWEEN clock_timestamp() - interval '2 days'
        AND clock_timestamp() - interval '10 seconds'
    AND NOT (origin = 'automation' AND client_id LIKE '{OF_RUN}%')
ORDER BY id LIMIT :limit
""")


async def lock(session: AsyncSession, message_id: UUID) -> SingleMessage | None:
    """A message with everything needed to send it, locked until the transaction ends."""
    return await together(session, _lock, message_id)


async def _lock(session: AsyncSession, message_ids: Sequence[UUID]) -> list[SingleMessage | None]:
    wanted = sorted(set(message_ids))  # in one order, as wherever messages are locked
    rows = await _LOCK.first(session, [(one,) for one in wanted])
    found = {row.id: SingleMessage(**about(row)) for row in rows if row}
    return [found.get(one) for one in message_ids]


async def claim(session: AsyncSession, message_id: UUID, claim: str) -> None:
    """Record this attempt before it is made."""
    await together(session, _claim, {"id": message_id, "claim": claim})


async def _claim(session: AsyncSession, claimed: Sequence[dict[str, Any]]) -> Sequence[None]:
    await session.execute(_CLAIM, {"claimed": given(claimed)})
    return [None] * len(claimed)


async def refuse(session: AsyncSession, message_id: UUID, reason: str) -> None:
    """Record the gate's refusal."""
    await session.execute(_REFUSE, {"id": message_id, "reason": reason})


async def abandon(session: AsyncSession, message_id: UUID, claim: str) -> None:
    """Mark what a dead sender left as unknown; nothing resends it by itself."""
    await session.execute(_ABANDON, {"id": message_id, "claim": claim})


async def waiting(session: AsyncSession, limit: int) -> list[UUID]:
    """Messages that somebody should be sending."""
    return list((await session.scalars(_WAITING, {"limit": limit})).all())
