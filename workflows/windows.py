"""One durable workflow per opened 24-hour window: sleeps until the deadline, then closes the window once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

from activities.windows import CloseWindow, Windows
from workflows import ids

RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))


@dataclass(frozen=True)
class WindowInput:
    """Which window, and when it is expected to close."""

    conversation_id: UUID
    opened_at: datetime
    expires_at: datetime


@workflow.defn(name="window")
class WindowWorkflow:
    """Later messages only move the row's deadline; the workflow re-reads it when it wakes."""

    @workflow.run
    async def run(self, start: WindowInput) -> None:
        """Sleep, re-read, sleep again if the deadline moved, else close."""
        deadline: datetime | None = start.expires_at
        while deadline is not None:
            workflow.set_current_details(f"Open until **{deadline:%Y-%m-%d %H:%M:%S} UTC**")
            wait = deadline - workflow.now()
            if wait > timedelta(0):
                await workflow.sleep(wait, summary="24-hour window")
            deadline = await workflow.execute_activity_method(
                Windows.close,
                CloseWindow(start.conversation_id, start.opened_at),
                task_queue=ids.IO,
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RETRY,
                priority=Priority(priority_key=3),
            )
        workflow.set_current_details("Closed")
