"""Rate slots in PostgreSQL: one row per number, throttled campaign or pair, shared by every sender.

The generic cell rate algorithm: a row holds the time at which the next send is due. Booking advances it, so senders in
any number of processes keep the rate together. A number that Meta calls too fast continues at half speed and recovers
within a minute.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.together import together

AIM = 0.998
"""A little below the limit, so that requests bunched up on the way to Meta still keep to it."""

FARTHEST = timedelta(minutes=5)
"""How far ahead of now a row may be: one beyond it predates a clock that was set back, and counts as free. So no rate's
burst may take longer than this.
"""

CLIMB = timedelta(seconds=60)
"""How long a slowed-down number takes to reach full speed again."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` sends for a key; ``burst`` of them may come at once after a pause."""

    key: str
    per_second: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Booking:
    """``count`` slots, the first after ``delay``; with none, ``delay`` says when as many as wanted will be free: asking
    for each as it becomes free would ask ten times as often.

    Delays rather than times, as the database's clock and ours may differ. ``intervals`` are the seconds between two
    sends, by key.
    """

    count: int
    delay: timedelta
    intervals: Mapping[str, float]

    def without(self, used: int) -> "Booking":
        """The remaining slots, due immediately."""
        return replace(self, count=self.count - used, delay=timedelta(0))

    def after(self, seconds: float) -> "Booking":
        """The same, some time later."""
        return replace(self, delay=max(timedelta(0), self.delay - timedelta(seconds=seconds)))


NO_SLOTS = Booking(0, timedelta(0), {})


def channel_key(channel_id: UUID) -> str:
    """Key of a number's row."""
    return f"channel:{channel_id}"


def campaign_key(campaign_id: UUID) -> str:
    """Key of a throttled campaign's row."""
    return f"campaign:{campaign_id}"


def pair_key(channel_id: UUID, contact_id: UUID) -> str:
    """Key of one number writing to one person."""
    return f"pair:{channel_id}:{contact_id}"


_ENSURE = text(
    "INSERT INTO rate_slots (key) SELECT unnest(CAST(:keys AS text[])) ON CONFLICT DO NOTHING"
)

# The speed of a row at a time: half of what it was when Meta complained, then rising in a straight line.
_SPEED = f"""
    CASE WHEN s.slowed_at IS NULL OR s.slowed_to >= w.rate
            OR c.now >= s.slowed_at + interval '{CLIMB.total_seconds()} s' THEN w.rate
        ELSE s.slowed_to + (w.rate - s.slowed_to)
            * extract(epoch FROM c.now - s.slowed_at)::float8 / {CLIMB.total_seconds()} END
"""

# Primary key look-ups, locked in key order, so that senders never deadlock.
# A key without a row books nothing. A row beyond FARTHEST counts as free.
_RESERVE = text(f"""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:rates AS float8[]), CAST(:bursts AS int[]))
        AS w(key, rate, burst)
),
locked AS MATERIALIZED (
    SELECT key, slowed_at, slowed_to, CASE WHEN tat < clock_timestamp() + interval '{FARTHEST.total_seconds()} s'
        THEN tat ELSE '-infinity' END AS tat
    FROM rate_slots WHERE key = ANY(CAST(:keys AS text[])) ORDER BY key FOR NO KEY UPDATE
),
clock AS MATERIALIZED (
    SELECT clock_timestamp() AS now, count(*) AS found FROM locked
),
gaps AS MATERIALIZED (
    SELECT s.key, w.burst, c.now, greatest(s.tat, c.now) AS due,
        interval '1 second' / ({AIM} * ({_SPEED})) AS gap
    FROM locked s JOIN wanted w USING (key) CROSS JOIN clock c
),
free AS MATERIALIZED (
    SELECT key, now, due, gap,
        greatest(now, due - (burst - 1) * gap) AS first,
        floor(extract(epoch FROM now + CAST(:ahead AS interval) - due + (burst - 1) * gap)
            / extract(epoch FROM gap))::int + 1 AS room
    FROM gaps
),
booked AS MATERIALIZED (
    SELECT CASE WHEN (SELECT found FROM clock) < cardinality(CAST(:keys AS text[])) THEN 0
            ELSE greatest(0, least(CAST(:wanted AS int), min(room))) END AS count,
        max(first) - min(now) AS delay,
        max(first + (CAST(:wanted AS int) - 1) * gap - CAST(:ahead AS interval))
            FILTER (WHERE room < 1) - min(now) AS ask_again
    FROM free
),
moved AS (
    UPDATE rate_slots s SET tat = free.due + booked.count * free.gap
    FROM free, booked WHERE s.key = free.key AND booked.count > 0
)
SELECT b.count, b.delay, b.ask_again, f.key, extract(epoch FROM f.gap)::float8 AS gap
FROM booked b LEFT JOIN free f ON true
""")

