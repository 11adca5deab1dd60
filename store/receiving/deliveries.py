"""Webhook deliveries: durable before the answer, claimed and finished in one transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import EventState

WAKE = "webhook_inbox"
"""NOTIFY channel that wakes the drain."""


@dataclass(frozen=True, slots=True)
class RawEvent:
    """A delivery as received; ``signed_for``: the channels whose secret signed it, None if it came another way."""

    body: bytes
    signed_for: frozenset[UUID] | None


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """A delivery that is being processed."""

    id: int
    body: bytes
    signed_for: frozenset[UUID] | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A channel with its ids at Meta."""

    channel_id: UUID
    phone_number_id: str
    waba_id: str


# The unique index on digest makes a repeated delivery vanish (law 4); that it came is counted.
_INSERT = text("""
WITH incoming AS MATERIALIZED (
    SELECT digest, body, signers
    FROM unnest(CAST(:digests AS bytea[]), CAST(:bodies AS bytea[]), CAST(:signers AS text[]))
        AS i(digest, body, signers)
),
kept AS (
    INSERT INTO webhook_events (digest, body, channel_id, signed_for)
    SELECT digest, body, (CAST(signers AS uuid[]))[1], CAST(signers AS uuid[]) FROM incoming
    ON CONFLICT (digest) DO NOTHING RETURNING digest
),
repeated AS (
    INSERT INTO webhook_repeats (digest) SELECT digest FROM incoming EXCEPT ALL SELECT digest FROM kept
)
SELECT pg_notify(:channel, '')
""")

_TO_TAKE = """state = 'waiting' AND id <> ALL(CAST(:skip AS bigint[]))
    AND (wait_until IS NULL OR wait_until <= clock_timestamp())"""

# Uses ix_webhook_events_waiting.
_CLAIM = text(f"""
SELECT id, body, signed_for, received_at FROM webhook_events
WHERE {_TO_TAKE} ORDER BY id LIMIT :limit
FOR UPDATE SKIP LOCKED
""")

# Uses ix_webhook_events_waiting: only the first is looked at.
_OVERDUE = text(f"""
SELECT greatest(received_at, wait_until) < clock_timestamp() - CAST(:longer AS interval) FROM webhook_events
WHERE {_TO_TAKE} ORDER BY id LIMIT 1
""")

# Primary key.
_LATER = text("UPDATE webhook_events SET wait_until = :until WHERE id = :id")

_DONE = text("""
WITH heard AS (
    UPDATE channels SET last_webhook_at = clock_timestamp()
    WHERE phone_number_id = ANY(CAST(:numbers AS text[]))
        AND (last_webhook_at IS NULL OR last_webhook_at < clock_timestamp() - interval '1 second')
)
UPDATE webhook_events e SET state = 'done', processed_at = clock_timestamp(), error = NULL,
    kinds = CAST(i.kinds AS varchar[]),
    outcomes = CASE WHEN e.outcomes IS NULL OR 'applied' = ANY(CAST(i.outcomes AS varchar[]))
        THEN CAST(i.outcomes AS varchar[]) ELSE e.outcomes END
FROM unnest(CAST(:ids AS bigint[]), CAST(:kinds AS text[]), CAST(:outcomes AS text[]))
    AS i(id, kinds, outcomes)
WHERE e.id = i.id
""")

_DEAD = text("""
UPDATE webhook_events SET state = 'dead', tries = tries + 1, error = :error, processed_at = clock_timestamp()
WHERE id = :id
""")

# By the primary key; whoever has locked the row decides about it.
_GIVE_UP = text("""
UPDATE webhook_events SET state = 'dead', tries = tries + 1, error = :error, processed_at = clock_timestamp()
WHERE id = (SELECT id FROM webhook_events WHERE id = :id AND state = 'waiting' FOR UPDATE SKIP LOCKED)
RETURNING id
""")

_REPLAY = text("""
UPDATE webhook_events SET state = 'waiting', processed_at = NULL, error = NULL
WHERE id BETWEEN :low AND :high AND state IN ('dead', 'done') RETURNING id
""")

# The oldest ids come first in the primary key.
_PURGE = text("""
DELETE FROM webhook_events WHERE id IN (
    SELECT id FROM webhook_events WHERE state = :state AND received_at < :before ORDER BY id LIMIT :limit
) RETURNING id
""")

_REJECTED = text("""
INSERT INTO rejected_webhooks (minute, reason, count)
SELECT date_trunc('minute', clock_timestamp()), reason, count
FROM unnest(CAST(:reasons AS text[]), CAST(:counts AS bigint[])) AS i(reason, count) ORDER BY reason
ON CONFLICT (minute, reason) DO UPDATE SET count = rejected_webhooks.count + excluded.count
""")

# The oldest minutes come first in the primary key.
_PURGE_REJECTED = text("""
DELETE FROM rejected_webhooks WHERE (minute, reason) IN (
    SELECT minute, reason FROM rejected_webhooks WHERE minute < :before ORDER BY minute LIMIT :limit
) RETURNING minute
""")

# A few dozen rows at most.
_PLACES = text("SELECT id, phone_number_id, waba_id FROM channels")


