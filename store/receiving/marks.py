"""The search index of the webhook log: what each block of deliveries mentions."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_ADD = text("""
INSERT INTO webhook_marks (block, marks) SELECT block, CAST(marks AS int[])
FROM unnest(CAST(:blocks AS bigint[]), CAST(:marks AS text[])) AS i(block, marks)
""")

# ix_webhook_marks_block, newest first: 5 million deliveries are 40,000 blocks.
_BLOCKS = """
SELECT DISTINCT block FROM webhook_marks WHERE block BETWEEN :low AND :high {conditions}
ORDER BY block DESC LIMIT :limit
"""

# ix_webhook_marks_loose; blocks to which nothing is added any more become one row.
_MERGE = text("""
WITH closed AS MATERIALIZED (
    SELECT DISTINCT block FROM webhook_marks
    WHERE NOT is_whole AND block < (SELECT max(block) FROM webhook_marks) - :behind
    ORDER BY block LIMIT :limit
),
taken AS (
    DELETE FROM webhook_marks WHERE block IN (SELECT block FROM closed) RETURNING block, marks
)
INSERT INTO webhook_marks (block, marks, is_whole)
SELECT block, array_agg(DISTINCT mark), true FROM taken CROSS JOIN unnest(marks) AS u(mark) GROUP BY block
RETURNING block
""")

# ix_webhook_marks_block; the first processed delivery is near the start of the primary key.
_PURGE = text("""
WITH old AS (
    SELECT ctid FROM webhook_marks WHERE block < (
        SELECT id / :size FROM webhook_events WHERE state = 'done' ORDER BY id LIMIT 1)
    ORDER BY block LIMIT :limit
)
DELETE FROM webhook_marks WHERE ctid IN (SELECT ctid FROM old) RETURNING block
""")


async def add(session: AsyncSession, marks: Mapping[int, Collection[int]]) -> None:
    """Add what deliveries mention to their blocks."""
    parameters = {
        "blocks": list(marks),
        "marks": ["{" + ",".join(map(str, found)) + "}" for found in marks.values()],
    }
    await session.execute(_ADD, parameters)


async def blocks(
    session: AsyncSession, wanted: Sequence[int], low: int, high: int, limit: int
) -> list[int]:
    """The newest blocks between two, ends included, that mention everything wanted."""
    conditions = " ".join(f"AND :mark{n} = ANY(marks)" for n in range(len(wanted)))
    parameters = {f"mark{n}": one for n, one in enumerate(wanted)}
    statement = text(_BLOCKS.format(conditions=conditions))
    return list(
        (
            await session.scalars(
                statement, parameters | {"low": low, "high": high, "limit": limit}
            )
        ).all()
    )


async def merge(session: AsyncSession, behind: int, limit: int) -> int:
    """Make one row of each of some blocks that are this far behind the newest; returns how many."""
    return len((await session.execute(_MERGE, {"behind": behind, "limit": limit})).all())


async def purge(session: AsyncSession, size: int, limit: int) -> int:
    """Delete blocks without any delivery left; returns how many rows."""
    return len((await session.execute(_PURGE, {"size": size, "limit": limit})).all())
