"""The clock of automations: a singleton workflow that sleeps until something is due."""

import contextlib
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

from activities.clocks import Clock
from workflows import ids

RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))

LONGEST = timedelta(hours=1)
"""It looks at least so often: whatever woke it may have been lost."""

SHORTEST = timedelta(seconds=1)


@workflow.defn(name="automation_clock")
class AutomationClockWorkflow:
    """Starts whoever is due, then sleeps until the next moment, or until it is woken."""

    @workflow.init
    def __init__(self) -> None:
        self._woken = False

    @workflow.run
    async def run(self) -> None:
        """Look, sleep, look again; a long history is begun anew."""
        anew = workflow.info().continued_run_id is None
        while not workflow.info().is_continue_as_new_suggested():
            self._woken = False
            next_at: datetime | None = await workflow.execute_activity_method(
                Clock.tick,
                anew,
                task_queue=ids.IO,
                start_to_close_timeout=timedelta(hours=1),
                heartbeat_timeout=timedelta(seconds=15),
                retry_policy=RETRY,
                priority=Priority(priority_key=3),
                summary="start whoever is due",
            )
            anew = False
            await self._sleep(next_at)
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new()

    async def _sleep(self, next_at: datetime | None) -> None:
        wait = LONGEST if next_at is None else min(next_at - workflow.now(), LONGEST)
        planned = "nothing is planned" if next_at is None else f"next: {next_at:%Y-%m-%d %H:%M} UTC"
        workflow.set_current_details(f"**Waiting**, {planned}")
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._woken, timeout=max(wait, SHORTEST), timeout_summary=planned
            )

    @workflow.signal(description="Look again: a trigger began or ceased to act.")
    def wake(self) -> None:
        """Something changed."""
        self._woken = True
