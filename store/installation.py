"""Recognise a restored backup by the database's fingerprint, and disarm it (law 10)."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE

# Loading a dump into this or another database changes the oids; point-in-time recovery and promoting a standby change
# the timeline.
_LOCAL = """
SELECT concat_ws('/', (SELECT oid FROM pg_database WHERE datname = current_database()),
    'messages'::regclass::oid)
"""
_CLUSTER = "SELECT system_identifier FROM pg_control_system()"
_TIMELINE = "SELECT timeline_id FROM pg_control_checkpoint()"

_POSITION = """
SELECT s.system_identifier || '/' || c.timeline_id AS cluster,
    (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint AS position
FROM pg_control_system() s, pg_control_checkpoint() c
"""

UNREAD = "-"
NOT_FOR_US = ("42501", "42883", "0A000", "55000")
"""SQLSTATEs of a function that this user may not call, or that the server lacks or cannot run now."""

# The lock lets one of several workers decide.
_SEEN = text("""
INSERT INTO installation (id, fingerprint) VALUES (1, :fingerprint)
ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp() RETURNING fingerprint
""")
_TOUCH = text("UPDATE installation SET seen_at = clock_timestamp() WHERE id = 1")
_REMEMBER = text("UPDATE installation SET fingerprint = :fingerprint WHERE id = 1")

_HOLD = text("""
UPDATE campaigns SET status = 'held', pause_reason = 'restored', undo_until = NULL,
    updated_at = clock_timestamp()
WHERE status = ANY(CAST(:active AS text[])) RETURNING id
""")

_DOUBT = text("""
WITH doubtful AS (
    UPDATE messages SET state = 'unknown', error_detail = 'restored', next_try_at = NULL
    WHERE campaign_id IS NULL AND direction = 'out' AND state IN ('queued', 'sending')
    RETURNING id, attempt
),
logged AS (
    INSERT INTO message_attempts (message_id, attempt, outcome, error_detail)
    SELECT id, attempt, 'unknown', 'restored' FROM doubtful
)
SELECT count(*) FROM doubtful
""")


async def fingerprint(session: AsyncSession) -> str:
    """What distinguishes this database from all others, and from itself before a restore.

    Parts that this user may not read are omitted.
    """
    parts = [str(await session.scalar(text(_LOCAL)))]
    for question in (_CLUSTER, _TIMELINE):
        try:
            async with session.begin_nested():
                parts.append(str(await session.scalar(text(question))))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in NOT_FOR_US:
                raise
            parts.append(UNREAD)
    return "/".join(parts)


async def position(session: AsyncSession) -> tuple[str, int] | None:
    """The cluster's identity and the last durable byte of its log; None if we may not read them.

    What was flushed survives any crash, so this never goes backwards by itself.
    """
    try:
        async with session.begin_nested():
            row = (await session.execute(text(_POSITION))).one()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in NOT_FOR_US:
            raise
        return None
    return str(row.cluster), int(row.position)


async def touch(session: AsyncSession) -> None:
    """Write something small, to see whether anything can be written."""
    await session.execute(_TOUCH)


async def seen(session: AsyncSession, current: str) -> str:
    """The fingerprint the last worker saw, or the current one on a first start; locked until commit."""
    return str(await session.scalar(_SEEN, {"fingerprint": current}))


async def remember(session: AsyncSession, current: str) -> None:
    """Store this as the database's fingerprint."""
    await session.execute(_REMEMBER, {"fingerprint": current})


async def hold_campaigns(session: AsyncSession) -> list[UUID]:
    """Hold every campaign that could send."""
    found = await session.scalars(_HOLD, {"active": [status.value for status in ACTIVE]})
    return list(found.all())


async def doubt_messages(session: AsyncSession) -> int:
    """Mark single messages that were waiting or being sent as unknown, as they may have left after the backup; returns
    how many.
    """
    return int((await session.execute(_DOUBT)).scalar_one())
