"""How many runs began by each trigger and are at each node, and which ways they took."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class BranchCount:
    """How many runs left a node by a branch; "" for those that ended there."""

    node: str
    branch: str
    runs: int


@dataclass(frozen=True, slots=True)
class Begun:
    """How many runs a trigger started that ended so; "" for those started without one, or not ended."""

    trigger: str
    ending: str
    runs: int


# Uses the primary key of automation_counts.
_COUNTED = text("""
SELECT max(hour) + interval '1 hour' FROM automation_counts WHERE automation_id = :automation_id
""")

# Full hours from the primary key of automation_counts; steps since then by ix_automation_steps_automation_id_ended_at,
# which the planner takes only when it knows the moment beforehand.
_COUNTS = text("""
SELECT node, branch, sum(runs)::bigint AS runs FROM (
    SELECT node, branch, runs FROM automation_counts
    WHERE automation_id = :automation_id AND hour >= :since_hour
    UNION ALL
    SELECT node, coalesce(branch, ''), count(*) FROM automation_steps
    WHERE automation_id = :automation_id AND ended_at >= :since
    GROUP BY 1, 2
) every GROUP BY 1, 2 ORDER BY 1, 2
""")

# ix_automation_runs_active_automation_id_node
_HERE = text("""
SELECT node, count(*) AS runs FROM automation_runs
WHERE automation_id = :automation_id AND ended_at IS NULL GROUP BY node
""")

# ix_automation_runs_automation_id_id
_BEGUN = text("""
SELECT trigger_id AS trigger, coalesce(ending, '') AS ending, count(*) AS runs FROM automation_runs
WHERE automation_id = :automation_id AND id >= :since GROUP BY 1, 2 ORDER BY 1, 2
""")


async def counts(
    session: AsyncSession, automation_id: UUID, since: datetime, since_hour: datetime
) -> list[BranchCount]:
    """How often each branch was taken since a moment; hours that were added up count from ``since_hour``."""
    counted: datetime | None = await session.scalar(_COUNTED, {"automation_id": automation_id})
    parameters = {
        "automation_id": automation_id, "since": max(since, counted or since),
        "since_hour": since_hour,
    }  # fmt: skip
    return [BranchCount(**row._mapping) for row in await session.execute(_COUNTS, parameters)]


async def here(session: AsyncSession, automation_id: UUID) -> dict[str, int]:
    """How many runs are at each node now."""
    rows = await session.execute(_HERE, {"automation_id": automation_id})
    return {row.node: row.runs for row in rows}


async def begun(session: AsyncSession, automation_id: UUID, since: UUID) -> list[Begun]:
    """What started the runs since then, and how they ended."""
    rows = await session.execute(_BEGUN, {"automation_id": automation_id, "since": since})
    return [Begun(**row._mapping) for row in rows]
