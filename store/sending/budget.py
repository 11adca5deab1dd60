"""The 24-hour budget of a portfolio: how many people its numbers may message outside open windows.

Reserved in the transaction of the claim, under a lock on the portfolio, so that all numbers and campaigns together
never exceed it. One row per minute keeps the sum cheap.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK = text("""
SELECT p.messaging_limit FROM channels ch JOIN portfolios p ON p.id = ch.portfolio_id
WHERE ch.id = :channel_id FOR NO KEY UPDATE OF p
""")

# Primary key look-ups per candidate, and at most 1,440 rows of portfolio_usage.
WITHIN = """
portfolio AS MATERIALIZED (
    SELECT p.id, p.messaging_limit - coalesce((
        SELECT sum(u.people) FROM portfolio_usage u
        WHERE u.portfolio_id = p.id AND u.minute > clock_timestamp() - interval '24 hours'), 0) AS free
    FROM channels ch JOIN portfolios p ON p.id = ch.portfolio_id WHERE ch.id = :channel_id
),
judged AS MATERIALIZED (
    SELECT c.*, c.refusal IS NULL AND NOT c.window_open AND NOT EXISTS (
        SELECT FROM portfolio_recipients b, portfolio p
        WHERE b.portfolio_id = p.id AND b.contact_id = c.contact_id
            AND b.at > clock_timestamp() - interval '24 hours') AS counts
    FROM candidates c
),
picked AS MATERIALIZED (
    SELECT j.* FROM (SELECT *, count(*) FILTER (WHERE counts) OVER (ORDER BY seq) AS sum FROM judged) j
    WHERE j.sum <= greatest(0, (SELECT free FROM portfolio))
),
reserved AS (
    INSERT INTO portfolio_recipients (portfolio_id, contact_id, at)
    SELECT p.id, k.contact_id, clock_timestamp() FROM picked k, portfolio p WHERE k.counts
    ON CONFLICT (portfolio_id, contact_id) DO UPDATE SET at = excluded.at
    RETURNING portfolio_id
),
used AS (
    INSERT INTO portfolio_usage AS u (portfolio_id, minute, people)
    SELECT portfolio_id, date_trunc('minute', clock_timestamp()), count(*) FROM reserved GROUP BY 1
    ON CONFLICT (portfolio_id, minute) DO UPDATE SET people = u.people + excluded.people
),
"""
"""CTE ``picked``: the candidates within the budget, by seq, reserving those that count."""

WITHOUT = "picked AS MATERIALIZED (SELECT * FROM candidates),"
"""CTE ``picked`` for a portfolio without a limit."""

_ONE = text(f"""
WITH candidates AS (
    SELECT 1 AS seq, CAST(:contact_id AS uuid) AS contact_id, NULL AS refusal, false AS window_open
),
{WITHIN}
answer AS (SELECT count(*) AS people FROM picked)
SELECT people FROM answer
""")

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

# The whole table, once an hour: one row per person messaged within a day.
_FORGET = text("""
DELETE FROM portfolio_recipients WHERE (portfolio_id, contact_id) IN (
    SELECT portfolio_id, contact_id FROM portfolio_recipients
    WHERE at < clock_timestamp() - interval '25 hours' LIMIT :limit)
RETURNING contact_id
""")
_FORGET_MINUTES = text(
    "DELETE FROM portfolio_usage WHERE minute < clock_timestamp() - interval '3 days'"
)


async def lock(session: AsyncSession, channel_id: UUID) -> int | None:
    """Lock the portfolio of a number until the transaction ends; returns its limit, None if unlimited."""
    limit: int | None = (await session.execute(_LOCK, {"channel_id": channel_id})).scalar_one()
    return limit


async def reserve(session: AsyncSession, channel_id: UUID, contact_id: UUID) -> bool:
    """Reserve room for one more person outside an open window; False when there is none."""
    if await lock(session, channel_id) is None:
        return True
    parameters = {"channel_id": channel_id, "contact_id": contact_id}
    return bool((await session.execute(_ONE, parameters)).scalar_one())


async def wait(session: AsyncSession, channel_id: UUID) -> timedelta:
    """How long until a twentieth of the portfolio's budget is free again."""
    parameters = {"channel_id": channel_id}
    found: timedelta | None = (await session.execute(_WAIT, parameters)).scalar_one_or_none()
    return max(timedelta(minutes=1), found or timedelta(hours=1))


async def forget(session: AsyncSession, limit: int) -> int:
    """Delete what no budget needs any more; returns the number of people."""
    await session.execute(_FORGET_MINUTES)
    return len((await session.execute(_FORGET, {"limit": limit})).all())
