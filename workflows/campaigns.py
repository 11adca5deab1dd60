"""A campaign from launch to finish: freeze, wait for its time, send spans in a sliding window, finish."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from activities.campaigns.lifecycle import CampaignLeft, CampaignLifecycle, CampaignRef
from activities.campaigns.send import CampaignSending, SendSpan, SpanSent
from domain.campaigns import THROTTLE, CampaignStatus
from workflows import ids, pages
from workflows.campaign_states import ASKED_EARLY, CampaignInput, CampaignState, Span

TAKEN_BACK = ("campaign_unknown", "campaign_taken_back")
"""Why an audience is not frozen: the launch was undone, or the draft was then deleted."""

QUICK = timedelta(seconds=30)
SEND_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=1.5,
    maximum_interval=timedelta(seconds=5),
)
STEP_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10)
)


@dataclass(frozen=True)
class CampaignProgress:
    """What a query answers: the workflow's progress, not how many were sent, which rows know."""

    total: int | None
    next_seq: int
    open_spans: int
    paused: bool
    stopped: bool
    scheduled_at: datetime | None = None


@workflow.defn(name="campaign")
class CampaignWorkflow:
    """Decides what happens next in a campaign; the facts are in rows."""

    @workflow.init
    def __init__(self, start: CampaignInput) -> None:
        self._state = CampaignState.of(start)
        self._senders: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self, start: CampaignInput) -> CampaignStatus:
        """Run the campaign to its end; returns its final state."""
        if self._state.total is None and not await self._freeze():
            return CampaignStatus.DRAFT
        await self._wait_for_start()
        while not self._state.stopped:
            await self._send_all()
            if self._state.ended() or await self._settled():
                break
        await self._end_open()
        if self._state.restart and not self._state.stopped:
            self._continue_as_new()
        status: CampaignStatus = await self._step(CampaignLifecycle.finish, QUICK)
        self._show(f"Finished: {status.value}")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return status

    async def _freeze(self) -> bool:
        """Wait until a launch can no longer be undone; returns whether it was not."""
        if self._state.undo_until is not None:
            self._show("Launched; it can still be undone")
            wait = self._state.undo_until - workflow.now()
            if wait > timedelta(0):
                await self._wait(lambda: self._state.stopped, wait, "undo")
        self._show("Freezing the audience")
        try:
            total = await self._step(CampaignLifecycle.freeze_audience, timedelta(minutes=10))
        except ActivityError as error:
            cause = error.cause
            if isinstance(cause, ApplicationError) and cause.type in TAKEN_BACK:
                self._show("Undone")
                return False
            raise
        self._state.total = total
        return True

    async def _wait_for_start(self) -> None:
        if self._state.begun:
            return
        while not self._state.stopped and (planned := self._state.scheduled_at) is not None:
            self._show(f"Waiting for {planned:%Y-%m-%d %H:%M} UTC")
            wait = planned - workflow.now()
            if wait <= timedelta(0):
                break
            await self._wait(self._no_longer(planned), wait, "planned start")
        asked = self._state.asked
        status = await self._step(CampaignLifecycle.begin, QUICK)
        if asked == self._state.asked or not workflow.patched(ASKED_EARLY):
            self._state.obey(status)
        else:
            await self._obey_row()
        self._state.begun = True

    def _no_longer(self, planned: datetime) -> Callable[[], bool]:
        return lambda: self._state.stopped or self._state.scheduled_at != planned

    async def _send_all(self) -> None:
        """Keep WINDOW spans in progress until all recipients have been handed to one."""
        while not self._state.ended():
            await workflow.wait_condition(self._state.goes_on)
            await self._wait_for_budget()
            if self._state.ended():
                return
            while (span := self._state.next_span()) is not None:
                sender = asyncio.create_task(self._send(span))
                self._senders.add(sender)
                sender.add_done_callback(self._senders.discard)
            self._show_sending()
            if not self._state.open:
                return
            await workflow.wait_condition(lambda: self._state.can_move() or self._state.stopped)
            self._state.restart = workflow.info().is_continue_as_new_suggested()

    async def _wait_for_budget(self) -> None:
        """The portfolio may message nobody new for now: wait on a durable timer, even for days."""
        while self._state.rest_until is not None and not self._state.stopped:
            wait = self._state.rest_until - workflow.now()
            if self._state.open or wait <= timedelta(0):
                await workflow.wait_condition(lambda: not self._state.open)
                if wait <= timedelta(0):
                    self._state.rest_until = None
                continue
            self._show(
                f"Waiting for WhatsApp's limits until {self._state.rest_until:%Y-%m-%d %H:%M} UTC"
            )
            self._state.woken = False
            await self._wait(self._state.disturbed, wait, "24-hour budget")
            self._state.rest_until = None

    async def _send(self, span: Span) -> None:
        low, high = span
        try:
            sent: SpanSent = await workflow.execute_activity_method(
                CampaignSending.send_span,
                SendSpan(self._state.campaign_id, low, high, fresh=span != self._state.late),
                task_queue=ids.SEND,
                start_to_close_timeout=timedelta(hours=6),
                heartbeat_timeout=timedelta(seconds=6),
                retry_policy=SEND_RETRY,
                priority=Priority(priority_key=4),
                summary=f"recipients {low:,} to {high:,}",
            )
        except ActivityError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.non_retryable:
                self._state.stopped = True
            else:
                self._state.todo.append(span)
        else:
            if sent.halted:
                self._state.todo.append(span)
                await self._obey_row()
            elif sent.wait is not None:
                self._state.todo.append(span)
                self._state.rest(workflow.now() + sent.wait)
        finally:
            self._state.open.discard(span)

    async def _settled(self) -> bool:
        """With nobody left to hand out, wait for next tries; returns whether everybody has an outcome."""
        left = await self._obey_row()
        if self._state.paused or self._state.stopped:
            await workflow.wait_condition(self._state.goes_on)
            return False
        if left.total > (self._state.total or 0):  # a program added more people
            self._state.total = left.total
            return False
        if left.fresh > 0 or self._state.todo:
            self._state.todo = self._state.todo or [self._state.everybody]
            return False
        if left.next_try is None and not left.open:
            return True
        await self._wait_for_more(left)
        return False

    async def _wait_for_more(self, left: CampaignLeft) -> None:
        """Wait until the next try is due, more people are added, or the campaign is closed."""
        if self._state.woken:  # received while the row was being read
            self._state.woken = False
            return
        if left.next_try is None:
            self._show("Open: waits for recipients from a program")
            await workflow.wait_condition(self._state.disturbed)
        elif left.next_try > timedelta(0):
            self._show("Waiting for the next try")
            await self._wait(self._state.disturbed, left.next_try, "next try")
        if left.next_try is not None:
            self._state.late = self._state.everybody
            self._state.todo = [self._state.late]
        self._state.woken = False
        self._state.restart = workflow.info().is_continue_as_new_suggested()

    async def _obey_row(self) -> CampaignLeft:
        """Read the row; a request received while reading outweighs it."""
        while True:
            asked = self._state.asked
            left: CampaignLeft = await self._step(CampaignLifecycle.look, QUICK)
            if asked == self._state.asked:
                self._state.obey(left.status)
                return left

    async def _end_open(self) -> None:
        await workflow.wait_condition(lambda: not self._state.open)

    def _continue_as_new(self) -> None:
        workflow.continue_as_new(self._state.carried())

    async def _step(self, method: Callable[..., Any], limit: timedelta) -> Any:
        """Run one short activity, retried until it succeeds or fails for good."""
        return await workflow.execute_activity_method(
            method,
            CampaignRef(self._state.campaign_id),
            task_queue=ids.IO,
            start_to_close_timeout=limit,
            retry_policy=STEP_RETRY,
        )

    async def _wait(self, done: Callable[[], bool], limit: timedelta, why: str) -> None:
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(done, timeout=limit, timeout_summary=why)

    def _show(self, doing: str) -> None:
        total = "" if self._state.total is None else f" · {self._state.total:,} recipients"
        pages.show(f"**{doing}**{total} · run {self._state.runs}")

    def _show_sending(self) -> None:
        handed = self._state.next_seq - 1
        doing = "Paused" if self._state.paused else "Sending"
        self._show(f"{doing}: {handed:,} handed to senders, {len(self._state.open)} spans open")

    @workflow.update(description="Start no new spans; senders obey the row within a second.")
    def pause(self) -> None:
        """Pause."""
        self._state.ask(paused=True)
        self._show_sending()

    @workflow.update(description="Go on where it stopped.")
    def resume(self) -> None:
        """Resume."""
        self._state.ask(paused=False)

    @workflow.update(description="End the campaign; who was not sent to stays not sent.")
    def stop(self) -> None:
        """Stop."""
        self._state.ask(stopped=True)

    @workflow.update(description="Messages per second; 0 means as fast as the number allows.")
    def throttle(self, per_second: int) -> None:
        """Throttle: senders read the row; the signal only records the request in the history."""
        self._show_sending()

    @pause.validator
    def _check_pause(self) -> None:
        self._require_open()

    @resume.validator
    def _check_resume(self) -> None:
        self._require_open()

    @throttle.validator
    def _check_throttle(self, per_second: int) -> None:
        self._require_open()
        if per_second and per_second not in THROTTLE:
            raise ApplicationError("throttle_range", type="throttle_range")

    def _require_open(self) -> None:
        if self._state.stopped:
            raise ApplicationError("campaign_stopped", type="campaign_stopped")

    @workflow.signal(description="Look at the row again.")
    def wake(self) -> None:
        """Something the next try waits for has changed."""
        self._state.woken = True

    @workflow.signal(description="Start at another time, which the row holds.")
    def move(self, start: datetime) -> None:
        """Reschedule: wait for another time."""
        self._state.scheduled_at = start

    @workflow.query(description="Where the workflow stands.")
    def progress(self) -> CampaignProgress:
        """Progress."""
        return CampaignProgress(
            self._state.total, self._state.next_seq, len(self._state.open), self._state.paused, self._state.stopped,
            self._state.scheduled_at,
        )  # fmt: skip
