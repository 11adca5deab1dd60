"""Send one span of a campaign: claim a few, call WhatsApp, record, until nobody is left."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.campaigns.next_tries import NextTry
from activities.dependencies import Dependencies
from activities.heartbeat import beating
from activities.pacing import Leaving, Pacer, Turn, Turns
from activities.recorder import AWAY, Recorder
from domain.error_codes import ErrorKind
from domain.errors import Invalid
from domain.limits import LARGEST_CHUNK
from domain.messages import MessageState
from domain.template_slots import Compiled, compile_payload
from services.sending import verdicts
from services.sending.breakers import Breakers
from services.sending.claim import Cursor, book, claim_again, claim_fresh, halted
from services.sending.post import Post, post, unmade
from services.sending.verdicts import Verdict
from store.sending import budget, claims, plans, pulses
from store.sending.claims import Sendable, Span, Taken
from store.slots import NO_SLOTS, Booking
from whatsapp import edges, leases
from whatsapp.client import Account

IN_FLIGHT = 100
"""The open requests of one span; with claims not sent yet, this is what a crash leaves in doubt."""

CLAIMING_AT_ONCE = 2
"""Active spans of one campaign; the others stand by until these end or wait for WhatsApp."""

LEAVING_AT_ONCE = LARGEST_CHUNK
"""The most claimed messages not sent yet."""

LONGEST_NAP_S = 0.5
DATABASE_AWAY = timedelta(milliseconds=500)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SendSpan:
    """The span of a campaign to send: recipients ``low`` to ``high``, both included.

    Without ``fresh``, only those whose next try is due: everybody in the span already has a message.
    """

    campaign_id: UUID
    low: int
    high: int
    fresh: bool = True


@dataclass(frozen=True)
class SpanSent:
    """How a span ended.

    ``halted`` if paused or stopped before its end; ``wait`` is how long until it may continue, if the portfolio's
    budget ran out or Meta restricted the number before its end.
    """

    halted: bool
    wait: timedelta | None = None


class CampaignSending:
    """The activity that sends."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        leaving, recorder = Leaving(LEAVING_AT_ONCE), Recorder(dependencies)
        self._exit = Exit(Pacer(), leaving, recorder, dependencies.breakers)
        self._turns = Turns(CLAIMING_AT_ONCE)

    # Recorded histories and running campaigns use its earlier name.
    @activity.defn(name="campaigns.send_batch")
    async def send_span(self, request: SendSpan) -> SpanSent:
        """Send a span; safe to repeat, even while a forgotten duplicate is still running."""
        async with self._dependencies.sessions() as session:
            plan = await plans.plan(session, request.campaign_id)
        if plan is None:
            raise ApplicationError("campaign_gone", non_retryable=True)
        turn = self._turns.of(request.campaign_id)
        return await _SpanSender(self._dependencies, self._exit, turn, plan, request).run()


@dataclass(frozen=True)
class Exit:
    """What all spans of a worker share when sending.

    ``leaving`` holds claims back until earlier claims' messages have been sent.
    """

    pacer: Pacer
    leaving: Leaving
    recorder: Recorder
    breakers: Breakers


