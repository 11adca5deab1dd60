"""Decide what a run does next."""

from dataclasses import dataclass
from uuid import UUID

from temporalio import activity

from activities.dependencies import Dependencies
from domain.automations.decisions import Decision
from domain.automations.nodes import FAILED
from domain.automations.reasons import Reason
from domain.automations.states import Done
from services.automations import deciding
from services.automations.versions import Versions


@dataclass(frozen=True)
class RunRef:
    """Which run."""

    run_id: UUID


@dataclass(frozen=True)
class StepRef:
    """Which step of which run."""

    run_id: UUID
    step: int


class Deciding:
    """Local activities: they take milliseconds and no place in a queue."""

    def __init__(self, dependencies: Dependencies, versions: Versions) -> None:
        self._sessions, self._versions = dependencies.sessions, versions

    @activity.defn(name="automations.decide")
    async def decide(self, request: RunRef) -> Decision:
        """What follows: the effect of a step, a wait, or the end."""
        async with self._sessions.begin() as session:
            return await deciding.decide(session, self._versions, request.run_id)

    @activity.defn(name="automations.give_up")
    async def give_up(self, request: StepRef) -> Decision:
        """Let the effect of a step count as failed after its last retry; what follows."""
        done = Done(step=request.step, branch=FAILED, failure=Reason.INTERNAL)
        async with self._sessions.begin() as session:
            return await deciding.finish(session, self._versions, request.run_id, done)
