"""What a sender must know of a campaign: once per batch its message, at every claim its state."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.templates import SENDABLE
from store import restrictions

NOT_RUNNING = "not_running"
"""The halt of a campaign that a person or its workflow stopped; every other halt is a cause."""

FEWEST_OUTCOMES = 50
"""The brake on failures judges no smaller number of outcomes."""


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """The frozen message of a campaign and the number it leaves from, token still encrypted."""

    campaign_id: UUID
    channel_id: UUID
    template: dict[str, Any]
    api_url: str
    api_version: str
    phone_number_id: str
    waba_id: str
    access_token: bytes
    marketing_api: bool
    portfolio_id: UUID
    throttle: int | None
    throughput: int
    limited: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """What may change while a campaign runs; read by the statement of every claim.

    ``halt`` is None while messages may leave, else NOT_RUNNING or the cause that must pause it.
    ``rest`` is how long to wait where Meta restricts the number for a time.
    """

    halt: str | None
    throttle: int | None
    throughput: int
    limited: bool
    rest: timedelta | None = None


_PLAN = text("""
SELECT c.id AS campaign_id, c.channel_id, c.template, ch.api_url, ch.api_version, ch.phone_number_id,
    ch.waba_id, ch.access_token, ch.marketing_api, ch.portfolio_id, c.throttle, ch.throughput,
    p.messaging_limit IS NOT NULL AS limited
FROM campaigns c JOIN channels ch ON ch.id = c.channel_id JOIN portfolios p ON p.id = ch.portfolio_id
WHERE c.id = :campaign_id
""")

OUTCOMES = "(k.accepted + k.sent + k.delivered + k.read + k.played + k.failed + k.rejected)"
FAILURES = "(k.failed + k.rejected)"

# Primary key look-ups. The brakes measure from the mark that the last start or resume set.
PULSE = f"""
pulse AS MATERIALIZED (
    SELECT CASE
        WHEN c.status <> 'running' THEN '{NOT_RUNNING}'
        WHEN ch.deleted_at IS NOT NULL THEN 'disconnected'
        WHEN ch.status IN ('blocked', 'disconnected') THEN coalesce(ch.blocked_reason, 'disconnected')
        WHEN t.deleted_at IS NOT NULL OR coalesce(t.status, '') NOT IN {SENDABLE} THEN 'template'
        WHEN ch.quality = 'RED' AND c.brake_mark ->> 'quality' IS DISTINCT FROM 'RED' THEN 'quality'
        WHEN k.outcomes >= {FEWEST_OUTCOMES} AND 100 * k.failures >= c.brake_percent * k.outcomes
            THEN 'failures'
        END AS halt,
        c.throttle, ch.throughput, p.messaging_limit,
        {restrictions.rest("c.template ->> 'category'")} AS rest
    FROM campaigns c
    JOIN channels ch ON ch.id = c.channel_id
    JOIN portfolios p ON p.id = ch.portfolio_id
    LEFT JOIN templates t ON t.id = c.template_id
    LEFT JOIN LATERAL (
        SELECT {OUTCOMES} - coalesce((c.brake_mark ->> 'outcomes')::int, 0) AS outcomes,
            {FAILURES} - coalesce((c.brake_mark ->> 'failures')::int, 0) AS failures
        FROM campaign_counters k WHERE k.campaign_id = c.id
    ) k ON true
    WHERE c.id = :campaign_id
)
"""
"""CTE ``pulse(halt, throttle, throughput, messaging_limit, rest)``."""

_MARK = f"""
UPDATE campaigns c SET brake_mark = jsonb_build_object(
    'outcomes', {OUTCOMES}, 'failures', {FAILURES}, 'quality', ch.quality)
FROM campaign_counters k, channels ch
WHERE k.campaign_id = c.id AND ch.id = c.channel_id AND c.status = 'running'
"""
_SET_MARK = text(f"{_MARK} AND c.id = :campaign_id")

# Uses ix_campaigns_status. A number that recovered may set off the brake again.
_MOVE_MARKS = text(f"""{_MARK}
    AND {OUTCOMES} - coalesce((c.brake_mark ->> 'outcomes')::int, 0) >= 10 * {FEWEST_OUTCOMES}
    AND ch.quality IS DISTINCT FROM 'RED'
    AND 100 * ({FAILURES} - coalesce((c.brake_mark ->> 'failures')::int, 0))
        < coalesce(c.brake_percent, 101)
            * ({OUTCOMES} - coalesce((c.brake_mark ->> 'outcomes')::int, 0))
""")


async def plan(session: AsyncSession, campaign_id: UUID) -> CampaignPlan | None:
    """The message and number of a launched campaign."""
    row = (await session.execute(_PLAN, {"campaign_id": campaign_id})).one_or_none()
    return CampaignPlan(**row._mapping) if row else None


async def set_mark(session: AsyncSession, campaign_id: UUID) -> None:
    """Let the brakes measure from now on: what went wrong before was seen by a person."""
    await session.execute(_SET_MARK, {"campaign_id": campaign_id})


async def move_marks(session: AsyncSession) -> None:
    """Let the brakes of campaigns that go well measure recent outcomes instead of all."""
    await session.execute(_MOVE_MARKS)


_WAIT = text("""
SELECT min(minute) + interval '24 hours 1 minute' - clock_timestamp() AS wait FROM (
    SELECT minute, sum(people) OVER (ORDER BY minute) AS freed FROM portfolio_usage u
    JOIN channels ch ON ch.portfolio_id = u.portfolio_id
    WHERE ch.id = :channel_id AND minute > clock_timestamp() - interval '24 hours'
) used
WHERE freed >= (
    SELECT greatest(1, p.messaging_limit / 20) FROM portfolios p
    JOIN channels ch ON ch.portfolio_id = p.id WHERE ch.id = :channel_id)
""")


async def budget_wait(session: AsyncSession, channel_id: UUID) -> timedelta:
    """How long until a twentieth of the portfolio's 24-hour budget is free again."""
    wait: timedelta | None = (
        await session.execute(_WAIT, {"channel_id": channel_id})
    ).scalar_one_or_none()
    return max(timedelta(minutes=1), wait or timedelta(hours=1))


_PULSE = text(f"WITH {PULSE} SELECT * FROM pulse")


async def pulse(session: AsyncSession, campaign_id: UUID) -> Pulse | None:
    """The state of a campaign and its number now; claims read it in their own statement."""
    row = (await session.execute(_PULSE, {"campaign_id": campaign_id})).one_or_none()
    if row is None:
        return None
    return Pulse(row.halt, row.throttle, row.throughput, row.messaging_limit is not None, row.rest)
