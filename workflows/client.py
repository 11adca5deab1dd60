"""How routes and the worker act on workflows; calls may be repeated and never wait for long."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.common import (
    Priority,
    RetryPolicy,
    SearchAttributePair,
    TypedSearchAttributes,
)
from temporalio.service import RPCError, TLSConfig

from activities.campaigns.files import ReadFile
from activities.imports import CheckImport, RunImport
from activities.messages import SendMessage
from activities.templates import SyncTemplates
from settings import Settings
from workflows import ids
from workflows.campaign_calls import CampaignCalls
from workflows.media import MediaKeeperWorkflow
from workflows.run_calls import RunCalls
from workflows.runner import CONVERTER
from workflows.webhooks import WebhookDrainWorkflow
from workflows.windows import WindowInput, WindowWorkflow


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


class Workflows(CampaignCalls, RunCalls):
    """Acts on workflows: everything that is started or told."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "Workflows":
        """The workflows of this installation."""
        return cls(lambda: connect(settings, lazy=True), settings.public_url.rstrip("/"))

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
                        if queue in ids.OF_WORKFLOWS
                        else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
                        report_stats=True,
                    ),
                    timeout=timedelta(seconds=1),
                )
                waiting[queue] = found.stats.approximate_backlog_count
        except (RPCError, RuntimeError, TimeoutError):
            return {}
        return waiting

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
            queue=ids.WINDOWS,
            page=f"/inbox/{conversation_id}",
        )

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
