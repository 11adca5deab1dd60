"""Failed runs go on where they failed."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.decisions import Next
from domain.automations.states import Done
from domain.errors import Conflict
from services.automations import control, copying, deciding
from services.automations.versions import Versions
from services.vault import Vault, new_key
from tests import runs
from tests.graphs import graph, say

TWO = graph({"a": say("1"), "b": say("2")}, "a > b")


@pytest.mark.parametrize(
    ("branch", "reason", "node"),
    [
        ("failed", "rejected", "a"),
        ("next", "loop_guard", "b"),  # what the last step did is not done again
        (None, "node_missing", "a"),
    ],
)
async def test_a_failed_run_goes_on_where_it_failed(
    session: AsyncSession, branch: str | None, reason: str, node: str
) -> None:
    versions = Versions()
    who = await runs.cast(session, Vault([new_key()]))
    run_id = await runs.started(session, await runs.live(session, TWO), who)
    await deciding.decide(session, versions, run_id)
    with pytest.raises(Conflict, match="run_not_failed"):
        await control.retry_run(session, SYSTEM, run_id)
    failed = Done(step=1, branch="failed", failure=reason)
    await deciding.finish(session, versions, run_id, failed)
    await session.execute(text("UPDATE automation_steps SET branch = :branch"), {"branch": branch})
    line = await control.retry_run(session, SYSTEM, run_id)
    assert (line.node, line.ending, line.reason) == (node, None, "")
    decided = await deciding.decide(session, versions, run_id)
    assert (decided.next, decided.step, decided.title) == (Next.EFFECT, 2, node)


async def test_a_failed_run_of_an_archived_automation_stays_as_it_is(session: AsyncSession) -> None:
    versions = Versions()
    who = await runs.cast(session, Vault([new_key()]))
    automation_id = await runs.live(session, TWO)
    run_id = await runs.started(session, automation_id, who)
    await deciding.decide(session, versions, run_id)
    failed = Done(step=1, branch="failed", failure="rejected")
    await deciding.finish(session, versions, run_id, failed)
    await copying.archive(session, SYSTEM, automation_id)
    with pytest.raises(Conflict, match="automation_archived"):
        await control.retry_run(session, SYSTEM, run_id)
