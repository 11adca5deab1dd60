"""The worker's composition root: what it runs, with which dependencies, and how it starts and stops."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities import arming, deletions
from activities.automations.calling import Calling
from activities.automations.deciding import Deciding
from activities.automations.hearing import Hearing
from activities.automations.records import Records
from activities.automations.sending import Sending
from activities.campaigns.files import CampaignFiles
from activities.campaigns.lifecycle import CampaignLifecycle
from activities.campaigns.send import CampaignSending
from activities.clocks import Clock
from activities.dependencies import Dependencies
from activities.imports import Imports
from activities.maintenance import Maintenance
from activities.media import MediaKeeping
from activities.messages import MessageSending
from activities.reading import Readers
from activities.templates import Templates
from activities.vitals import Vitals
from activities.webhooks import Drain
from activities.windows import Windows
from api.wording import say
from domain.campaigns import CampaignStatus, DueCampaign
from domain.contacts import ImportStatus
from services import clock, fences, reconcile
from services.alerts import keeping
from services.alerts.mailing import Mailer
from services.automations import guards, zones
from services.automations.versions import Versions
from services.channels import account
from services.vault import Vault
from settings import Settings
from store.engine import Use, create_autocommit_engine, create_engine, create_sessions
from workflows import ids
from workflows.campaigns import CampaignWorkflow
from workflows.client import Workflows, connect
from workflows.clocks import AutomationClockWorkflow
from workflows.commands import Commands
from workflows.maintenance import MaintenanceWorkflow
from workflows.media import MediaKeeperWorkflow
from workflows.runner import FAST_RUNNER
from workflows.runs import RunInput, RunWorkflow
from workflows.webhooks import WebhookDrainWorkflow
from workflows.windows import WindowWorkflow

RECONCILE_S = 10.0
WINDOWS_EVERY_S = 3600.0
RUNS_EVERY_S = 60.0
CACHED_RUNS = 1200
"""Runs kept in memory, more of it with each reply: those used last, so that those that wait for long make room. For any
other that something comes for, its history is read again.
"""

CACHED = 500
"""The same, of all other workflows but windows."""

JOB_CONNECTIONS = 5
READY_AGAIN_S = 2.0
GRACE = timedelta(seconds=10)
SHORT_STICKY = timedelta(seconds=2)  # a killed worker delays its workflows by 2 s, not 10
RUNS_STICKY = timedelta(seconds=5)
"""A run that waits for longer is read from its history, which costs four times as much: with 2 s, workers that fell
behind for a moment stayed behind.
"""

SHORT_HEARTBEAT = timedelta(seconds=1)

log = logging.getLogger(__name__)

# Runs and windows that began before they had queues of their own wait in this one.
WORKFLOWS = [
    CampaignWorkflow, WindowWorkflow, WebhookDrainWorkflow, MaintenanceWorkflow, MediaKeeperWorkflow,
    AutomationClockWorkflow, RunWorkflow,
]  # fmt: skip


@contextlib.asynccontextmanager
async def dependencies(settings: Settings) -> AsyncIterator[Dependencies]:
    """The dependencies of activities, closed in order at the end."""
    assert settings.database_url is not None
    zones.use(settings.time_zone)
    guards.use(settings.automation_starts_per_minute, settings.automation_messages_per_hour)
    engine = create_engine(settings.database_url, settings.database_pool_size, Use.SEND)
    few = max(2, settings.database_pool_size // 2)  # they hold none while WhatsApp answers
    runs = create_engine(settings.database_url, few, Use.SEND, look_ups=True)
    jobs = create_engine(settings.database_url, JOB_CONNECTIONS, Use.JOBS)
    autocommit = create_autocommit_engine(settings.database_url, settings.database_pool_size)
    async with account.client(settings) as api:
        needs = Dependencies(
            create_sessions(engine), create_sessions(autocommit), settings.database_url,
            Vault.from_settings(settings), api, settings.data_dir, create_sessions(jobs),
            create_sessions(runs),
            settings.media_days, settings.audit_days, settings.journal_days, settings.message_months,
            calls_local=settings.automation_allow_local,
        )  # fmt: skip
        yield needs
        await needs.background.end()
    for one in (engine, runs, autocommit, jobs):
        await one.dispose()


def readers(needs: Dependencies, workflows: Workflows) -> Readers:
    """The readers of the journal's commands."""
    hearing = Hearing(needs.for_runs(), Versions())

    async def due(campaign_id: UUID) -> DueCampaign | None:
        async with needs.sessions() as session:
            return await reconcile.campaign(session, campaign_id)

    commands = Commands(workflows, due, hearing.route, hearing.look)
    return Readers(needs.statements, needs.database_url, commands.carry_out)


