"""Send one span of a campaign: claim a few, call WhatsApp, record, until nobody is left in it."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.dependencies import Dependencies
from activities.pacing import Pacer
from activities.recorder import Recorder
from domain.templates import Compiled, compile_payload
from services.sending import verdicts
from services.sending.claim import Booking, Claim, Cursor, book, claim
from store.sending import claims, plans
from store.sending.claims import Sendable, Span
from whatsapp.client import Account, CallNotMade, CallUnanswered, CloudApiError

IN_FLIGHT = 100
"""Requests one span keeps open; with the claims waiting to leave, what a crash leaves in doubt."""

LEAVING_AT_ONCE = 2
LONGEST_NAP_S = 0.5
DATABASE_AWAY = timedelta(milliseconds=500)
HEARTBEAT_S = 1.0

AWAY = (DBAPIError, PoolTimeoutError, OSError)
"""What SQLAlchemy and the driver raise while the database is away."""

NOTHING = Claim(last_seq=0)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SendBatch:
    """The span of a campaign to send: recipients ``low`` to ``high``, both included."""

    campaign_id: UUID
    low: int
    high: int


@dataclass(frozen=True)
class BatchSent:
    """How a span ended: ``halted`` when it was paused or stopped before its end."""

    halted: bool


class CampaignSending:
    """The activity that sends."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._exit = Exit(Pacer(), asyncio.Semaphore(LEAVING_AT_ONCE))

    @activity.defn(name="campaigns.send_batch")
    async def send_batch(self, request: SendBatch) -> BatchSent:
        """Send a span; safe to run again, and while a forgotten twin still runs."""
        async with self._dependencies.sessions() as session:
            plan = await plans.plan(session, request.campaign_id)
        if plan is None:
            raise ApplicationError("campaign_gone", non_retryable=True)
        return await _SpanSender(self._dependencies, self._exit, plan, request).run()


@dataclass(frozen=True)
class Exit:
    """What all spans of a worker pass on the way out.

    ``leaving`` holds claims until their messages have left: what is claimed and has not left is
    what a crash leaves in doubt, so no more of it exists than two claims' worth.
    """

    pacer: Pacer
    leaving: asyncio.Semaphore


class _SpanSender:
    """One run of one span."""

    def __init__(
        self,
        dependencies: Dependencies,
        way_out: Exit,
        plan: plans.CampaignPlan,
        request: SendBatch,
    ) -> None:
        self._dependencies = dependencies
        self._exit = way_out
        self._owner = uuid4().hex
        self._claims = 0
        span = Span(request.campaign_id, plan.channel_id, request.low, request.high)
        marketing = plan.template.get("category") == "MARKETING"
        self._cursor = Cursor(span, marketing, after=request.low - 1)
        self._template: Compiled = compile_payload(plan.template)
        self._account = Account(
            plan.api_url, plan.api_version, dependencies.vault.decrypt(plan.access_token),
            plan.phone_number_id, plan.waba_id,
        )  # fmt: skip
        self._open: set[asyncio.Task[None]] = set()
        self._recorder = Recorder(dependencies.sessions, plan.channel_id, request.campaign_id)

    async def run(self) -> BatchSent:
        """Claim and send until the span is empty, halted, or the worker must stop."""
        beat = asyncio.create_task(_heartbeat())
        try:
            return BatchSent(halted=await self._drain())
        finally:
            # What has left must be recorded, also when this activity is being cancelled.
            await asyncio.shield(self._settle())
            beat.cancel()

    async def _drain(self) -> bool:
        async with self._dependencies.sessions.begin() as session:
            await claims.abandon_others(session, self._cursor.span, self._owner)
        while not activity.is_worker_shutdown():
            while len(self._open) >= IN_FLIGHT:
                await asyncio.wait(self._open, return_when=asyncio.FIRST_COMPLETED)
            booking = await self._book()
            await asyncio.sleep(min(booking.delay.total_seconds(), LONGEST_NAP_S))
            taken = await self._take(booking) if booking.count else NOTHING
            if booking.halted or taken.halted:
                return True
            if booking.count and taken.exhausted and not await self._more_later():
                return False
        raise ApplicationError("worker_shutdown")

    async def _more_later(self) -> bool:
        """With nobody left to claim: wait for what is open; whether a retry is due soon."""
        if self._open:
            await asyncio.wait(self._open, return_when=asyncio.FIRST_COMPLETED)
            return True
        await self._recorder.flushed()
        async with self._dependencies.sessions() as session:
            wait = await claims.next_try(session, self._cursor.span)
        if wait is None or wait > claims.SOON:
            return False
        await asyncio.sleep(max(0.05, wait.total_seconds()))
        return True

    async def _book(self) -> Booking:
        try:
            async with self._dependencies.sessions.begin() as session:
                return await book(session, self._cursor.span)
        except AWAY as error:
            log.warning("booking waits for the database: %s", type(error).__name__)
            return Booking(delay=DATABASE_AWAY)

    async def _take(self, booking: Booking) -> Claim:
        """Claim and let leave; the next claim waits until these have left."""
        async with self._exit.leaving:
            taken = await self._claim(booking.count)
            # Whoever is claimed leaves, also when this activity is cancelled meanwhile.
            leaving = asyncio.create_task(self._let_leave(taken, booking))
            self._track(leaving)
            await asyncio.shield(leaving)
        return taken

    async def _let_leave(self, taken: Claim, booking: Booking) -> None:
        for item in taken.items:
            await self._exit.pacer.turn(booking.intervals)
            self._track(asyncio.create_task(self._send(item)))

    def _track(self, task: asyncio.Task[None]) -> None:
        """The end of this span waits for the task."""
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _claim(self, count: int) -> Claim:
        self._claims += 1
        name = f"{self._owner}/{self._claims}"
        try:
            async with self._dependencies.sessions.begin() as session:
                taken = await claim(session, self._cursor, count, name)
        except AWAY as error:
            log.warning("claiming waits for the database: %s", type(error).__name__)
            return await self._recover(name)
        if taken.last_seq is not None:
            self._cursor.after = taken.last_seq
        elif taken.exhausted:
            self._cursor.fresh_left = False
        return taken

    async def _recover(self, name: str) -> Claim:
        """The answer to a commit was lost: what the claim holds was never sent, so send it now."""
        while True:
            await asyncio.sleep(LONGEST_NAP_S)
            with contextlib.suppress(*AWAY):
                async with self._dependencies.sessions() as session:
                    items = await claims.claimed_by(session, self._cursor.span, name)
                # The seq stands where it stood: people without a message are found again.
                return Claim(items, self._cursor.after)

    async def _send(self, item: Sendable) -> None:
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": item.phone,
            "type": "template",
            "template": self._template.payload(item.variables),
            "biz_opaque_callback_data": f"{item.message_id}:{item.attempt}",
        }
        try:
            wamid = await self._dependencies.api.send_bytes(self._account, orjson.dumps(message))
        except (CloudApiError, CallNotMade, CallUnanswered) as error:
            verdict = verdicts.failed(
                item.message_id, item.attempt, error, datetime.now(UTC), patient=True
            )
        else:
            verdict = verdicts.accepted(item.message_id, item.attempt, wamid, datetime.now(UTC))
        self._recorder.add(verdict)

    async def _settle(self) -> None:
        while self._open:
            await asyncio.wait(self._open)
        await self._recorder.close()


async def _heartbeat() -> None:
    """Tell Temporal that this span is alive; a cancellation comes back the same way."""
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT_S)