class _SpanSender:
    """One run of one span."""

    def __init__(
        self,
        dependencies: Dependencies,
        way_out: Exit,
        turn: Turn,
        plan: plans.CampaignPlan,
        request: SendSpan,
    ) -> None:
        self._dependencies = dependencies
        self._exit = way_out
        self._breaker = way_out.breakers.of(plan.channel_id)
        self._turn = turn
        self._owner = uuid4().hex
        self._claims = 0
        span = Span(request.campaign_id, plan.channel_id, request.low, request.high)
        self._fresh = request.fresh
        self._cursor = Cursor.at(plan, span)
        self._template: Compiled = compile_payload(plan.template)
        self._account = _account(dependencies, plan)
        marketing_api = self._cursor.marketing and plan.marketing_api
        self._edge = edges.MARKETING_MESSAGES if marketing_api else edges.MESSAGES
        self._open: set[asyncio.Task[Any]] = set()
        self._next_try_due = NextTry()
        self._spare = NO_SLOTS

    async def run(self) -> SpanSent:
        """Claim and send until the span is done or halted, or the worker must stop."""
        async with beating():
            try:
                return await self._drain()
            finally:
                self._turn.leave()
                # What was sent must be recorded, even if this activity is being cancelled.
                await asyncio.shield(self._dependencies.background.start(self._settle()))

    async def _drain(self) -> SpanSent:
        async with self._dependencies.sessions.begin() as session:
            await claims.abandon_others(session, self._cursor.span, self._owner)
            self._next_try_due.note(await claims.next_try(session, self._cursor.span))
            if self._fresh:
                self._cursor.start(await claims.first_fresh(session, self._cursor.span))
        while not activity.is_worker_shutdown():
            if self._cursor.fresh_left or self._next_try_due.is_due():
                ended = await self._claim_some()
            else:
                ended = None if await self._more_later() else SpanSent(halted=False)
            if ended is not None:
                return ended
        raise ApplicationError("worker_shutdown")

    async def _claim_some(self) -> SpanSent | None:
        """Send the next few as soon as allowed; returns how the span ended, if it did."""
        if len(self._open) >= IN_FLIGHT:
            self._stand_aside()
            await asyncio.wait(self._open, return_when=asyncio.FIRST_COMPLETED)
            return None
        await self._turn.take()
        if activity.is_worker_shutdown() or await self._waits():  # while this span stood by
            return None
        booking = self._spare if self._spare.count else await self._book()
        await asyncio.sleep(min(booking.delay.total_seconds(), LONGEST_NAP_S))
        if booking.count == 0:
            return None
        room = self._breaker.room()
        if room == 0:  # never claim anyone who could not be sent to
            self._stand_aside()
            await asyncio.sleep(LONGEST_NAP_S)
            return None
        if (
            room is not None
        ):  # a try proves nothing with an address or token that has been corrected since
            await self._look_again()
            booking = replace(booking, count=room)
        taken = await self._take(booking)
        if room is not None and not taken.items:
            self._breaker.give_back()
        self._spare = booking.without(len(taken.items))
        if await self._halted(taken):
            return SpanSent(halted=True)
        return SpanSent(halted=False, wait=await self._rest(taken)) if taken.spent else None

    async def _waits(self) -> bool:
        """Hold marketing until waiting deliveries, possibly a STOP, are read; returns whether it waited."""
        needs = self._dependencies
        if not self._cursor.marketing or not await needs.unread.too_long(needs.statements):
            return False
        self._stand_aside()
        await asyncio.sleep(LONGEST_NAP_S)
        return True

    async def _look_again(self) -> None:
        with contextlib.suppress(*AWAY):
            async with self._dependencies.statements() as session:
                plan = await plans.plan(session, self._cursor.span.campaign_id)
            if plan is not None:
                self._account = _account(self._dependencies, plan)

    async def _more_later(self) -> bool:
        """With nobody left to claim, wait for open requests; returns whether a next try is due soon."""
        self._stand_aside()
        if self._open:
            await asyncio.wait(self._open, return_when=asyncio.FIRST_COMPLETED)
            return True
        await self._exit.recorder.flushed()
        wait = await self._next_try()
        if wait is None or wait > claims.SOON:
            return False
        self._next_try_due.note(wait)
        await asyncio.sleep(max(0.05, wait.total_seconds()))
        return True

    def _stand_aside(self) -> None:
        """Let another span claim; leftover slots would be long past by our next turn."""
        self._turn.leave()
        self._spare = NO_SLOTS

    async def _next_try(self) -> timedelta | None:
        try:
            async with self._dependencies.statements() as session:
                return await claims.next_try(session, self._cursor.span)
        except AWAY as error:
            log.warning("retries wait for the database: %s", type(error).__name__)
            return DATABASE_AWAY

    async def _rest(self, taken: Taken) -> timedelta:
        """How long until a restriction by Meta may have ended, or else until some budget is free."""
        if taken.pulse is not None and taken.pulse.rest is not None:
            return max(timedelta(seconds=1), taken.pulse.rest)
        async with self._dependencies.statements() as session:
            return await budget.wait(session, self._cursor.span.channel_id)

    async def _book(self) -> Booking:
        try:
            async with self._dependencies.statements() as session:
                return await book(session, self._cursor)
        except AWAY as error:
            log.warning("booking waits for the database: %s", type(error).__name__)
            return replace(NO_SLOTS, delay=DATABASE_AWAY)

    async def _halted(self, taken: Taken) -> bool:
        while True:
            try:
                return await halted(self._dependencies.sessions, self._cursor, taken)
            except AWAY:
                await asyncio.sleep(LONGEST_NAP_S)

    async def _take(self, booking: Booking) -> Taken:
        """Claim and send; the claim after the next waits until these have been sent.

        Claimed messages are sent even if this activity is cancelled in the meantime.
        """
        left = await self._exit.leaving.enter(booking.count)
        claiming = asyncio.create_task(self._claim_and_leave(booking, left))
        self._track(claiming)
        return await asyncio.shield(claiming)

    async def _claim_and_leave(self, booking: Booking, left: Callable[[], None]) -> Taken:
        try:
            taken = await self._claim(booking.count)
        except BaseException:
            left()
            raise
        self._track(asyncio.create_task(self._leave(taken, booking, left)))
        return taken

    async def _leave(self, taken: Taken, booking: Booking, left: Callable[[], None]) -> None:
        try:
            for item in taken.items:
                await self._exit.pacer.turn(booking.intervals)
                if self._breaker.is_tripped:
                    self._note(verdicts.held_back(item.message_id, item.attempt))
                    continue
                self._track(asyncio.create_task(self._send(item, taken.leave_by)))
        finally:
            left()

    def _track(self, task: asyncio.Task[Any]) -> None:
        """Make the end of this span wait for the task."""
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _claim(self, count: int) -> Taken:
        self._claims += 1
        leave_by = leases.leave_by(marketing=self._cursor.marketing)
        name = f"{self._owner}/{self._claims}"
        again = self._next_try_due.take()
        method = claim_again if again or not self._cursor.fresh_left else claim_fresh
        sessions = self._dependencies.statements, self._dependencies.sessions
        try:
            taken = await method(*sessions, self._cursor, count, name)
        except AWAY as error:
            log.warning("claiming waits for the database: %s", type(error).__name__)
            taken = await self._recover(name)
            again = True  # what was due may still be due
        taken = replace(taken, leave_by=leave_by)
        if again:
            full = len(taken.items) == count  # there may be more
            self._next_try_due.note(timedelta(0) if full else await self._next_try())
        return taken

    async def _recover(self, name: str) -> Taken:
        """The answer to a commit was lost: the claimed messages were never sent, so send them now."""
        while True:
            await asyncio.sleep(LONGEST_NAP_S)
            with contextlib.suppress(*AWAY):
                async with self._dependencies.sessions() as session:
                    items = await claims.claimed_by(session, self._cursor.span, name)
                    pulse = await pulses.pulse(session, self._cursor.span.campaign_id)
                # The seq has not moved: people without a message are found again.
                return Taken(pulse, items)

    async def _send(self, item: Sendable, leave_by: float) -> None:
        try:
            template = self._template.payload(item.variables)
        except (
            Invalid
        ) as invalid:  # frozen before the rule existed; only this person's message fails
            self._breaker.give_back()
            self._note(unmade(item.message_id, item.attempt, invalid))
            return
        content = {"to": item.phone, "type": "template", "template": template}
        with self._breaker.request():
            verdict, edge = await post(
                self._dependencies.api, self._account, self._edge,
                Post(item.message_id, item.attempt, content, leave_by), patient=True,
            )  # fmt: skip
        self._edge = edge or self._edge
        self._judge(verdict)
        self._note(verdict)

    def _judge(self, verdict: Verdict) -> None:
        """Tell the breaker; an expired claim says nothing about WhatsApp."""
        if verdict.answered:
            self._breaker.answered()
        elif verdict.outcome.detail == verdicts.EXPIRED:
            self._breaker.give_back()
        elif self._breaker.failed(doubtful=verdict.kind is ErrorKind.IN_DOUBT):
            log.warning("WhatsApp does not answer: one message at a time until it does")

    def _note(self, verdict: Verdict) -> None:
        outcome = verdict.outcome
        if outcome.state is MessageState.QUEUED and outcome.next_try_at is not None:
            self._next_try_due.note(outcome.next_try_at - outcome.at)
        span = self._cursor.span
        self._exit.recorder.add((span.channel_id, span.campaign_id), verdict)

    async def _settle(self) -> None:
        while self._open:
            await asyncio.wait(self._open)
        await self._exit.recorder.flushed()


def _account(dependencies: Dependencies, plan: plans.CampaignPlan) -> Account:
    return Account(
        plan.api_url, plan.api_version, dependencies.vault.decrypt(plan.access_token),
        plan.phone_number_id, plan.waba_id,
    )  # fmt: skip
