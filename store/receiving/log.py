"""Receiving as people see it: its state, and the log of deliveries and objects without effect."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import LogLine, Standing

MOST_COUNTED = 10_000
MOST_SEARCHED = 50_000
"""How many deliveries since a message was written are searched for the one that brought it."""

# ix_webhook_events_waiting, ix_webhook_events_dead, ix_webhook_objects_state_received_at_id; counts stop.
_STANDING = text(f"""
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM webhook_events WHERE state = 'waiting' LIMIT {MOST_COUNTED}) w)
        AS waiting,
    (SELECT min(received_at) FROM (SELECT received_at FROM webhook_events WHERE state = 'waiting'
        ORDER BY id LIMIT 100) o) AS oldest,
    (SELECT count(*) FROM (SELECT 1 FROM webhook_events WHERE state = 'dead' LIMIT {MOST_COUNTED}) d)
        AS dead,
    (SELECT count(*) FROM (SELECT 1 FROM webhook_objects WHERE state = 'aside' LIMIT {MOST_COUNTED}) a)
        AS aside,
    clock_timestamp() AS now
""")

# ix_webhook_objects_state_received_at_id, ix_webhook_events_dead.
_REASONS = text("""
SELECT reason, count(*) AS objects FROM (
    (SELECT reason FROM webhook_objects WHERE state = 'aside' LIMIT :limit)
    UNION ALL
    (SELECT split_part(coalesce(error, ''), ' ', 1) FROM webhook_events WHERE state = 'dead' LIMIT :limit)
) a GROUP BY reason ORDER BY objects DESC, reason LIMIT 5
""")

# ix_webhook_objects_state_received_at_id.
_ASIDE_BY_NUMBER = text("""
SELECT phone_number_id, count(*) AS objects FROM (
    SELECT phone_number_id FROM webhook_objects WHERE state = 'aside' LIMIT :limit) a
GROUP BY phone_number_id
""")

# Each half by its index, then merged; dead letters are few (ix_webhook_events_dead).
_LINES = text("""
SELECT * FROM (
    (SELECT 'object' AS source, id, received_at AS at, state, reason, error, field, kind,
        phone_number_id, count, length(body) AS size
    FROM webhook_objects
    WHERE state = :state AND (received_at, id) < (CAST(:at AS timestamptz), CAST(:id AS bigint))
        AND (:number = '' OR phone_number_id = :number)
    ORDER BY received_at DESC, id DESC LIMIT :limit)
    UNION ALL
    (SELECT 'delivery', id, received_at, 'aside', coalesce(error, ''), '', '', '', '', 1, length(body)
    FROM webhook_events
    WHERE state = 'dead' AND :state = 'aside' AND :number = ''
        AND (received_at, id) < (CAST(:at AS timestamptz), CAST(:id AS bigint))
    ORDER BY received_at DESC, id DESC LIMIT :limit)
) l ORDER BY at DESC, id DESC LIMIT :limit
""")

# ix_webhook_objects_event_id.
_OF_EVENT = text("""
SELECT 'object' AS source, id, received_at AS at, state, reason, error, field, kind, phone_number_id, count,
    length(body) AS size
FROM webhook_objects WHERE event_id = :id ORDER BY id LIMIT :limit
""")

# Primary key.
_BODY = text("SELECT body FROM webhook_objects WHERE id = :id")


# Primary key: ids are given in the order of arrival, except for a replayed object, which keeps its time (unique digest).
_FROM = text("""
SELECT id, received_at FROM webhook_events e
WHERE id >= :id AND NOT EXISTS (SELECT FROM webhook_objects o WHERE o.digest = e.digest)
ORDER BY id LIMIT 1
""")
_ENDS = text("SELECT coalesce(min(id), 0) AS low, coalesce(max(id), 0) AS high FROM webhook_events")
# Primary key; how far is limited.
_HOLDING = text("""
SELECT id, received_at, body FROM webhook_events
WHERE id BETWEEN :low AND :low + :most AND (position(:wamid IN body) > 0 OR position(:escaped IN body) > 0)
ORDER BY id LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that was kept."""

    id: int
    received_at: datetime
    body: bytes


async def standing(session: AsyncSession) -> Standing:
    """The current state of receiving."""
    found = Standing(**(await session.execute(_STANDING)).one()._mapping)
    if not found.put_aside:
        return found
    rows = (await session.execute(_REASONS, {"limit": MOST_COUNTED})).all()
    return replace(found, reasons={row.reason: row.objects for row in rows})


async def aside_by_number(session: AsyncSession) -> dict[str, int]:
    """How many objects are set aside, by Meta's phone number id."""
    rows = (await session.execute(_ASIDE_BY_NUMBER, {"limit": MOST_COUNTED})).all()
    return {row.phone_number_id: row.objects for row in rows}


async def lines(
    session: AsyncSession, state: str, after: tuple[datetime, int], number: str, limit: int
) -> list[LogLine]:
    """One page of lines in a state, newest first, before a given line."""
    at, id_ = after
    parameters = {"state": state, "at": at, "id": id_, "number": number, "limit": limit}
    return [LogLine(**row._mapping) for row in (await session.execute(_LINES, parameters)).all()]


async def of_event(session: AsyncSession, id_: int, limit: int) -> list[LogLine]:
    """The lines of one delivery, in its order."""
    rows = (await session.execute(_OF_EVENT, {"id": id_, "limit": limit})).all()
    return [LogLine(**row._mapping) for row in rows]


async def body(session: AsyncSession, id_: int) -> bytes | None:
    """The body of an object, exactly as received."""
    found = await session.scalar(_BODY, {"id": id_})
    return None if found is None else bytes(found)


async def delivery(session: AsyncSession, wamid: str, since: datetime) -> Delivery | None:
    """The first delivery since a moment that names a message; None if it is gone, or came much later."""
    low = await first_since(session, since)
    plain, escaped = wamid.encode(), wamid.replace("/", "\\/").encode()
    parameters = {"low": low, "most": MOST_SEARCHED, "wamid": plain, "escaped": escaped}
    row = (await session.execute(_HOLDING, parameters)).one_or_none()
    return Delivery(row.id, row.received_at, bytes(row.body)) if row else None


async def first_since(session: AsyncSession, moment: datetime) -> int:
    """The id of the first delivery that arrived since a moment, found by halving; the last one if none did."""
    low, high = (await session.execute(_ENDS)).one()
    while low < high:
        middle = (low + high) // 2
        row = (await session.execute(_FROM, {"id": middle})).one_or_none()
        is_before = row is not None and row.received_at < moment
        low, high = (row.id + 1, high) if row and is_before else (low, middle)
    return int(low)
