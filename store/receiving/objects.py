"""The log of single webhook objects without effect: what they are, why, and replaying them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import Reason, state_of
from store.receiving.deliveries import WAKE, digest_of, written_ids

FIELD_LIMIT = 100


@dataclass(frozen=True, slots=True)
class LoggedObject:
    """Some objects of one change, as a separate delivery in ``body``; ``error`` names a class."""

    event_id: int
    signed_for: frozenset[UUID] | None
    phone_number_id: str
    field: str
    kind: str
    reason: Reason
    error: str
    count: int
    body: bytes
    received_at: datetime


# The unique index on digest keeps a repeated object on one line.
_KEEP = text("""
INSERT INTO webhook_objects (event_id, signed_for, phone_number_id, field, kind, reason, error, count,
    body, digest, state, received_at)
SELECT DISTINCT ON (digest) event_id, CAST(signed_for AS uuid[]), phone_number_id, field, kind, reason,
    error, count, body, digest, state, received_at
FROM unnest(CAST(:events AS bigint[]), CAST(:signers AS text[]), CAST(:numbers AS text[]),
    CAST(:fields AS text[]), CAST(:kinds AS text[]), CAST(:reasons AS text[]), CAST(:errors AS text[]),
    CAST(:counts AS int[]), CAST(:bodies AS bytea[]), CAST(:digests AS bytea[]),
    CAST(:states AS text[]), CAST(:ats AS timestamptz[]))
    AS i(event_id, signed_for, phone_number_id, field, kind, reason, error, count, body, digest, state,
        received_at)
ORDER BY digest
ON CONFLICT (digest) DO UPDATE SET state = excluded.state, reason = excluded.reason,
    error = excluded.error, tries = webhook_objects.tries + 1
""")

# By the primary key, in order. Picked in a step of its own: PostgreSQL may run a locking subquery again for every
# row, and then it skips the rows that this statement has just changed.
_REPLAY = text("""
WITH picked AS MATERIALIZED (
    SELECT id FROM webhook_objects WHERE id BETWEEN :low AND :high ORDER BY id LIMIT :limit FOR UPDATE
),
chosen AS (
    UPDATE webhook_objects o SET state = 'replayed' FROM picked WHERE o.id = picked.id
    RETURNING o.digest, o.body, o.signed_for, o.received_at
)
INSERT INTO webhook_events (digest, body, channel_id, signed_for, received_at)
SELECT digest, body, signed_for[1], signed_for, received_at FROM chosen
ON CONFLICT (digest) DO UPDATE SET state = 'waiting', processed_at = NULL
RETURNING id
""")

_PURGE = text("""
DELETE FROM webhook_objects WHERE id IN (
    SELECT id FROM webhook_objects WHERE received_at < :before ORDER BY received_at LIMIT :limit
) RETURNING id
""")


async def keep(session: AsyncSession, objects: Sequence[LoggedObject]) -> None:
    """Add lines to the log; an existing one is updated."""
    if not objects:
        return
    parameters = {
        "events": [item.event_id for item in objects],
        "signers": [written_ids(item.signed_for) for item in objects],
        "numbers": [item.phone_number_id for item in objects],
        "fields": [item.field for item in objects],
        "kinds": [item.kind for item in objects],
        "reasons": [item.reason.value for item in objects],
        "errors": [item.error for item in objects],
        "counts": [item.count for item in objects],
        "bodies": [item.body for item in objects],
        "digests": [digest_of(item.body, item.signed_for) for item in objects],
        "states": [state_of(item.reason).value for item in objects],
        "ats": [item.received_at for item in objects],
    }
    await session.execute(_KEEP, parameters)


async def replay(session: AsyncSession, low: int, high: int, limit: int = 10_000) -> int:
    """Replay a range of objects as separate deliveries; returns how many."""
    parameters = {"low": low, "high": high, "limit": limit}
    rows = (await session.execute(_REPLAY, parameters)).all()
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": WAKE})
    return len(rows)


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete log lines from before a time (ix_webhook_objects_received_at); returns how many."""
    return len((await session.execute(_PURGE, {"before": before, "limit": limit})).all())
