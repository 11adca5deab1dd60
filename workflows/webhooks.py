"""The drain: a singleton workflow around one long activity that empties the webhook inbox."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

from activities.webhooks import Drain
from workflows import ids

RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=2)
)


@workflow.defn(name="webhook-drain")
class WebhookDrainWorkflow:
    """Runs the drain for ever, a few minutes at a time."""

    @workflow.run
    async def run(self) -> None:
        """Run one attempt after another; the next run starts fresh."""
        workflow.set_current_details("Draining webhook deliveries")
        for _ in range(200):
            await workflow.execute_activity_method(
                Drain.drain,
                task_queue=ids.DRAIN,
                start_to_close_timeout=timedelta(minutes=6),
                heartbeat_timeout=timedelta(seconds=5),
                retry_policy=RETRY,
                priority=Priority(priority_key=1),
                summary="drain",
            )
        workflow.continue_as_new()
