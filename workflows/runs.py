"""One contact's way through an automation: decided in PostgreSQL, step by step, and waited for here."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self
from uuid import UUID

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError

from activities.automations.deciding import Deciding, RunRef, StepRef
from domain.automations.decisions import Decision, DueRun, Next
from domain.automations.nodes import HttpRequest
from workflows import ids, pages

LOOKS_AGAIN = timedelta(days=30)
"""The longest a run waits without a look at its row: whose contact was deleted ends then."""

DECIDE_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)
)
EFFECT_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=30)
)
EFFECT_TAKES = timedelta(minutes=3)
EFFECT_IS_SILENT = timedelta(seconds=6)
"""After that its worker is dead, and another one goes on."""

EFFECT_LASTS = timedelta(hours=6)
"""As long as a single message is tried; then the step counts as failed."""

WAITING = {
    "reply": "waits for a reply",
    "time": "waits",
    "child": "waits for another automation's end",
    "held": "held: the automation is paused, or the conversation is taken",
}


@dataclass(frozen=True)
class RunInput:
    """Which run; the rest is for whoever looks for it."""

    run_id: UUID
    automation_id: UUID
    version: int
    contact_id: UUID

    @classmethod
    def of(cls, run: DueRun) -> Self:
        """What the workflow of a run starts with."""
        return cls(run.id, run.automation_id, run.version, run.contact_id)


@workflow.defn(name="run")
class RunWorkflow:
    """Asks what follows, does it, or waits; everything it knows is in the run's row."""

    @workflow.init
    def __init__(self, start: RunInput) -> None:
        self._start = start
        self._version = start.version
        self._woken = False
        self._told: Decision | None = None
        self._acted = 0
        self._state = ""

    @workflow.run
    async def run(self, start: RunInput) -> str:
        """Go on until the run ends; returns how it ended."""
        decision = await self._decide()
        while decision.next is not Next.ENDED:
            self._follow(decision.version)
            if decision.next is Next.EFFECT:
                decision = await self._act(decision)
                continue
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(replace(start, version=self._version))
            await self._wait(decision)
            decision = await self._decide()
        self._show(decision.state, f"Ended: {decision.state}")
        return decision.state

    @workflow.signal
    def wake(self, decision: Decision | None = None) -> None:
        """Something came for it; the row tells what, and whoever looked at it first, what follows."""
        self._woken = True
        self._told = decision

    async def _decide(self) -> Decision:
        """What follows: an end or an effect it was told of, if that is news; else what its row says."""
        told, self._told, self._woken = self._told, None, False
        if told is not None and (
            told.next is Next.ENDED or (told.next is Next.EFFECT and told.step > self._acted)
        ):
            return told
        return await workflow.execute_local_activity_method(
            Deciding.decide,
            RunRef(self._start.run_id),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=DECIDE_RETRY,
            summary="what follows",
        )

    async def _act(self, decision: Decision) -> Decision:
        """Have an effect done; the activity also says what follows.

        At first by this worker, within the workflow task: half of what an activity costs Temporal. What does not succeed
        at once becomes an activity of its own, with its retries.
        """
        title = decision.title or decision.type
        self._acted = decision.step
        self._tell(f"Step {decision.step}: {title}")
        name, step = f"automations.{decision.type}", StepRef(self._start.run_id, decision.step)
        if decision.type == HttpRequest.TYPE:
            return await self._act_at_length(name, step, title, ids.CALLS)
        try:
            found: Decision = await workflow.execute_local_activity(
                name,
                step,
                result_type=Decision,
                start_to_close_timeout=EFFECT_TAKES,
                retry_policy=RetryPolicy(maximum_attempts=1),
                summary=title,
            )
        except ActivityError:
            return await self._act_at_length(name, step, title, ids.AUTOMATIONS)
        return found

    async def _act_at_length(self, name: str, step: StepRef, title: str, queue: str) -> Decision:
        try:
            found: Decision = await workflow.execute_activity(
                name,
                step,
                result_type=Decision,
                task_queue=queue,
                start_to_close_timeout=EFFECT_TAKES,
                heartbeat_timeout=EFFECT_IS_SILENT,
                schedule_to_close_timeout=EFFECT_LASTS,
                retry_policy=EFFECT_RETRY,
                priority=Priority(priority_key=1),
                summary=title,
            )
        except ActivityError:
            return await workflow.execute_local_activity_method(
                Deciding.give_up,
                step,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=DECIDE_RETRY,
                summary="failed after the last retry",
            )
        return found

    async def _wait(self, decision: Decision) -> None:
        """Wait until woken, or for the time it waits for."""
        words = WAITING.get(decision.state, decision.state)
        until = decision.until
        if until is not None:
            words += f" until {until:%Y-%m-%d %H:%M:%S} UTC"
        self._show(decision.state, words[:1].upper() + words[1:])
        left = LOOKS_AGAIN if until is None else min(until - workflow.now(), LOOKS_AGAIN)
        if left <= timedelta(0):
            left = timedelta(milliseconds=100)  # this clock is ahead of the database's
        try:
            await workflow.wait_condition(lambda: self._woken, timeout=left, timeout_summary=words)
        except TimeoutError:
            return

    def _follow(self, version: int) -> None:
        """Publishing may have moved it to another version; decisions of earlier releases do not say."""
        if version and version != self._version:
            self._version = version
            workflow.upsert_search_attributes([ids.AUTOMATION_VERSION.value_set(str(version))])

    def _show(self, state: str, details: str) -> None:
        self._tell(details)
        if state != self._state:
            self._state = state
            workflow.upsert_search_attributes([ids.RUN_STATUS.value_set(state)])

    def _tell(self, details: str) -> None:
        pages.show(details)
