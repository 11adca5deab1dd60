"""Runs that a run starts, and what it hears of their end."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.nodes import FAILED, StartAutomation
from domain.automations.reasons import Reason
from domain.automations.states import Done, Ending
from domain.ids import parse_id
from services.automations import starting
from services.automations.starting import Start
from store.automations import runs
from store.automations.runs import RunRecord

DEEPEST = 5
"""The most runs that may start one another in a line: automations that start each other end here."""


async def begin(
    session: AsyncSession, actor: Actor, run: RunRecord, step: int, data: StartAutomation
) -> Done | None:
    """Start another automation for the same contact; None if the run has to wait for its end."""
    wanted = parse_id(data.automation)
    if wanted is None:
        return Done(step=step, branch=FAILED, failure=Reason.GONE)
    if len(await runs.line(session, run.id)) >= DEEPEST:
        return Done(step=step, branch=FAILED, failure=Reason.NOT_STARTED)
    start = Start(
        automation_id=wanted, contact_id=run.contact_id, channel_id=run.channel_id,
        message_id=run.message_id, cause=f"run:{run.id}:{step}", parent=(run.id, step),
    )  # fmt: skip
    outcome = await starting.tried(session, actor, start)
    if outcome.run_id is None:
        return Done(step=step, branch=FAILED, failure=Reason.NOT_STARTED)
    return None if data.wait else Done(step=step)


async def done(session: AsyncSession, run_id: UUID, step: int) -> Done | None:
    """How the run that this step started ended; None if it goes on."""
    child = await runs.child(session, run_id, step)
    if child is None:
        return Done(step=step, branch=FAILED, failure=Reason.GONE)
    if child.ended_at is None:
        return None
    if child.ending == Ending.FAILED:
        return Done(step=step, branch=FAILED, failure=Reason.CHILD_FAILED)
    return Done(step=step)
