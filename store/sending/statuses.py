"""Status webhooks, applied in bulk: states only move forward, whatever order they come in (law 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messages import STATUS_RANK, MessageState
from store.counters import COUNT_MOVES
from store.sending.outcomes import Touched


@dataclass(slots=True)
class StatusUpdate:
    """Everything one batch of webhooks says about one message, folded together."""

    wamid: str
    message_id: UUID | None = None
    state: MessageState = MessageState.ACCEPTED
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    code: int | None = None
    detail: str | None = None
    pricing: str | None = None


_RANK = " ".join(f"WHEN '{state}' THEN {rank}" for state, rank in STATUS_RANK.items())

# Primary key look-ups for our own attempts, uq_messages_wamid for the rest; locked in id order.
_APPLY = text(f"""
WITH incoming AS (
    SELECT u.*, coalesce(byid.id, bywamid.id) AS id
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:wamids AS text[]), CAST(:states AS text[]), CAST(:ranks AS int[]),
        CAST(:sents AS timestamptz[]), CAST(:delivereds AS timestamptz[]), CAST(:reads AS timestamptz[]),
        CAST(:faileds AS timestamptz[]), CAST(:codes AS int[]), CAST(:details AS text[]),
        CAST(:pricings AS text[])
    ) AS u(message_id, wamid, status, rank, sent_at, delivered_at, read_at, failed_at, code, detail, pricing)
    LEFT JOIN messages byid ON byid.id = u.message_id
    LEFT JOIN messages bywamid ON u.message_id IS NULL AND bywamid.wamid = u.wamid
),
old AS (
    SELECT m.id, m.state AS before_state FROM messages m
    WHERE m.id IN (SELECT id FROM incoming) AND m.direction = 'out' ORDER BY m.id FOR UPDATE
),
changed AS (
    UPDATE messages m SET
        state = CASE WHEN i.rank > (CASE m.state {_RANK} ELSE 99 END) THEN i.status ELSE m.state END,
        wamid = coalesce(m.wamid, i.wamid),
        accepted_at = coalesce(m.accepted_at, i.sent_at, i.delivered_at, i.read_at),
        sent_at = coalesce(m.sent_at, i.sent_at),
        delivered_at = coalesce(m.delivered_at, i.delivered_at, i.read_at),
        read_at = coalesce(m.read_at, i.read_at),
        failed_at = coalesce(m.failed_at, i.failed_at),
        error_code = coalesce(i.code, m.error_code),
        error_detail = CASE WHEN i.code IS NOT NULL THEN i.detail
            WHEN m.state = 'unknown' THEN NULL ELSE m.error_detail END,
        next_try_at = NULL,
        pricing = coalesce(m.pricing, i.pricing)
    FROM incoming i, old WHERE m.id = i.id AND old.id = m.id
    RETURNING m.id, m.campaign_id, m.contact_id, m.channel_id, old.before_state, m.state AS after_state
),
moves AS (SELECT campaign_id, before_state, after_state FROM changed),
{COUNT_MOVES}
SELECT DISTINCT campaign_id, CASE WHEN campaign_id IS NULL THEN contact_id END AS contact_id,
    CASE WHEN campaign_id IS NULL THEN channel_id END AS channel_id FROM changed
""")


async def apply(session: AsyncSession, updates: Sequence[StatusUpdate]) -> list[Touched]:
    """Move messages forward; an update for a message that is not ours changes nothing."""
    parameters = {
        "ids": [update.message_id for update in updates],
        "wamids": [update.wamid for update in updates],
        "states": [update.state.value for update in updates],
        "ranks": [STATUS_RANK[update.state] for update in updates],
        "sents": [update.sent_at for update in updates],
        "delivereds": [update.delivered_at for update in updates],
        "reads": [update.read_at for update in updates],
        "faileds": [update.failed_at for update in updates],
        "codes": [update.code for update in updates],
        "details": [update.detail for update in updates],
        "pricings": [update.pricing for update in updates],
    }
    rows = (await session.execute(_APPLY, parameters)).all()
    return [Touched(row.campaign_id, row.contact_id, row.channel_id) for row in rows]
