"""Runs a journal entry's command in Temporal: start or signal a workflow, or run an activity."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from domain.automations.decisions import Decision, DueRun, Next
from domain.campaigns import CampaignStatus, DueCampaign
from domain.journal.facts import Entry
from domain.journal.rules import RULES, Command
from workflows.client import Workflows
from workflows.runs import RunInput

log = logging.getLogger(__name__)

_WHILE = {
    Command.PAUSE_CAMPAIGN: CampaignStatus.PAUSED,
    Command.RESUME_CAMPAIGN: CampaignStatus.RUNNING,
}
"""Signals sent only while the row still matches."""

INSIST = {
    Command.OPEN_WINDOW,
    Command.SYNC_TEMPLATES,
    Command.ROUTE,
    Command.WAKE_CLOCK,
    Command.END_RUNS,
}
"""Commands that the reconciler checks only hourly or never: tried up to ``MOST_TRIES`` times."""

MOST_TRIES = 20
"""With Temporal available; then an entry is passed by, so that nothing waits behind it for ever."""

Due = Callable[[UUID], Awaitable[DueCampaign | None]]
"""The campaign as its row is now; None for one that needs no workflow."""

Decide = Callable[[UUID], Awaitable[tuple[DueRun | None, Decision]]]
"""The run, and what it does next; None for one that is gone."""

Route = Callable[[Entry], Awaitable[list[tuple[DueRun, Decision]]]]
"""Does what follows from an entry for automations, possibly again; returns runs that go on because of it."""


class Commands:
    """Runs commands; rows are authoritative, so a late one changes nothing."""

    def __init__(self, workflows: Workflows, due: Due, route: Route, decide: Decide) -> None:
        self._workflows, self._due = workflows, due
        self._route, self._decide = route, decide
        self._failed: Counter[int] = Counter()

    async def carry_out(self, entry: Entry) -> bool:
        """Do what follows from an entry; False if it has to be tried again.

        What fails although Temporal is available is left to the reconciler, so that nothing queues behind it; commands
        in ``INSIST``, only after many tries.
        """
        rule = RULES.get(entry.kind)
        if rule is None or rule.command is None:  # from another release
            return True
        if await self._succeeded(rule.command, entry):
            del self._failed[entry.id]
            return True
        if not await self._workflows.reachable() or self._insists(rule.command, entry):
            log.warning("tried again: %s of entry %s", rule.command, entry.id)
            return False
        log.warning("left to the reconciler: %s of entry %s", rule.command, entry.id)
        return True

    async def _succeeded(self, command: Command, entry: Entry) -> bool:
        try:
            return await self._done(command, entry)
        except Exception:
            if command not in INSIST:
                raise
            log.exception("%s of entry %s failed", command, entry.id)
            return False

    def _insists(self, command: Command, entry: Entry) -> bool:
        """Whether a failed command is worth another try."""
        if command not in INSIST:
            return False
        self._failed[entry.id] += 1
        if self._failed[entry.id] < MOST_TRIES:
            return True
        del self._failed[entry.id]
        return False

    async def _done(self, command: Command, entry: Entry) -> bool:
        match command:
            case Command.ROUTE:
                return all([await self._go_on(*run) for run in await self._route(entry)])
            case Command.START_RUN | Command.WAKE_RUN:
                return await self._wake(UUID(entry.entity_id))
            case Command.END_RUNS:
                job = f"end-runs/{entry.id}"
                return await self._workflows.end_runs(UUID(entry.entity_id), job)
            case Command.WAKE_CLOCK:
                return await self._workflows.wake_clock()
            case Command.SEND_MESSAGE:
                return await self._workflows.send_message(entry.ids["message_id"])
            case Command.OPEN_WINDOW:
                return await self._open_window(entry)
            case _:
                return await self._run(command, entry)

    async def _run(self, command: Command, entry: Entry) -> bool:
        """Start a job, or tell a campaign."""
        workflows = self._workflows
        match command:
            case Command.CHECK_IMPORT:
                return await workflows.check_import(UUID(entry.entity_id))
            case Command.RUN_IMPORT:
                return await workflows.run_import(UUID(entry.entity_id))
            case Command.SYNC_TEMPLATES:
                return await workflows.sync_templates(UUID(entry.entity_id))
            case Command.READ_CAMPAIGN_FILE:
                return await workflows.read_campaign_file(entry.ids["campaign_id"])
            case _:
                return await self._tell(command, entry.ids["campaign_id"])

    async def _open_window(self, entry: Entry) -> bool:
        opened, ends = (
            datetime.fromisoformat(entry.data[name]) for name in ("opened_at", "deadline")
        )
        return await self._workflows.start_window(entry.ids["conversation_id"], opened, ends)

    async def _wake(self, run_id: UUID) -> bool:
        """Decide what a run does next, and tell its workflow; one that has ended is not started again."""
        run, decision = await self._decide(run_id)
        if run is None:
            return await self._workflows.end_run(run_id, decision)
        return await self._go_on(run, decision)

    async def _go_on(self, run: DueRun, decision: Decision) -> bool:
        """Tell the workflow of a run what it does next."""
        if decision.next is Next.ENDED:
            return await self._workflows.end_run(run.id, decision)
        return await self._workflows.wake_run(RunInput.of(run), decision)

    async def _tell(self, command: Command, campaign_id: UUID) -> bool:
        """Tell a campaign's workflow what its row says now."""
        workflows = self._workflows
        if command is Command.STOP_CAMPAIGN:
            return await workflows.stop_campaign(campaign_id)
        campaign = await self._due(campaign_id)
        if campaign is None or campaign.status is not _WHILE.get(command, campaign.status):
            return True
        match command:
            case Command.PAUSE_CAMPAIGN:
                return await workflows.pause_campaign(campaign_id)
            case Command.RESUME_CAMPAIGN:
                return await workflows.resume_campaign(campaign_id)
            case Command.THROTTLE_CAMPAIGN:
                return await workflows.throttle_campaign(campaign_id, campaign.throttle)
            case Command.MOVE_CAMPAIGN:
                start = campaign.scheduled_at or campaign.launched_at
                return start is None or await workflows.move_campaign(campaign_id, start)
            case _:
                pass
        started = await workflows.start_campaign(
            campaign_id, campaign.scheduled_at, campaign.undo_until
        )
        return started and (
            command is Command.START_CAMPAIGN or await workflows.wake_campaign(campaign_id)
        )
