"""Runs that start another automation: what they hear of it, and when it did not begin."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.nodes import FAILED, StartAutomation
from domain.automations.reasons import Reason
from domain.automations.states import Done, Ending
from services.automations import children
from services.vault import Vault, new_key
from store.automations import runs as stored
from store.automations.runs import RunRecord
from tests import runs
from tests.graphs import graph, say
from tests.services.automations import acting

HELLO = graph({"hello": say("Hello")})


@pytest.fixture
async def parent(session: AsyncSession) -> RunRecord:
    """A run that is about to start another."""
    who = await runs.cast(session, Vault([new_key()]))
    run_id = await runs.started(session, await runs.live(session, HELLO, "Parent"), who)
    found = await stored.lock(session, run_id)
    assert found is not None
    return found.run


async def begun(
    session: AsyncSession, parent: RunRecord, wanted: object, **more: bool
) -> Done | None:
    return await children.begin(
        session, SYSTEM, parent, 1, StartAutomation(automation=str(wanted), **more)
    )


async def end(session: AsyncSession, parent_id: UUID, ending: Ending) -> None:
    ended = text(
        "UPDATE automation_runs SET ended_at = now(), ending = :ending WHERE parent_id = :id"
    )
    await session.execute(ended, {"ending": ending, "id": parent_id})


async def test_what_cannot_begin_fails_with_its_reason(
    session: AsyncSession, parent: RunRecord
) -> None:
    asleep = await runs.live(session, HELLO, "Asleep")
    await acting.paused(session, asleep)
    gone = await begun(session, parent, "no id of ours")
    assert gone == Done(step=1, branch=FAILED, failure=Reason.GONE)
    refused = await begun(session, parent, asleep)
    assert refused == Done(step=1, branch=FAILED, failure=Reason.NOT_STARTED)


async def test_who_does_not_wait_goes_on_at_once(session: AsyncSession, parent: RunRecord) -> None:
    other = await runs.live(session, HELLO, "Other")
    assert await begun(session, parent, other) == Done(step=1)


@pytest.mark.parametrize(
    ("ending", "heard"),
    [
        (Ending.COMPLETED, Done(step=1)),
        (Ending.STOPPED, Done(step=1)),
        (Ending.FAILED, Done(step=1, branch=FAILED, failure=Reason.CHILD_FAILED)),
    ],
)
async def test_who_waits_hears_how_it_ended(
    session: AsyncSession, parent: RunRecord, ending: Ending, heard: Done
) -> None:
    other = await runs.live(session, HELLO, "Other")
    assert await begun(session, parent, other, wait=True) is None
    assert await children.done(session, parent.id, 1) is None
    await end(session, parent.id, ending)
    assert await children.done(session, parent.id, 1) == heard
    never = await children.done(session, parent.id, 2)
    assert never == Done(step=2, branch=FAILED, failure=Reason.GONE)