def workers(client: Client, needs: Dependencies, drain: Drain) -> list[Worker]:
    """One worker per task queue, so that waiting work of one kind never holds up another."""
    sending, single = CampaignSending(needs), MessageSending(needs)
    jobs = needs.for_jobs()
    lifecycle, files, templates = CampaignLifecycle(jobs), Imports(jobs), Templates(jobs)
    windows, upkeep = Windows(needs), Maintenance(jobs)
    media, tables = MediaKeeping(needs), CampaignFiles(jobs)
    versions = Versions()
    of_runs = needs.for_runs()
    choosing, effects = Deciding(of_runs, versions), _effects(of_runs, versions)
    local: list[Callable[..., Any]] = [*effects, choosing.decide, choosing.give_up]
    return [
        _workflows(client, ids.WORKFLOWS, WORKFLOWS, CACHED, SHORT_STICKY, local),
        _workflows(client, ids.RUNS, [RunWorkflow], CACHED_RUNS, RUNS_STICKY, local),
        _workflows(client, ids.WINDOWS, [WindowWorkflow], 0, SHORT_STICKY),
        _activities(client, ids.SEND, [sending.send_span], 40),
        _activities(client, ids.MESSAGES, [single.send], 40),
        _activities(client, ids.AUTOMATIONS, effects, 40),
        _activities(client, ids.CALLS, [Calling(of_runs, versions).http_request], 40),
        _activities(
            client,
            ids.IO,
            [
                lifecycle.freeze_audience, lifecycle.begin, lifecycle.look, lifecycle.finish,
                files.run, files.check, tables.read_file, templates.sync, windows.close, upkeep.purge,
                media.keep, Clock(jobs).tick,
            ],
            20,
        ),
        _activities(client, ids.DRAIN, [drain.drain], 2),
    ]  # fmt: skip


def _effects(needs: Dependencies, versions: Versions) -> list[Callable[..., Any]]:
    """What runs do."""
    saying, records = Sending(needs, versions), Records(needs, versions)
    return [
        saying.send_template, saying.custom_reply, saying.user_reply, records.set_field, records.set_label,
        records.set_group, records.consent, records.assign, records.note, records.hand_over, records.start_automation,
    ]  # fmt: skip


def _workflows(
    client: Client,
    queue: str,
    workflows: Sequence[type],
    cached: int,
    sticky: timedelta,
    local: Sequence[Callable[..., Any]] = (),
) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        workflows=workflows,
        activities=local,
        no_remote_activities=True,
        workflow_runner=FAST_RUNNER,
        workflow_task_executor=ThreadPoolExecutor(4),
        max_cached_workflows=cached,
        sticky_queue_schedule_to_start_timeout=sticky,
        graceful_shutdown_timeout=GRACE,
    )


def _activities(
    client: Client, queue: str, activities: Sequence[Callable[..., Any]], at_once: int
) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        activities=activities,
        max_concurrent_activities=at_once,
        # Eager dispatch would bypass the queue's priorities.
        disable_eager_activity_execution=True,
        max_heartbeat_throttle_interval=SHORT_HEARTBEAT,
        default_heartbeat_throttle_interval=SHORT_HEARTBEAT,
        graceful_shutdown_timeout=GRACE,
    )


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop; finish requests in flight, then return."""
    async with dependencies(settings) as needs:
        client = await _connected(settings, stop)
        if client is None:
            return
        workflows = Workflows.from_settings(settings)
        if not await arming.disarm_if_restored(needs, stop):
            return
        signs = Vitals(needs, workflows.reachable)
        async with contextlib.AsyncExitStack() as running:
            drain = Drain(needs)
            await drain.catch_up(stop)
            for worker in workers(client, needs, drain):
                await running.enter_async_context(worker)
            keepers = [
                asyncio.create_task(_keep_reconciled(client, workflows, needs.sessions)),
                asyncio.create_task(readers(needs, workflows).keep()),
                asyncio.create_task(arming.keep_waterline(needs)),
                asyncio.create_task(signs.keep()),
                asyncio.create_task(
                    keeping.keep(
                        needs.for_jobs().sessions, Mailer.from_settings(settings), say, stop
                    )
                ),
                asyncio.create_task(deletions.keep(needs.for_jobs())),
                asyncio.create_task(drain.stand_in()),
            ]
            keepers.append(asyncio.create_task(_say_ready(settings)))
            await stop.wait()
            for keeper in keepers:
                keeper.cancel()
        await asyncio.gather(arming.note_waterline(needs), signs.end())


async def _say_ready(settings: Settings) -> None:
    """Write our process id where the supervisor looks for it; a full disk only delays that."""
    log.info("worker ready")
    while settings.worker_ready_file is not None:
        try:
            settings.worker_ready_file.write_text(str(os.getpid()))
        except OSError as error:
            log.warning("readiness not written: %s", error.strerror)
            await asyncio.sleep(READY_AGAIN_S)
        else:
            return


async def _connected(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A connected client, however long Temporal takes; None if told to stop first."""
    while not stop.is_set():
        try:
            return await connect(settings, lazy=False)
        except RuntimeError as error:  # it is about the connection: a missing name, a certificate
            log.warning("waiting for Temporal: %s", str(error)[:200])
            await asyncio.sleep(0.5)
    return None


