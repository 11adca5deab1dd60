"""How runs of automations, and the clock that starts some, are woken and ended."""

import logging
from uuid import UUID

from temporalio.api.batch.v1 import BatchOperationTermination
from temporalio.api.workflowservice.v1 import (
    StartBatchOperationRequest,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.automations.decisions import Decision
from workflows import calls, ids
from workflows.clocks import AutomationClockWorkflow
from workflows.runs import RunInput, RunWorkflow

log = logging.getLogger(__name__)


class RunCalls(calls.Calls):
    """Acts on the workflows of automations."""

    async def start_clock(self) -> bool:
        """Start the singleton clock of automations unless it is running."""
        return await self._start(
            AutomationClockWorkflow.run, None, ids.CLOCK_WORKFLOW, "Clock of automations", None
        )

    async def wake_clock(self) -> bool:
        """Let the clock of automations look again; one that does not run is started."""
        if not await self.start_clock():
            return False
        try:
            handle = (await self.client()).get_workflow_handle(ids.CLOCK_WORKFLOW)
            await handle.signal(AutomationClockWorkflow.wake, rpc_timeout=calls.RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            log.warning("clock not woken yet: %s", type(error).__name__)
            return False
        return True

    async def wake_run(self, run: RunInput, decision: Decision | None = None) -> bool:
        """Tell a run's workflow that something came for it, and what follows; one that was lost is started again."""
        attributes = TypedSearchAttributes(
            [
                SearchAttributePair(ids.AUTOMATION_ID, str(run.automation_id)),
                SearchAttributePair(ids.AUTOMATION_VERSION, str(run.version)),
                SearchAttributePair(ids.CONTACT_ID, str(run.contact_id)),
            ]
        )
        return await self._start(
            RunWorkflow.run, run, ids.run(run.run_id), "Run of an automation", attributes,
            start_signal="wake", signal_with=[] if decision is None else [decision], queue=ids.RUNS,
            page=f"/automations/runs/{run.run_id}",
        )  # fmt: skip

    async def end_run(self, run_id: UUID, decision: Decision) -> bool:
        """Tell the workflow of a run that ended; nothing is lost if there is none."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.run(run_id))
            await handle.signal(RunWorkflow.wake, decision, rpc_timeout=calls.RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return True
            log.warning("run not told yet: %s", type(error).__name__)
            return False
        return True

    async def end_runs(self, automation_id: UUID, job: str) -> bool:
        """End the workflows of all runs of an automation, whose rows have ended; ``job`` names this request."""
        running = f"AutomationId = '{automation_id}' AND WorkflowType = 'run' AND ExecutionStatus = 'Running'"
        try:
            client = await self.client()
            await client.workflow_service.start_batch_operation(
                StartBatchOperationRequest(
                    namespace=client.namespace,
                    job_id=job,
                    reason="stopped",
                    visibility_query=running,
                    termination_operation=BatchOperationTermination(identity="whatsway"),
                ),
                timeout=calls.RPC_TIMEOUT,
            )
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.ALREADY_EXISTS:
                return True
            log.warning("runs not ended in Temporal yet: %s", type(error).__name__)
            return False
        return True
