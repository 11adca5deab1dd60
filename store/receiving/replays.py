"""Replays of a range of deliveries, or of objects set aside: where they stand, and what comes next."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhook_log import Replay
from store.receiving.deliveries import WAKE, WaitingEvent

_COLUMNS = """r.id, r.scope, r.low, r.high, r.position, r.replayed, r.failed, r.state, coalesce(u.name, '') AS started_by,
r.started_at, r.ended_at"""

_ADD = text("""
INSERT INTO webhook_replays (scope, low, high, position, started_by)
VALUES (:scope, :low, :high, :low - 1, :user_id) RETURNING id
""")

# Primary key, from its newest end.
_PAGE = text(f"""
SELECT {_COLUMNS} FROM webhook_replays r LEFT JOIN users u ON u.id = r.started_by
WHERE r.id < :before ORDER BY r.id DESC LIMIT :limit
""")
_ONE = text(f"""
SELECT {_COLUMNS} FROM webhook_replays r LEFT JOIN users u ON u.id = r.started_by WHERE r.id = :id
""")

# ix_webhook_replays_running.
_NEXT = text("""
SELECT id, scope, position, high FROM webhook_replays WHERE state = 'running'
ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
""")

_ADVANCE = text("""
UPDATE webhook_replays SET position = :position, replayed = replayed + :replayed, failed = failed + :failed,
    state = CASE WHEN CAST(:done AS boolean) THEN 'done' ELSE state END,
    ended_at = CASE WHEN CAST(:done AS boolean) THEN clock_timestamp() END
WHERE id = :id AND state = 'running'
""")

_STOP = text("""
UPDATE webhook_replays SET state = 'stopped', ended_at = clock_timestamp()
WHERE id = :id AND state = 'running' RETURNING id
""")

# Primary key.
_DELIVERIES = text("""
SELECT id, body, signed_for, received_at FROM webhook_events
WHERE id > :position AND id <= :high AND state IN ('done', 'dead') ORDER BY id LIMIT :limit
FOR UPDATE SKIP LOCKED
""")

# ix_webhook_events_dead.
_DEAD = text("""
SELECT id, body, signed_for, received_at FROM webhook_events
WHERE id > :position AND id <= :high AND state = 'dead' ORDER BY id LIMIT :limit
FOR UPDATE SKIP LOCKED
""")

# Primary key.
_OBJECTS = text("""
SELECT id FROM webhook_objects WHERE id > :position AND id <= :high AND state = 'aside' ORDER BY id LIMIT :limit
""")

# ix_webhook_events_dead, ix_webhook_objects_state_received_at_id.
_ASIDE = {
    "dead": text("SELECT min(id) AS low, max(id) AS high FROM webhook_events WHERE state = 'dead'"),
    "objects": text(
        "SELECT min(id) AS low, max(id) AS high FROM webhook_objects WHERE state = 'aside'"
    ),
}

_PURGE = text("""
DELETE FROM webhook_replays WHERE id IN (
    SELECT id FROM webhook_replays WHERE ended_at < :before ORDER BY id LIMIT :limit) RETURNING id
""")


async def add(session: AsyncSession, scope: str, low: int, high: int, user_id: UUID | None) -> int:
    """Begin a replay; the drain takes it up when the transaction commits."""
    parameters = {"scope": scope, "low": low, "high": high, "user_id": user_id}
    id_ = int((await session.execute(_ADD, parameters)).scalar_one())
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": WAKE})
    return id_


async def page(session: AsyncSession, before: int, limit: int) -> list[Replay]:
    """Replays with ids below ``before``, newest first."""
    rows = (await session.execute(_PAGE, {"before": before, "limit": limit})).all()
    return [Replay(**row._mapping) for row in rows]


async def one(session: AsyncSession, id_: int) -> Replay | None:
    """A replay."""
    row = (await session.execute(_ONE, {"id": id_})).one_or_none()
    return Replay(**row._mapping) if row else None


async def next_running(session: AsyncSession) -> Any | None:
    """The oldest running replay, locked until the transaction ends; None if there is none, or somebody has it."""
    return (await session.execute(_NEXT)).one_or_none()


async def advance(
    session: AsyncSession,
    id_: int,
    position: int,
    *,
    replayed: int = 0,
    failed: int = 0,
    done: bool = False,
) -> None:
    """Move a replay on."""
    parameters = {
        "id": id_, "position": position, "replayed": replayed, "failed": failed, "done": done,
    }  # fmt: skip
    await session.execute(_ADVANCE, parameters)


async def stop(session: AsyncSession, id_: int) -> bool:
    """End a running replay where it is; returns whether it was running."""
    return (await session.execute(_STOP, {"id": id_})).first() is not None


async def deliveries(
    session: AsyncSession, scope: str, position: int, high: int, limit: int
) -> list[WaitingEvent]:
    """The next deliveries of a range, locked until the transaction ends; one that somebody is processing is passed by."""
    statement = _DEAD if scope == "dead" else _DELIVERIES
    parameters = {"position": position, "high": high, "limit": limit}
    return [
        WaitingEvent(
            row.id,
            bytes(row.body),
            None if row.signed_for is None else frozenset(row.signed_for),
            row.received_at,
        )
        for row in (await session.execute(statement, parameters)).all()
    ]


async def objects(session: AsyncSession, position: int, high: int, limit: int) -> list[int]:
    """The next objects of a range that are set aside."""
    parameters = {"position": position, "high": high, "limit": limit}
    return list((await session.scalars(_OBJECTS, parameters)).all())


async def aside(session: AsyncSession, scope: str) -> tuple[int, int] | None:
    """The first and last id of what is set aside."""
    row = (await session.execute(_ASIDE[scope])).one()
    return None if row.low is None else (row.low, row.high)


async def purge(session: AsyncSession, before: Any, limit: int) -> int:
    """Delete replays that ended before a time; returns how many."""
    return len((await session.execute(_PURGE, {"before": before, "limit": limit})).all())
