"""Send the messages of a step, one after the other, each at most once."""

import asyncio
import logging
from datetime import timedelta
from functools import partial
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.automations.deciding import StepRef
from activities.dependencies import Dependencies
from activities.heartbeat import beating
from activities.messages import MOMENT, MessageSending, try_again
from domain.automations.decisions import Decision
from domain.automations.nodes import FAILED
from domain.automations.reasons import Reason
from domain.automations.states import Done
from domain.error_codes import ErrorKind
from domain.messages import MessageState
from services import clock
from services.automations import deciding, sending
from services.automations.deciding import Moving
from services.automations.sending import Sender, Sent
from services.automations.versions import Versions
from services.messages import media
from services.messages.outgoing_files import NotNow, Uploader, Wanted
from services.messages.shelf import Shelf
from services.sending.record import record
from services.sending.single import NotYet, SingleClaim
from services.sending.verdicts import Verdict
from store import outgoing_files
from store.automations import steps
from store.together import Transactions

_OF_FILES = {ErrorKind.MEDIA, ErrorKind.REQUEST}
"""Why a message is rejected whose file WhatsApp no longer has."""

log = logging.getLogger(__name__)


class Sending:
    """The activities of nodes that send."""

    def __init__(self, dependencies: Dependencies, versions: Versions) -> None:
        self._dependencies, self._versions = dependencies, versions
        self._messages = MessageSending(dependencies)
        self._uploader = Uploader(
            dependencies.sessions,
            dependencies.vault,
            dependencies.api,
            Shelf(dependencies.data_dir),
        )
        start = dependencies.background.start
        self._claims = Transactions(dependencies.sessions, start)
        self._outcomes = Transactions(dependencies.sessions, start, for_nobody=True)

    @activity.defn(name="automations.send_template")
    async def send_template(self, request: StepRef) -> Decision:
        """Send a template."""
        return await self._send(request)

    @activity.defn(name="automations.custom_reply")
    async def custom_reply(self, request: StepRef) -> Decision:
        """Send free-form messages."""
        return await self._send(request)

    @activity.defn(name="automations.user_reply")
    async def user_reply(self, request: StepRef) -> Decision:
        """Ask a question."""
        return await self._send(request)

    async def _send(self, request: StepRef) -> Decision:
        """Send what has not been sent; the transaction that finds nothing left decides what follows."""
        async with beating():
            return await self._send_all(request)

    async def _send_all(self, request: StepRef) -> Decision:
        needs = self._dependencies
        while True:
            # Asked before the transaction: it holds locks, and others share it.
            news_wait = await needs.unread.too_long(needs.statements)
            claiming = partial(self._claim, request=request, news_wait=news_wait)
            found = await self._claims.run(request.run_id, claiming)
            if isinstance(found, Decision):
                return found
            if isinstance(found, NotYet):
                raise try_again(MOMENT)
            if isinstance(found, timedelta):
                await asyncio.sleep(max(0.01, found.total_seconds()))
                continue
            if isinstance(found, Wanted):
                decision = await self._upload(request, found)
            else:
                decision = await self._post(request, found)
            if decision is not None:
                return decision

    async def _upload(self, request: StepRef, wanted: Wanted) -> Decision | None:
        """Put a file at WhatsApp before its message is stored; what follows if that cannot be."""
        try:
            failure = await self._uploader.upload(wanted)
        except NotNow:
            raise try_again(MOMENT) from None
        if not failure:
            return None
        failing = partial(self._fail, request=request, failure=failure)
        return await self._outcomes.run(request.run_id, failing)

    async def _fail(self, session: AsyncSession, request: StepRef, failure: str) -> Decision:
        moving = await deciding.effect_at_work(
            session, self._versions, request.run_id, request.step
        )
        if isinstance(moving, Decision):
            return moving
        return await self._over(session, moving, request.step, Sent(failure=failure))

    async def _post(self, request: StepRef, claim: SingleClaim) -> Decision | None:
        """Send a message, and write down what came of it; what follows if it was the only one of its step."""
        verdict = await self._messages.post(claim)
        outcome = verdict.outcome
        if outcome.state is MessageState.QUEUED:
            await self._messages.record(claim, verdict)
            raise try_again((outcome.next_try_at or clock.now()) - clock.now())
        try:
            recording = partial(self._record, request=request, claim=claim, verdict=verdict)
            return await self._outcomes.run(request.run_id, recording)
        except Exception as error:  # noqa: BLE001 - what it was about is known and written, however long that takes
            log.warning("an outcome is written alone: %s", type(error).__name__)
            await self._messages.record(claim, verdict)
            return None

    async def _claim(
        self, session: AsyncSession, request: StepRef, *, news_wait: bool
    ) -> SingleClaim | timedelta | NotYet | Wanted | Decision:
        """The next message of the step, claimed; or what follows when all have been dealt with, or one failed."""
        # A name for each transaction: what one claimed whose commit was lost is in doubt for the next.
        sender = Sender(self._dependencies.vault, uuid4().hex, news_wait)
        moving = await deciding.effect_at_work(
            session, self._versions, request.run_id, request.step
        )
        if isinstance(moving, Decision):
            return moving
        found = await self._next(session, sender, moving)
        if found is None:
            return await deciding.decide(session, self._versions, request.run_id)
        if not isinstance(found, Sent):
            return found
        return await self._over(session, moving, request.step, found)

    async def _record(
        self, session: AsyncSession, request: StepRef, claim: SingleClaim, verdict: Verdict
    ) -> Decision | None:
        """Write what came of a message, and decide what follows if the step has no other. It claims nothing: an update
        of this message may be waiting for this transaction, and hold a conversation.
        """
        moving = await deciding.effect_at_work(
            session, self._versions, request.run_id, request.step
        )
        await record(session, claim.channel_id, None, [verdict])
        if verdict.outcome.state is MessageState.REJECTED and verdict.kind in _OF_FILES:
            await self._forget_file(session, claim)
        if isinstance(moving, Decision):
            return moving
        if len(sending.sayings(moving)) > 1:
            return None
        sent = sending.settled(verdict.outcome.state, None)
        return await self._over(session, moving, request.step, sent)

    async def _forget_file(self, session: AsyncSession, claim: SingleClaim) -> None:
        """Upload its file again for the next message: it may have been refused for that."""
        content = claim.post.content
        if found := media.media_id(str(content.get("type")), content):
            await outgoing_files.forget_id(session, claim.channel_id, found)

    async def _next(
        self, session: AsyncSession, sender: Sender, moving: Moving
    ) -> SingleClaim | timedelta | NotYet | Wanted | Sent | None:
        """The next message of the step, claimed; or why not yet, or how all of them went; None if a guard halted the
        automation.
        """
        sent, known = Sent(), await sending.standing(session, moving)
        for place in range(len(sending.sayings(moving))):
            if place in known.done:
                continue
            if not await sending.may_send(session, moving, place, known):
                return None
            try:
                found = await sending.claim(session, sender, moving, place, known)
            except NotYet as error:
                return error
            if not isinstance(found, Sent):
                return found
            sent = Sent(found.failure, sent.in_doubt or found.in_doubt)
            if sent.failure:
                break
        return sent

    async def _over(self, session: AsyncSession, moving: Moving, step: int, sent: Sent) -> Decision:
        if sent.in_doubt:
            await steps.remark(session, moving.run.id, step, Reason.OUTCOME_UNKNOWN)
        done = (
            Done(step=step, branch=FAILED, failure=sent.failure)
            if sent.failure
            else Done(step=step)
        )
        return await deciding.settle(session, moving, done)
