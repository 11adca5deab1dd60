"""What alerts are derived from, in a handful of small statements."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.alerts.rules import Halted
from domain.webhooks import Rejection

MOST_NAMED = 200

# Primary key, from the first minute on.
_REJECTED = text("""
SELECT coalesce(sum(count), 0) FROM rejected_webhooks
WHERE minute >= clock_timestamp() - CAST(:within AS interval) AND reason = :reason
""")

# ix_messages_single, an hour of it; ix_campaigns_status for running campaigns, the others by their end; campaign_rates by its primary key.
_SENT = text("""
SELECT channel_id, sum(unheard) AS unheard, sum(heard) AS heard FROM (
    SELECT channel_id, count(*) FILTER (WHERE state = 'accepted') AS unheard,
        count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read', 'played', 'failed')) AS heard
    FROM messages
    WHERE campaign_id IS NULL AND direction = 'out'
        AND created_at BETWEEN clock_timestamp() - CAST(:within AS interval) AND clock_timestamp() - CAST(:patience AS interval)
    GROUP BY channel_id
    UNION ALL
    SELECT c.channel_id, least(k.accepted, r.accepted), k.sent + k.delivered + k.read + k.failed
    FROM campaigns c JOIN campaign_counters k ON k.campaign_id = c.id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(accepted), 0) AS accepted FROM campaign_rates
        WHERE campaign_id = c.id AND second BETWEEN clock_timestamp() - CAST(:within AS interval)
            AND clock_timestamp() - CAST(:patience AS interval)
    ) r
    WHERE c.channel_id IS NOT NULL AND r.accepted > 0 AND (c.status IN ('running', 'paused')
        OR (c.status IN ('completed', 'stopped') AND c.finished_at > clock_timestamp() - CAST(:within AS interval)))
) sent GROUP BY channel_id
""")

# ix_campaigns_status.
_CAMPAIGNS = text("""
SELECT id, name, coalesce(pause_reason, '') AS reason, status = 'held' AS held FROM campaigns
WHERE status IN ('paused', 'held') AND (status = 'held' OR pause_reason IS NOT NULL) AND archived_at IS NULL
ORDER BY id DESC LIMIT :limit
""")

# Reads all automations, which are few.
_AUTOMATIONS = text("""
SELECT id, name, coalesce(halted ->> 'guard', '') AS reason, false AS held FROM automations
WHERE status = 'paused' AND halted IS NOT NULL AND archived_at IS NULL
ORDER BY id DESC LIMIT :limit
""")

# Reads all templates, which are a few thousand at most; ix_campaigns_status. Nobody wants to hear of one for ever that
# nothing needs.
_TEMPLATES = text("""
SELECT id, name || ' (' || language || ')' AS name, status AS reason, false AS held FROM templates t
WHERE deleted_at IS NULL AND status IN ('PAUSED', 'DISABLED', 'REJECTED') AND (news ->> 'status' > :since OR EXISTS (
    SELECT FROM campaigns c WHERE c.template_id = t.id AND c.status IN ('scheduled', 'running', 'paused', 'held')))
ORDER BY id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a number sent lately: messages WhatsApp said nothing about, and those it did."""

    unheard: int
    heard: int


async def rejected(session: AsyncSession, within: timedelta) -> int:
    """How many deliveries with a wrong signature came lately."""
    parameters = {"within": within, "reason": Rejection.SIGNATURE_WRONG.value}
    return int(await session.scalar(_REJECTED, parameters) or 0)


async def sent(session: AsyncSession, within: timedelta, patience: timedelta) -> dict[str, Sent]:
    """What each channel sent within an hour, by its id, leaving out the last minutes."""
    rows = (await session.execute(_SENT, {"within": within, "patience": patience})).all()
    return {str(row.channel_id): Sent(int(row.unheard), int(row.heard)) for row in rows}


async def campaigns(session: AsyncSession) -> list[Halted]:
    """Campaigns that paused by themselves, or wait for a decision."""
    return await _halted(session, _CAMPAIGNS)


async def automations(session: AsyncSession) -> list[Halted]:
    """Automations that a guard paused."""
    return await _halted(session, _AUTOMATIONS)


async def templates(session: AsyncSession, since: str) -> list[Halted]:
    """Templates that WhatsApp paused, disabled or rejected: since then, or that a campaign under way needs."""
    return await _halted(session, _TEMPLATES, since=since)


async def _halted(session: AsyncSession, query: TextClause, **parameters: object) -> list[Halted]:
    rows = (await session.execute(query, {**parameters, "limit": MOST_NAMED})).all()
    return [Halted(str(row.id), row.name, row.reason, row.held) for row in rows]
