"""Steps of runs: the nodes they entered, and the branches they left by."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.states import Taken

WRITE = """
INSERT INTO automation_steps (run_id, step, automation_id, node, type, branch, reason, detail, started_at, ended_at)
SELECT s.id, i.step, s.automation_id, i.node, i.type, i.branch, i.reason, i.detail, s.now,
    CASE WHEN i.branch IS NOT NULL THEN s.now END
FROM saved s CROSS JOIN LATERAL jsonb_to_recordset(s.steps) AS i(
    step int, node text, type text, branch text, reason text, detail jsonb)
ON CONFLICT (run_id, step) DO UPDATE SET
    branch = coalesce(automation_steps.branch, excluded.branch),
    reason = coalesce(nullif(excluded.reason, ''), automation_steps.reason),
    detail = coalesce(excluded.detail, automation_steps.detail),
    ended_at = coalesce(automation_steps.ended_at, excluded.ended_at)
"""
"""Writes the ``steps`` of runs in ``saved``, when they are entered and again when they are left; what was written stays.
Primary key.
"""

# Primary key, by its first column.
_CLOSE = text("""
UPDATE automation_steps SET ended_at = :now WHERE run_id = ANY(CAST(:run_ids AS uuid[])) AND ended_at IS NULL
""")

# Primary key.
_REMARK = text("""
UPDATE automation_steps SET reason = :reason WHERE run_id = :run_id AND step = :step AND reason = ''
""")


def written(taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """Steps as ``WRITE`` takes them; of one that was left in the same go, the last."""
    last = {one.step: one for one in taken}.values()
    return [
        {
            "step": one.step, "node": one.node, "type": one.type, "branch": one.branch,
            "reason": one.reason, "detail": dict(one.detail) if one.detail else None,
        }
        for one in last
    ]  # fmt: skip


async def close(session: AsyncSession, run_ids: Sequence[UUID], now: datetime) -> None:
    """Runs ended: whoever was at a node leaves by no branch."""
    await session.execute(_CLOSE, {"run_ids": list(run_ids), "now": now})


async def remark(session: AsyncSession, run_id: UUID, step: int, reason: str) -> None:
    """Write down what was remarkable about a step that went on."""
    await session.execute(_REMARK, {"run_id": run_id, "step": step, "reason": reason})
