"""Failed runs that go on."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.states import Ending

# By primary keys. It enters the node of its last step again, as a new step: effects of earlier ones keep their keys.
_AGAIN = text("""
UPDATE automation_runs r SET ended_at = NULL, ending = NULL, reason = '', waits = NULL, until = NULL,
    node = last.node, step = greatest(r.step, last.step + 1), moved_at = clock_timestamp(),
    state = r.state || '{"streak": 0, "tries": 0}'
FROM (SELECT node, step FROM automation_steps WHERE run_id = :run_id ORDER BY step DESC LIMIT 1) last
WHERE r.id = :run_id AND r.ending = :failed
RETURNING r.id
""")


async def again(session: AsyncSession, run_id: UUID) -> bool:
    """Let a run begin again at the node it failed at; False unless it failed."""
    parameters = {"run_id": run_id, "failed": Ending.FAILED}
    return (await session.execute(_AGAIN, parameters)).first() is not None
