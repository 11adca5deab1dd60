"""Where readers of the journal are, and what they have not read."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.journal.facts import Entry
from store.journal import entry_of

# Uses ix_journal_stream_xact twice: for transactions that began after the last snapshot, and for the few that were
# running then, so nothing is missed, however late it commits. During an import of an hour, what was noted in that
# hour is not read again (100,000 entries: 0.1 ms; reading from the oldest running transaction took 10 ms). What was
# noted after ``upto`` is left to the next time, or it would be read twice.
_UNREAD = text("""
SELECT coalesce(CAST(:upto AS text), target) AS target, stored, id, kind, entity_id, contact_id, conversation_id,
    message_id, campaign_id, data
FROM (SELECT pg_current_snapshot()::text AS target,
    (SELECT position FROM journal_readers WHERE name = :stream) AS stored) taken
LEFT JOIN LATERAL (
    SELECT * FROM (
        SELECT * FROM journal
        WHERE stream = :stream AND xact >= pg_snapshot_xmax(CAST(:position AS pg_snapshot)) AND id > :after
        UNION ALL
        SELECT its.* FROM pg_snapshot_xip(CAST(:position AS pg_snapshot)) AS running(xact), LATERAL (
            SELECT * FROM journal
            WHERE stream = :stream AND xact = running.xact AND id > :after
            OFFSET 0  -- one probe for each, never a join with all that is noted
        ) its
    ) news
    WHERE CAST(:upto AS text) IS NULL OR pg_visible_in_snapshot(xact, CAST(:upto AS pg_snapshot))
    ORDER BY id LIMIT :limit
) unread ON true
ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader's position."""

    position: str
    floor: int


@dataclass(frozen=True, slots=True)
class Unread:
    """Entries a reader has not seen, oldest first, its position once they are done, and the one that is stored now."""

    entries: list[Entry]
    position: str
    stored: str | None


async def reader(session: AsyncSession, name: str) -> Reader:
    """A reader's position; a new reader starts now."""
    found = (await session.execute(_READER, {"name": name})).one_or_none()
    if found is None:
        await session.execute(_FIRST, {"name": name})
        found = (await session.execute(_READER, {"name": name})).one()
    return Reader(found.position, found.floor)


# Primary key. Runs at every wake-up: it only reads if there is a row.
_READER = text("SELECT position, floor FROM journal_readers WHERE name = :name")
_FIRST = text("""
INSERT INTO journal_readers (name, position) VALUES (:name, pg_current_snapshot()::text)
ON CONFLICT (name) DO NOTHING
""")


async def unread(
    session: AsyncSession,
    stream: str,
    reader: Reader,
    after: int,
    limit: int,
    upto: str | None = None,
) -> Unread:
    """The next entries of a stream that a reader has not seen, after ``after`` and up to the position ``upto`` within
    those it has started.
    """
    found = await session.execute(
        _UNREAD,
        {
            "stream": stream,
            "position": reader.position,
            "after": max(after, reader.floor),
            "limit": limit,
            "upto": upto,
        },
    )
    rows = found.all()
    entries = [entry_of(row) for row in rows if row.id is not None]
    return Unread(entries, rows[0].target, rows[0].stored)


async def move(session: AsyncSession, name: str, reader: Reader, position: str) -> bool:
    """Everything up to this position is done; False if the reader is no longer where it was (primary key)."""
    parameters = {"name": name, "from": reader.position, "position": position}
    return (await session.execute(_MOVE, parameters)).first() is not None


_MOVE = text("""
UPDATE journal_readers SET position = :position, moved_at = clock_timestamp()
WHERE name = :name AND position = :from RETURNING name
""")

# The few readers there are.
_DISCARD = text("""
UPDATE journal_readers SET position = pg_current_snapshot()::text, moved_at = clock_timestamp(),
    floor = (SELECT coalesce(max(id), 0) FROM journal)
""")


async def discard(session: AsyncSession) -> None:
    """Skip every command noted so far: this database is a restored copy (law 10)."""
    await session.execute(_DISCARD)
