"""Queries about how far a campaign is: what is left, its recipients, failures and rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Uses ix_messages_campaign_id_seq; the counters give the total.
_REMAINDER = text("""
SELECT
    (SELECT total FROM campaign_counters WHERE campaign_id = :campaign_id)
        - count(*) AS fresh,
    min(next_try_at) FILTER (WHERE state = 'queued') - clock_timestamp() AS next_try
FROM messages WHERE campaign_id = :campaign_id
""")

# Uses the primary key of campaign_recipients and uq_messages_campaign_id_contact_id.
_RECIPIENTS = text("""
SELECT r.seq, r.contact_id, r.phone, c.name, m.id AS message_id, coalesce(m.state, 'queued') AS state,
    m.attempt, m.wamid, m.error_code, m.error_detail, m.next_try_at, m.claimed_at, m.accepted_at,
    m.sent_at, m.delivered_at, m.read_at, m.failed_at
FROM campaign_recipients r
LEFT JOIN messages m ON m.campaign_id = r.campaign_id AND m.contact_id = r.contact_id
LEFT JOIN contacts c ON c.id = r.contact_id
WHERE r.campaign_id = :campaign_id AND r.seq > :after
    AND (CAST(:states AS text[]) IS NULL OR coalesce(m.state, 'queued') = ANY(CAST(:states AS text[])))
ORDER BY r.seq LIMIT :limit
""")

# Uses ix_messages_campaign_id_seq.
_FAILURES = text("""
SELECT state, error_code, min(error_detail) AS detail, count(*) AS people
FROM messages
WHERE campaign_id = :campaign_id AND state IN ('failed', 'rejected', 'refused', 'unknown')
GROUP BY state, error_code, CASE WHEN error_code IS NULL THEN error_detail END
ORDER BY count(*) DESC LIMIT 100
""")

_EXCLUSIONS = text("""
SELECT reason, count(*) AS people FROM campaign_exclusions WHERE campaign_id = :campaign_id
GROUP BY reason ORDER BY reason
""")

_RATES = text("""
SELECT second, accepted FROM campaign_rates WHERE campaign_id = :campaign_id ORDER BY second
""")


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """One recipient with the state of their message."""

    seq: int
    contact_id: UUID
    phone: str
    name: str | None
    message_id: UUID | None
    state: str
    attempt: int | None
    wamid: str | None
    error_code: int | None
    error_detail: str | None
    next_try_at: datetime | None
    claimed_at: datetime | None
    accepted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Recipients who share one cause."""

    state: str
    error_code: int | None
    detail: str | None
    people: int


async def remainder(session: AsyncSession, campaign_id: UUID) -> tuple[int, timedelta | None]:
    """People without a message yet, and how long until the next retry is due."""
    row = (await session.execute(_REMAINDER, {"campaign_id": campaign_id})).one()
    return row.fresh or 0, row.next_try


async def recipients(
    session: AsyncSession,
    campaign_id: UUID,
    *,
    states: Sequence[str] | None,
    after: int,
    limit: int,
) -> list[RecipientLine]:
    """Recipients after a seq, in order, optionally only those in some states."""
    parameters = {
        "campaign_id": campaign_id,
        "after": after,
        "states": list(states) if states is not None else None,
        "limit": limit,
    }
    rows = (await session.execute(_RECIPIENTS, parameters)).all()
    return [RecipientLine(**row._mapping) for row in rows]


async def failures(session: AsyncSession, campaign_id: UUID) -> list[FailureGroup]:
    """Recipients who did not get the message, grouped by cause, largest group first."""
    rows = (await session.execute(_FAILURES, {"campaign_id": campaign_id})).all()
    return [FailureGroup(**row._mapping) for row in rows]


async def exclusions(session: AsyncSession, campaign_id: UUID) -> dict[str, int]:
    """People left out at launch, by reason."""
    rows = (await session.execute(_EXCLUSIONS, {"campaign_id": campaign_id})).all()
    return {row.reason: row.people for row in rows}


async def rates(session: AsyncSession, campaign_id: UUID) -> list[tuple[datetime, int]]:
    """Messages accepted per second, oldest first."""
    rows = (await session.execute(_RATES, {"campaign_id": campaign_id})).all()
    return [(row.second, row.accepted) for row in rows]
