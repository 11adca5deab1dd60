"""The life of a campaign: freeze, wait for its time, send spans in a sliding window, finish."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from activities.campaigns.lifecycle import CampaignLeft, CampaignLifecycle, CampaignRef
from activities.campaigns.send import BatchSent, CampaignSending, SendBatch
from domain.campaigns import MAX_THROTTLE, CampaignStatus
from workflows import ids

SPAN = 500
"""Recipients per activity: Temporal starts one every few seconds, a retry re-reads little."""

TAKEN_BACK = ("campaign_unknown", "campaign_taken_back")
"""Why an audience is not frozen: the launch was undone, or the draft deleted after that."""

OVER = (CampaignStatus.STOPPED, CampaignStatus.DRAFT)
"""A campaign to which nothing more is sent: stopped, or taken back before it began."""

WINDOW = 4
"""Spans in work at once."""

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
class CampaignInput:
    """Where a campaign stands; carried over continue-as-new, about 200 bytes."""

    campaign_id: UUID
    scheduled_at: datetime | None = None
    undo_until: datetime | None = None
    total: int | None = None
    next_seq: int = 1
    begun: bool = False
    span: int = SPAN
    unfinished: list[tuple[int, int]] = field(default_factory=list)
    runs: int = 1


@dataclass(frozen=True)
class CampaignProgress:
    """What a query answers: where the workflow stands, not how many were sent (rows know that)."""

    total: int | None
    next_seq: int
    open_spans: int
    paused: bool
    stopped: bool
    scheduled_at: datetime | None = None


@workflow.defn(name="campaign")
class CampaignWorkflow:
    """Decides what happens next in a campaign; the facts are rows."""

    @workflow.init
    def __init__(self, start: CampaignInput) -> None:
        self._at = start
        self._paused = False
        self._stopped = False
        self._woken = False
        self._open: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._todo: list[tuple[int, int]] = list(start.unfinished)
        self._late: tuple[int, int] | None = None
        self._rest_until: datetime | None = None
        self._restart = False
        self._asked = 0
        self._throttle = 0

    @workflow.run
    async def run(self, start: CampaignInput) -> CampaignStatus:
        """Run the campaign to its end; returns its final state."""
        if self._at.total is None and not await self._freeze():
            return CampaignStatus.DRAFT
        await self._wait_for_start()
        while not self._stopped:
            await self._send_all()
            if self._ended() or await self._settled():
                break
        await self._end_open()
        if self._restart and not self._stopped:
            self._continue_as_new()
        status: CampaignStatus = await self._step(CampaignLifecycle.finish, QUICK)
        self._show(f"Finished: {status.value}")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return status

    async def _freeze(self) -> bool:
        """After the moment in which a launch can be taken back; whether it was not."""
        if self._at.undo_until is not None:
            self._show("Launched; it can still be taken back")
            wait = self._at.undo_until - workflow.now()
            if wait > timedelta(0):
                await self._wait(lambda: self._stopped, wait, "undo")
        self._show("Freezing the audience")
        try:
            total = await self._step(CampaignLifecycle.freeze_audience, timedelta(minutes=10))
        except ActivityError as error:
            cause = error.cause
            if isinstance(cause, ApplicationError) and cause.type in TAKEN_BACK:
                self._show("Taken back")
                return False
            raise
        self._at = replace(self._at, total=total)
        return True

    def _ended(self) -> bool:
        return self._stopped or self._restart

    async def _wait_for_start(self) -> None:
        if self._at.begun:
            return
        while not self._stopped and (planned := self._at.scheduled_at) is not None:
            self._show(f"Waiting for {planned:%Y-%m-%d %H:%M} UTC")
            wait = planned - workflow.now()
            if wait <= timedelta(0):
                break
            await self._wait(self._no_longer(planned), wait, "planned start")
        status = await self._step(CampaignLifecycle.begin, QUICK)
        self._paused = status in (CampaignStatus.PAUSED, CampaignStatus.HELD)
        self._stopped = self._stopped or status in OVER
        self._at = replace(self._at, begun=True)

    def _no_longer(self, planned: datetime) -> Callable[[], bool]:
        return lambda: self._stopped or self._at.scheduled_at != planned

    async def _send_all(self) -> None:
        """Keep WINDOW spans in work until all recipients have been handed to one."""
        while not self._ended():
            await workflow.wait_condition(lambda: self._stopped or not self._paused)
            await self._wait_for_budget()
            if self._ended():
                return
            while len(self._open) < WINDOW and (span := self._next_span()) is not None:
                self._open[span] = asyncio.create_task(self._send(span))
            self._show_sending()
            if not self._open:
                return
            await workflow.wait_condition(lambda: self._can_move() or self._stopped)
            self._restart = workflow.info().is_continue_as_new_suggested()

    async def _wait_for_budget(self) -> None:
        """The portfolio may write to nobody new for now: wait on a durable timer, also for days."""
        while self._rest_until is not None and not self._stopped:
            wait = self._rest_until - workflow.now()
            if self._open or wait <= timedelta(0):
                await workflow.wait_condition(lambda: not self._open)
                if wait <= timedelta(0):
                    self._rest_until = None
                continue
            self._show(f"Waiting for WhatsApp's limits until {self._rest_until:%Y-%m-%d %H:%M} UTC")
            self._woken = False
            await self._wait(lambda: self._stopped or self._woken, wait, "24-hour budget")
            self._rest_until = None

    def _can_move(self) -> bool:
        more = bool(self._todo) or self._at.next_seq <= (self._at.total or 0)
        return not self._open or (len(self._open) < WINDOW and more and not self._paused)

    def _next_span(self) -> tuple[int, int] | None:
        if self._rest_until is not None:
            return None
        if self._todo:
            return self._todo.pop(0)
        low, total = self._at.next_seq, self._at.total or 0
        if low > total:
            return None
        high = min(low + self._at.span - 1, total)
        self._at = replace(self._at, next_seq=high + 1)
        return low, high

    async def _send(self, span: tuple[int, int]) -> None:
        low, high = span
        try:
            sent: BatchSent = await workflow.execute_activity_method(
                CampaignSending.send_batch,
                SendBatch(self._at.campaign_id, low, high, fresh=span != self._late),
                task_queue=ids.SEND,
                start_to_close_timeout=timedelta(hours=6),
                heartbeat_timeout=timedelta(seconds=6),
                retry_policy=SEND_RETRY,
                priority=Priority(priority_key=4),
                summary=f"recipients {low:,} to {high:,}",
            )
        except ActivityError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.non_retryable:
                self._stopped = True
            else:
                self._todo.append(span)
        else:
            if sent.halted:
                self._todo.append(span)
                await self._obey_row()
            elif sent.wait is not None:
                self._todo.append(span)
                self._rest_until = max(
                    self._rest_until or workflow.now(), workflow.now() + sent.wait
                )
        finally:
            self._open.pop(span, None)

    async def _settled(self) -> bool:
        """With nobody left to hand out: whether everybody has an outcome; waits for late retries."""
        if self._open:
            return False
        left = await self._obey_row()
        if self._paused or self._stopped:
            await workflow.wait_condition(lambda: self._stopped or not self._paused)
            return False
        if left.total > (self._at.total or 0):  # a program handed in more people
            self._at = replace(self._at, total=left.total)
            return False
        if left.fresh > 0 or self._todo:
            self._todo = self._todo or [(1, self._at.total or 0)]
            return False
        if left.next_try is None and not left.open:
            return True
        await self._wait_for_more(left)
        return False

    async def _wait_for_more(self, left: CampaignLeft) -> None:
        """Until the next retry is due, or somebody hands in more people or closes the campaign."""
        if self._woken:  # said while the row was read
            self._woken = False
            return
        if left.next_try is None:
            self._show("Open: waits for recipients from a program")
            await workflow.wait_condition(lambda: self._stopped or self._woken)
        elif left.next_try > timedelta(0):
            self._show("Waiting for the next retry")
            await self._wait(lambda: self._stopped or self._woken, left.next_try, "next retry")
        if left.next_try is not None:
            self._late = (1, self._at.total or 0)
            self._todo = [self._late]
        self._woken = False
        self._restart = workflow.info().is_continue_as_new_suggested()

    async def _obey_row(self) -> CampaignLeft:
        """Read the row; what a person asked for while it was read counts more."""
        while True:
            asked = self._asked
            left: CampaignLeft = await self._step(CampaignLifecycle.look, QUICK)
            if asked == self._asked:
                self._paused = left.status in (CampaignStatus.PAUSED, CampaignStatus.HELD)
                self._stopped = self._stopped or left.status in OVER
                return left

    async def _end_open(self) -> None:
        await workflow.wait_condition(lambda: not self._open)

    def _continue_as_new(self) -> None:
        workflow.continue_as_new(replace(self._at, unfinished=self._todo, runs=self._at.runs + 1))

    async def _step(self, method: Callable[..., Any], limit: timedelta) -> Any:
        """One short activity, retried until it works or says that it never will."""
        return await workflow.execute_activity_method(
            method,
            CampaignRef(self._at.campaign_id),
            task_queue=ids.IO,
            start_to_close_timeout=limit,
            retry_policy=STEP_RETRY,
        )

    async def _wait(self, done: Callable[[], bool], limit: timedelta, why: str) -> None:
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(done, timeout=limit, timeout_summary=why)

    def _show(self, doing: str) -> None:
        total = "" if self._at.total is None else f" · {self._at.total:,} recipients"
        workflow.set_current_details(f"**{doing}**{total} · run {self._at.runs}")

    def _show_sending(self) -> None:
        handed = self._at.next_seq - 1
        doing = "Paused" if self._paused else "Sending"
        self._show(f"{doing}: {handed:,} handed to senders, {len(self._open)} spans open")

    @workflow.update(description="Start no new spans; senders obey the row within a second.")
    def pause(self) -> None:
        """Pause."""
        self._asked += 1
        self._paused = True
        self._show_sending()

    @workflow.update(description="Go on where it stopped.")
    def resume(self) -> None:
        """Resume."""
        self._asked += 1
        self._paused = False

    @workflow.update(description="End the campaign; who was not sent to stays not sent.")
    def stop(self) -> None:
        """Stop."""
        self._asked += 1
        self._stopped = True

    @workflow.update(description="Messages per second; 0 means as fast as the number may.")
    def throttle(self, per_second: int) -> None:
        """Throttle: senders read the row, the update makes it visible here."""
        self._throttle = per_second
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
        if not 0 <= per_second <= MAX_THROTTLE:
            raise ApplicationError("throttle_range", type="throttle_range")

    def _require_open(self) -> None:
        if self._stopped:
            raise ApplicationError("campaign_stopped", type="campaign_stopped")

    @workflow.signal(description="Look at the row again.")
    def wake(self) -> None:
        """Somebody changed what a late retry waits for."""
        self._woken = True

    @workflow.signal(description="Start at another time, which the row holds.")
    def move(self, start: datetime) -> None:
        """Wait for another time."""
        self._at = replace(self._at, scheduled_at=start)

    @workflow.query(description="Where the workflow stands.")
    def progress(self) -> CampaignProgress:
        """Progress."""
        return CampaignProgress(
            self._at.total, self._at.next_seq, len(self._open), self._paused, self._stopped,
            self._at.scheduled_at,
        )  # fmt: skip
