"""Failed runs that go on."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.states import Ending

# By primary keys; what happens to the run waits meanwhile.
_FAILED = text("""
SELECT r.automation_id, r.version, last.node, last.step, coalesce(last.branch, '') AS branch
FROM automation_runs r CROSS JOIN LATERAL (
    SELECT node, step, branch FROM automation_steps WHERE run_id = r.id ORDER BY step DESC LIMIT 1
) last
WHERE r.id = :run_id AND r.ending = :failed
FOR NO KEY UPDATE OF r
""")

# By primary keys. It enters the node as a new step: effects of earlier ones keep their keys. The step that failed is
# marked, so that its next try knows what is done already.
_AGAIN = text("""
WITH tried AS (
    UPDATE automation_steps SET detail = coalesce(detail, '{}') || '{"retried": true}'
    WHERE run_id = :run_id AND step = :step
)
UPDATE automation_runs SET ended_at = NULL, ending = NULL, reason = '', waits = NULL, until = NULL, node = :node,
    step = greatest(step, :step + 1), moved_at = clock_timestamp(), state = state || '{"streak": 0, "tries": 0}'
WHERE id = :run_id
""")


@dataclass(frozen=True, slots=True)
class Failed:
    """Where a failed run ended: its last step, and the branch it left by."""

    automation_id: UUID
    version: int
    node: str
    step: int
    branch: str


async def failed(session: AsyncSession, run_id: UUID) -> Failed | None:
    """Where a run failed, locked; None unless it did."""
    found = await session.execute(_FAILED, {"run_id": run_id, "failed": Ending.FAILED})
    row = found.one_or_none()
    return Failed(**row._mapping) if row else None


async def again(session: AsyncSession, run_id: UUID, step: int, node: str) -> None:
    """Let a run that failed at a step go on at a node."""
    await session.execute(_AGAIN, {"run_id": run_id, "step": step, "node": node})
