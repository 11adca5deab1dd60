"""How often branches were taken, by hour: added up from steps again and again until the steps are long past."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Uses ix_automation_steps_automation_id_ended_at for each automation. What is counted replaces what was counted
# before, so that counting twice adds nothing, and a transaction that ended late is counted the next time.
_ADD_UP = text("""
INSERT INTO automation_counts (automation_id, node, branch, hour, runs)
SELECT a.id, its.node, its.branch, its.hour, its.runs
FROM automations a CROSS JOIN LATERAL (
    SELECT s.node, coalesce(s.branch, '') AS branch, date_trunc('hour', s.ended_at, 'UTC') AS hour, count(*) AS runs
    FROM automation_steps s
    WHERE s.automation_id = a.id AND s.ended_at >= :since AND s.ended_at < :until
    GROUP BY 1, 2, 3
) its
ON CONFLICT (automation_id, node, branch, hour) DO UPDATE SET runs = excluded.runs
    WHERE automation_counts.runs < excluded.runs
""")

# Reads the whole table, which is small: hours of weeks, and months. One statement moves what it deletes.
_FOLD = text("""
WITH old AS (
    DELETE FROM automation_counts
    WHERE hour < :before AND hour <> date_trunc('month', hour, 'UTC')
    RETURNING automation_id, node, branch, date_trunc('month', hour, 'UTC') AS month, runs
)
INSERT INTO automation_counts (automation_id, node, branch, hour, runs)
SELECT automation_id, node, branch, month, sum(runs) FROM old GROUP BY 1, 2, 3, 4
ON CONFLICT (automation_id, node, branch, hour) DO UPDATE SET runs = automation_counts.runs + excluded.runs
""")


async def add_up(session: AsyncSession, since: datetime, until: datetime) -> None:
    """Count the steps that ended from one full hour to another."""
    await session.execute(_ADD_UP, {"since": since, "until": until})


async def fold(session: AsyncSession, before: datetime) -> None:
    """Turn hours before the beginning of a month into months."""
    await session.execute(_FOLD, {"before": before})