# Several answers from one burst say the same thing: within two seconds only the first halves the speed.
_SLOW_DOWN = text(f"""
INSERT INTO rate_slots AS s (key, tat, slowed_at, slowed_to)
VALUES (:key, clock_timestamp() + CAST(:wait AS interval), clock_timestamp(), :rate * 0.5)
ON CONFLICT (key) DO UPDATE SET
    tat = greatest(s.tat, excluded.tat),
    slowed_to = CASE WHEN s.slowed_at > excluded.slowed_at - interval '2 s' THEN s.slowed_to
        ELSE greatest(1, 0.5 * CASE
            WHEN s.slowed_at IS NULL OR s.slowed_to >= :rate
                OR excluded.slowed_at >= s.slowed_at + interval '{CLIMB.total_seconds()} s' THEN :rate
            ELSE s.slowed_to + (:rate - s.slowed_to)
                * extract(epoch FROM excluded.slowed_at - s.slowed_at)::float8 / {CLIMB.total_seconds()} END)
        END,
    slowed_at = CASE WHEN s.slowed_at > excluded.slowed_at - interval '2 s' THEN s.slowed_at
        ELSE excluded.slowed_at END
""")

_THROUGHPUT = text("SELECT throughput FROM channels WHERE id = :channel_id")

_SLOWED = text("SELECT slowed_at FROM rate_slots WHERE key = :key")

# The whole table: one row per person messaged, or client of the API, within a day.
_FORGET = text("""
WITH free AS MATERIALIZED (
    SELECT key FROM rate_slots WHERE tat < clock_timestamp() - interval '1 day'
        AND (slowed_at IS NULL OR slowed_at < clock_timestamp() - interval '1 day')
    LIMIT :limit FOR UPDATE SKIP LOCKED
)
DELETE FROM rate_slots s USING free WHERE s.key = free.key RETURNING s.key
""")


async def reserve(
    session: AsyncSession, rates: Sequence[Rate], wanted: int, ahead: timedelta
) -> Booking:
    """Book up to ``wanted`` slots that are free under every rate, at most ``ahead`` from now."""
    return await together(session, _reserve_all, (rates, wanted, ahead))


async def _reserve_all(
    session: AsyncSession, asked: Sequence[tuple[Sequence[Rate], int, timedelta]]
) -> list[Booking]:
    """One after the other, in the order of their keys; delays count from the last."""
    booked: dict[int, tuple[Booking, float]] = {}
    for at in sorted(range(len(asked)), key=lambda at: [rate.key for rate in asked[at][0]]):
        booked[at] = (await _reserve(session, *asked[at]), time.monotonic())
    now = time.monotonic()
    return [booked[at][0].after(now - booked[at][1]) for at in range(len(asked))]


async def _reserve(
    session: AsyncSession, rates: Sequence[Rate], wanted: int, ahead: timedelta
) -> Booking:
    parameters = {
        "keys": [rate.key for rate in rates],
        "rates": [float(rate.per_second) for rate in rates],
        "bursts": [rate.burst for rate in rates],
        "wanted": wanted,
        "ahead": ahead,
    }
    rows = (await session.execute(_RESERVE, parameters)).all()
    if len(rows) < len(rates) or rows[0].key is None:
        await session.execute(_ENSURE, parameters)
        rows = (await session.execute(_RESERVE, parameters)).all()
    first = rows[0]._mapping
    wait = first["delay"] if first["count"] else first["ask_again"] or timedelta(0)
    return Booking(first["count"], max(timedelta(0), wait), {row.key: row.gap for row in rows})


async def slow_down(session: AsyncSession, channel_id: UUID, wait: timedelta) -> None:
    """Meta said the number is too fast: everything on it pauses briefly and continues at half speed."""
    rate = (await session.execute(_THROUGHPUT, {"channel_id": channel_id})).scalar_one()
    parameters = {"key": channel_key(channel_id), "wait": wait, "rate": float(rate)}
    await session.execute(_SLOW_DOWN, parameters)


async def slowed_at(session: AsyncSession, channel_id: UUID) -> datetime | None:
    """When Meta last called a number too fast; primary key."""
    found: datetime | None = await session.scalar(_SLOWED, {"key": channel_key(channel_id)})
    return found


async def forget(session: AsyncSession, limit: int) -> int:
    """Delete rows that have long been free again, mostly of pairs; returns how many. They are recreated on demand."""
    return len((await session.execute(_FORGET, {"limit": limit})).all())