async def _keep_reconciled(
    client: Client,
    workflows: Workflows,
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    """Reconcile rows and workflows at boot and every few seconds; open windows, which are many, hourly."""
    complete, windows_at, runs_at = False, 0.0, 0.0
    while True:
        try:
            await workflows.start_drain()
            await workflows.start_media_keeper()
            await workflows.start_clock()
            await reconcile_once(workflows, sessions)
            if not complete:
                await _schedules(client)
            if time.monotonic() >= windows_at:
                await _windows(workflows, sessions)
                windows_at = time.monotonic() + WINDOWS_EVERY_S
            if time.monotonic() >= runs_at:
                await _runs(workflows, sessions)
                runs_at = time.monotonic() + RUNS_EVERY_S
            complete = True
        except (DBAPIError, RPCError, RuntimeError, OSError) as error:
            log.warning("reconciling later: %s", type(error).__name__)
        await asyncio.sleep(RECONCILE_S if complete else 1.0)


async def reconcile_once(workflows: Workflows, sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session:
        await clock.measure(session)
        campaigns = await reconcile.campaigns(session)
        messages = await reconcile.messages(session)
        imports = await reconcile.imports(session)
        files = await reconcile.campaign_files(session)
        late = await reconcile.late_runs(session)
    async with sessions.begin() as session:
        await reconcile.move_brake_marks(session)
    for campaign in campaigns:
        await workflows.start_campaign(campaign.id, campaign.scheduled_at, campaign.undo_until)
        if campaign.status in (CampaignStatus.RUNNING, CampaignStatus.SCHEDULED):
            await _agree(workflows, campaign)
    for message_id in messages:
        await workflows.send_message(message_id)
    for import_id, status in imports:
        checking = status is ImportStatus.CHECKING
        await (workflows.check_import if checking else workflows.run_import)(import_id)
    for campaign_id in files:
        await workflows.read_campaign_file(campaign_id)
    for run in late:
        await workflows.wake_run(RunInput.of(run))


async def _agree(workflows: Workflows, campaign: DueCampaign) -> None:
    """Tell a campaign's workflow what its row says."""
    progress = await workflows.campaign_progress(campaign.id)
    if progress is None:
        return
    if campaign.status is CampaignStatus.SCHEDULED:
        start = campaign.scheduled_at or campaign.launched_at
        if start is not None and progress.scheduled_at not in (campaign.scheduled_at, start):
            await workflows.move_campaign(campaign.id, start)
        return
    if progress.paused:
        await workflows.resume_campaign(campaign.id)
    if progress.open_spans == 0 and campaign.takes_recipients:
        await workflows.wake_campaign(campaign.id)


async def _runs(workflows: Workflows, sessions: async_sessionmaker[AsyncSession]) -> None:
    """Wake the runs that have something to do, and do nothing; give up what ended ones left."""
    async with sessions.begin() as session:
        await reconcile.settle_left(session)
    after: UUID | None = UUID(int=0)
    while after is not None:
        async with sessions() as session:
            page = await reconcile.idle_runs(session, after)
        for run in page:
            if not await workflows.wake_run(RunInput.of(run)):
                raise RuntimeError("a run was not woken")
        after = page[-1].id if page else None


async def _windows(workflows: Workflows, sessions: async_sessionmaker[AsyncSession]) -> None:
    after = None
    while True:
        async with sessions() as session:
            page = await reconcile.windows(session, after)
        for conversation_id, opened_at, expires_at in page:
            if not await workflows.start_window(conversation_id, opened_at, expires_at):
                raise RuntimeError("a window was not started")
        if not page:
            return
        after = page[-1][0]


async def _schedules(client: Client) -> None:
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            MaintenanceWorkflow.run, id="maintenance", task_queue=ids.WORKFLOWS
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))]),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=5)
        ),
    )
    with contextlib.suppress(ScheduleAlreadyRunningError):
        await client.create_schedule("maintenance", schedule)


def main(settings: Settings) -> None:
    """Run the worker process until SIGTERM or SIGINT."""
    import uvloop  # noqa: PLC0415 - only this process needs it, and not on every platform

    # A full collection of imported objects stalls every send for tens of milliseconds, and finds nothing. A run that
    # leaves the cache is 125 objects in a circle, which only a full collection frees: one after some hundred of them.
    gc.freeze()
    gc.set_threshold(20_000, 5, 5)

    fences.frozen_processes_end()

    async def until_signal() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run(settings, stop)

    uvloop.run(until_signal())
    # The SDK's runtime can crash while the interpreter exits; nothing is left to do by then.
    logging.shutdown()
    os._exit(0)