def digest_of(body: bytes, signed_for: Iterable[UUID] | None) -> bytes:
    """The digest that identifies a delivery: its bytes and who signed them.

    With the bytes alone, anyone sending them first under another secret would make the real delivery vanish.
    """
    digest = sha256(body)
    if signed_for is not None:
        digest.update(b"".join(sorted(channel.bytes for channel in signed_for)))
    return digest.digest()


def written_ids(ids: Iterable[UUID] | None) -> str | None:
    """Ids as a PostgreSQL array literal."""
    return None if ids is None else "{" + ",".join(sorted(map(str, ids))) + "}"


async def later(session: AsyncSession, id_: int, until: datetime) -> None:
    """When a waiting delivery is tried again; others go ahead."""
    await session.execute(_LATER, {"id": id_, "until": until})


async def store(session: AsyncSession, events: Sequence[RawEvent]) -> None:
    """Store deliveries and wake the drain when they are committed: one statement, which needs no transaction."""
    parameters: dict[str, Any] = {
        "digests": [digest_of(event.body, event.signed_for) for event in events],
        "bodies": [event.body for event in events],
        "signers": [written_ids(event.signed_for) for event in events],
        "channel": WAKE,
    }
    await session.execute(_INSERT, parameters)


_BY_INDEX = text("""
SELECT set_config('enable_seqscan', 'off', true),
    set_config('idle_in_transaction_session_timeout', '10s', true)
""")


async def by_index(session: AsyncSession) -> None:
    """Plan only look-ups until the transaction ends, and end it soon if we go silent.

    A plan made while a table is small reads all of it, and stays cached while the table grows. A process that hangs
    would keep its locks from every other.
    """
    await session.execute(_BY_INDEX)


async def claim(
    session: AsyncSession, limit: int, skip: Collection[int] = ()
) -> list[WaitingEvent]:
    """Lock the oldest waiting deliveries until the transaction ends."""
    rows = (await session.execute(_CLAIM, {"limit": limit, "skip": sorted(skip)})).all()
    return [
        WaitingEvent(
            row.id,
            bytes(row.body),
            None if row.signed_for is None else frozenset(row.signed_for),
            row.received_at,
        )
        for row in rows
    ]


async def overdue(session: AsyncSession, longer: timedelta, skip: Collection[int] = ()) -> bool:
    """Whether the oldest delivery has been waiting for longer."""
    result = await session.execute(_OVERDUE, {"longer": longer, "skip": sorted(skip)})
    return bool(result.scalar_one_or_none())


async def places(session: AsyncSession) -> list[Place]:
    """Every channel, including removed ones: earlier deliveries for them are still theirs."""
    rows = (await session.execute(_PLACES)).all()
    return [Place(row.id, row.phone_number_id, row.waba_id) for row in rows]


@dataclass(frozen=True, slots=True)
class Told:
    """What a processed delivery contained, and what it did."""

    id: int
    kinds: Collection[str]
    outcomes: Collection[str]


async def done(session: AsyncSession, told: Sequence[Told], numbers: Collection[str]) -> None:
    """Mark deliveries as processed, in the transaction that processed them, and update when their numbers were last
    heard from.

    ``numbers`` are Meta's phone number ids. What a delivery did stays when a replay finds nothing new.
    """
    parameters = {
        "ids": [one.id for one in told],
        "kinds": [_array(one.kinds) for one in told],
        "outcomes": [_array(one.outcomes) for one in told],
        "numbers": sorted(numbers),
    }
    await session.execute(_DONE, parameters)


def _array(texts: Collection[str]) -> str:
    """Texts as a PostgreSQL array literal."""
    escaped = (one.replace("\\", "\\\\").replace('"', '\\"') for one in sorted(texts))
    return "{" + ",".join(f'"{one}"' for one in escaped) + "}"


async def give_up(session: AsyncSession, event_id: int, error: str) -> bool:
    """Set this delivery aside unless it was taken or is locked; returns whether it was set aside."""
    row = await session.execute(_GIVE_UP, {"id": event_id, "error": error[:500]})
    return row.first() is not None


async def dead(session: AsyncSession, event_id: int, error: str) -> None:
    """Set a delivery aside with its error, so that the others continue."""
    await session.execute(_DEAD, {"id": event_id, "error": error[:500]})


async def replay(session: AsyncSession, low: int, high: int) -> int:
    """Process a range of deliveries again; returns how many."""
    rows = (await session.execute(_REPLAY, {"low": low, "high": high})).all()
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": WAKE})
    return len(rows)


async def purge(
    session: AsyncSession, before: datetime, limit: int, *, state: EventState = EventState.DONE
) -> int:
    """Delete deliveries in a state that were received before a time; returns how many."""
    parameters = {"before": before, "limit": limit, "state": state.value}
    return len((await session.execute(_PURGE, parameters)).all())


async def purge_rejected(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete counts of deliveries rejected before a time; returns how many."""
    parameters = {"before": before, "limit": limit}
    return len((await session.execute(_PURGE_REJECTED, parameters)).all())


async def count_rejected(session: AsyncSession, counts: Mapping[str, int]) -> None:
    """Count rejected deliveries by reason."""
    await session.execute(_REJECTED, {"reasons": list(counts), "counts": list(counts.values())})
