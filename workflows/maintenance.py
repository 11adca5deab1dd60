"""Hourly clean-up, started by a schedule."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy

from activities.maintenance import Maintenance
from workflows import ids


@workflow.defn(name="maintenance")
class MaintenanceWorkflow:
    """One clean-up."""

    @workflow.run
    async def run(self) -> None:
        """Delete expired data."""
        await workflow.execute_activity_method(
            Maintenance.purge,
            task_queue=ids.IO,
            start_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=timedelta(minutes=1),
            retry_policy=RetryPolicy(maximum_attempts=3),
            priority=Priority(priority_key=5),
            summary="purge",
        )
