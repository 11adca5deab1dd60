"""The keeper of files: a singleton workflow around one long activity that fetches them."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

from activities.media import MediaKeeping
from workflows import ids

RETRY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


@workflow.defn(name="media-keeper")
class MediaKeeperWorkflow:
    """Runs the keeper for ever, a few minutes at a time."""

    @workflow.run
    async def run(self) -> None:
        """Run one attempt after another; the next run starts fresh."""
        workflow.set_current_details("Keeping the files of messages")
        for _ in range(200):
            await workflow.execute_activity_method(
                MediaKeeping.keep,
                task_queue=ids.IO,
                start_to_close_timeout=timedelta(
                    minutes=90
                ),  # an hour's round plus its slowest file
                heartbeat_timeout=timedelta(seconds=15),
                retry_policy=RETRY,
                priority=Priority(priority_key=3),
                summary="keep files",
            )
        workflow.continue_as_new()
