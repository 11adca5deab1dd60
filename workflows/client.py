"""How routes and the worker act on workflows; calls may be repeated and never wait for long."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from temporalio.api.batch.v1 import BatchOperationTermination
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    StartBatchOperationRequest,
)
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
from temporalio.common import (
    ActivityIDConflictPolicy,
    ActivityIDReusePolicy,
    Priority,
    RetryPolicy,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ActivityAlreadyStartedError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from activities.campaigns.files import ReadFile
from activities.imports import CheckImport, RunImport
from activities.messages import SendMessage
from activities.templates import SyncTemplates
from settings import Settings
from workflows import ids
from workflows.campaign_states import CampaignInput
from workflows.campaigns import CampaignProgress, CampaignWorkflow
from workflows.clocks import AutomationClockWorkflow
from workflows.media import MediaKeeperWorkflow
from workflows.runner import CONVERTER
from workflows.runs import RunInput, RunWorkflow
from workflows.webhooks import WebhookDrainWorkflow
from workflows.windows import WindowInput, WindowWorkflow

RPC_TIMEOUT = timedelta(seconds=5)

log = logging.getLogger(__name__)


async def connect(settings: Settings, *, lazy: bool) -> Client:
    """A client; a lazy one connects when first used, so that the API starts without Temporal."""
    return await Client.connect(
        settings.temporal_address or "127.0.0.1:7233",
        namespace=settings.temporal_namespace,
        data_converter=CONVERTER,
        api_key=settings.temporal_api_key.get_secret_value() if settings.temporal_api_key else None,
        tls=_tls(settings),
        lazy=lazy,
    )


def _tls(settings: Settings) -> TLSConfig | bool:
    """The trusted CA and our own certificate; False without TLS."""

    def content(path: Path | None) -> bytes | None:
        return None if path is None else path.read_bytes()

    if not settings.has_temporal_tls:
        return False
    return TLSConfig(
        server_root_ca_cert=content(settings.temporal_tls_server_ca_cert_path),
        domain=settings.temporal_tls_server_name,
        client_cert=content(settings.temporal_tls_client_cert_path),
        client_private_key=content(settings.temporal_tls_client_key_path),
    )


class Workflows:
    """Acts on workflows. An unavailable Temporal is not an error: rows are authoritative, the reconciler repairs."""

    def __init__(self, connecting: Callable[[], Awaitable[Client]]) -> None:
        self._connecting = connecting
        self._client: Client | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> "Workflows":
        """The workflows of this installation."""
        return cls(lambda: connect(settings, lazy=True))

    async def client(self) -> Client:
        """The Temporal client, created on first use."""
        if self._client is None:
            self._client = await self._connecting()
        return self._client

    async def reachable(self) -> bool:
        """Whether Temporal answers now."""
        try:
            return await (await self.client()).service_client.check_health(
                timeout=timedelta(seconds=2)
            )
        except (RPCError, RuntimeError, TimeoutError):
            return False

    async def backlog(self) -> dict[str, int]:
        """How many tasks wait in each queue, for display; empty if unknown."""
        try:
            service = (await self.client()).workflow_service
            waiting = {}
            for queue in ids.QUEUES:
                found = await service.describe_task_queue(
                    DescribeTaskQueueRequest(
                        namespace=(await self.client()).namespace,
                        task_queue=TaskQueue(name=queue),
                        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
                        if queue == ids.WORKFLOWS
                        else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
                        report_stats=True,
                    ),
                    timeout=timedelta(seconds=1),
                )
                waiting[queue] = found.stats.approximate_backlog_count
        except (RPCError, RuntimeError, TimeoutError):
            return {}
        return waiting

    async def start_campaign(
        self,
        campaign_id: UUID,
        scheduled_at: datetime | None,
        undo_until: datetime | None = None,
    ) -> bool:
        """Start the workflow of a launched campaign unless it is running."""
        return await self._start(
            CampaignWorkflow.run,
            CampaignInput(campaign_id, scheduled_at, undo_until),
            ids.campaign(campaign_id),
            "Campaign",
            TypedSearchAttributes([SearchAttributePair(ids.CAMPAIGN_ID, str(campaign_id))]),
        )

    async def pause_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its row says paused."""
        return await self._update(campaign_id, CampaignWorkflow.pause)

    async def resume_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its row says running."""
        return await self._update(campaign_id, CampaignWorkflow.resume)

    async def stop_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its row says stopped."""
        return await self._update(campaign_id, CampaignWorkflow.stop)

    async def throttle_campaign(self, campaign_id: UUID, per_second: int | None) -> bool:
        """Tell the workflow the speed in its row."""
        return await self._update(campaign_id, CampaignWorkflow.throttle, per_second or 0)

    async def wake_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its rows have more to send, or that no more will be added."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.signal(CampaignWorkflow.wake, rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            log.warning("campaign not woken yet: %s", type(error).__name__)
            return False
        return True

    async def move_campaign(self, campaign_id: UUID, start: datetime) -> bool:
        """Tell the workflow the scheduled time in its row."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.signal(CampaignWorkflow.move, start, rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            log.warning("campaign not moved yet: %s", type(error).__name__)
            return False
        return True

    async def undo_campaign(self, campaign_id: UUID) -> bool:
        """End the workflow of a launch being undone; returns whether none is running."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.terminate("undone", rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return True
            log.warning("launch not undone in Temporal: %s", type(error).__name__)
            return False
        return True

    async def campaign_progress(self, campaign_id: UUID) -> CampaignProgress | None:
        """The progress of a campaign's workflow; None if it is not running or does not answer."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            return await handle.query(CampaignWorkflow.progress, rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError):
            return None

    async def start_drain(self) -> bool:
        """Start the singleton drain unless it is running."""
        return await self._start(
            WebhookDrainWorkflow.run, None, ids.DRAIN_WORKFLOW, "Webhook drain", None
        )

    async def start_media_keeper(self) -> bool:
        """Start the singleton keeper of files unless it is running."""
        return await self._start(
            MediaKeeperWorkflow.run, None, ids.MEDIA_WORKFLOW, "Keeper of files", None
        )

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
            await handle.signal(AutomationClockWorkflow.wake, rpc_timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            log.warning("clock not woken yet: %s", type(error).__name__)
            return False
        return True

    async def start_window(
        self, conversation_id: UUID, opened_at: datetime, expires_at: datetime
    ) -> bool:
        """Start the workflow of an opened 24-hour window unless it is running; one that closed already changes nothing."""
        return await self._start(
            WindowWorkflow.run,
            WindowInput(conversation_id, opened_at, expires_at),
            ids.window(conversation_id, opened_at),
            "24-hour window",
            TypedSearchAttributes([SearchAttributePair(ids.CONVERSATION_ID, str(conversation_id))]),
        )

    async def wake_run(self, run: RunInput) -> bool:
        """Tell a run's workflow that something came for it; one that was lost is started again."""
        attributes = TypedSearchAttributes(
            [
                SearchAttributePair(ids.AUTOMATION_ID, str(run.automation_id)),
                SearchAttributePair(ids.AUTOMATION_VERSION, str(run.version)),
                SearchAttributePair(ids.CONTACT_ID, str(run.contact_id)),
            ]
        )
        return await self._start(
            RunWorkflow.run, run, ids.run(run.run_id), "Run of an automation", attributes,
            start_signal="wake",
        )  # fmt: skip

    async def end_run(self, run_id: UUID) -> bool:
        """Tell the workflow of a run that ended; nothing is lost if there is none."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.run(run_id))
            await handle.signal(RunWorkflow.wake, rpc_timeout=RPC_TIMEOUT)
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
                timeout=RPC_TIMEOUT,
            )
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.ALREADY_EXISTS:
                return True
            log.warning("runs not ended in Temporal yet: %s", type(error).__name__)
            return False
        return True

    async def send_message(self, message_id: UUID) -> bool:
        """Send a queued message, before campaigns."""
        return await self._activity(
            "messages.send",
            SendMessage(message_id),
            ids.message(message_id),
            ids.MESSAGES,
            summary="one message",
            priority=Priority(priority_key=1),
            start_to_close_timeout=timedelta(seconds=90),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
            ),
            schedule_to_close_timeout=timedelta(hours=6),
        )

    async def run_import(self, import_id: UUID) -> bool:
        """Run a contact import."""
        return await self._activity(
            "imports.run",
            RunImport(import_id),
            ids.contact_import(import_id),
            ids.IO,
            summary="contact import",
            priority=Priority(priority_key=3),
            start_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=20),
        )

    async def check_import(self, import_id: UUID) -> bool:
        """Count what a contact import would do."""
        return await self._activity(
            "imports.check",
            CheckImport(import_id),
            ids.import_check(import_id),
            ids.IO,
            summary="import check",
            priority=Priority(priority_key=2),
            start_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=20),
        )

    async def read_campaign_file(self, campaign_id: UUID) -> bool:
        """Read the file waiting for a campaign."""
        return await self._activity(
            "campaigns.read_file",
            ReadFile(campaign_id),
            ids.campaign_file(campaign_id),
            ids.IO,
            summary="file of a campaign",
            priority=Priority(priority_key=2),
            start_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=timedelta(seconds=20),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=20),
        )

    async def sync_templates(self, channel_id: UUID) -> bool:
        """Fetch all templates of a channel's account."""
        return await self._activity(
            "templates.sync",
            SyncTemplates(channel_id),
            ids.template_sync(channel_id),
            ids.IO,
            summary="template sync",
            priority=Priority(priority_key=2),
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_attempts=5),
        )

    async def _start(
        self,
        run: Any,
        argument: Any,
        workflow_id: str,
        summary: str,
        attributes: TypedSearchAttributes | None,
        start_signal: str | None = None,
    ) -> bool:
        try:
            await (await self.client()).start_workflow(
                run,
                *([] if argument is None else [argument]),
                id=workflow_id,
                task_queue=ids.WORKFLOWS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                search_attributes=attributes,
                static_summary=summary,
                start_signal=start_signal,
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError:
            return True
        except (RPCError, RuntimeError) as error:
            log.warning("workflow not started yet: %s", type(error).__name__)
            return False
        return True

    async def _update(self, campaign_id: UUID, update: Any, *arguments: Any) -> bool:
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.execute_update(update, *arguments, rpc_timeout=RPC_TIMEOUT)
        except (
            RPCError, RuntimeError, WorkflowUpdateFailedError, RPCTimeoutOrCancelledError,
        ) as error:  # fmt: skip
            if isinstance(error.__cause__, asyncio.CancelledError):
                raise error.__cause__ from None
            log.warning("campaign not told yet: %s", type(error).__name__)
            return False
        return True

    async def _activity(
        self, name: str, argument: Any, activity_id: str, queue: str, **options: Any
    ) -> bool:
        try:
            await (await self.client()).start_activity(
                name,
                argument,
                id=activity_id,
                task_queue=queue,
                id_conflict_policy=ActivityIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=ActivityIDReusePolicy.ALLOW_DUPLICATE,
                rpc_timeout=RPC_TIMEOUT,
                **options,
            )
        except ActivityAlreadyStartedError:
            return True
        except (RPCError, RuntimeError) as error:
            log.warning("activity not started yet: %s", type(error).__name__)
            return False
        return True
