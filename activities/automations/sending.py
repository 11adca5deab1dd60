"""Send the messages of a step, one after the other, each at most once."""

import asyncio
from dataclasses import dataclass
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
from domain.messages import MessageState
from services import clock
from services.automations import deciding, sending
from services.automations.deciding import Moving
from services.automations.sending import Sender, Sent
from services.automations.versions import Versions
from services.sending.record import record
from services.sending.single import NotYet, SingleClaim
from services.sending.verdicts import Verdict
from store.automations import steps
from store.together import Transactions


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was handed to WhatsApp, and what came of it."""

    claim: SingleClaim
    verdict: Verdict


class Sending:
    """The activities of nodes that send."""

    def __init__(self, dependencies: Dependencies, versions: Versions) -> None:
        self._dependencies, self._versions = dependencies, versions
        self._messages = MessageSending(dependencies)
        self._transactions = Transactions(dependencies.sessions)

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
        posted: Posted | None = None
        while True:
            try:
                following = partial(self._following, request=request, posted=posted)
                found = await self._transactions.run(request.run_id, following)
            except Exception:
                if posted is None:
                    raise
                await self._keep(posted)  # whatever came of it, the outcome is known
                posted = None
                continue
            posted = None
            if isinstance(found, Decision):
                return found
            if isinstance(found, NotYet):
                raise try_again(MOMENT)
            if isinstance(found, timedelta):
                await asyncio.sleep(max(0.01, found.total_seconds()))
                continue
            posted = Posted(found, await self._messages.post(found))
            outcome = posted.verdict.outcome
            if outcome.state is MessageState.QUEUED:
                await self._keep(posted)
                raise try_again((outcome.next_try_at or clock.now()) - clock.now())

    async def _keep(self, posted: Posted | None) -> None:
        """Write an outcome in a transaction of its own, however long that takes."""
        if posted is not None:
            await self._messages.record(posted.claim, posted.verdict)

    async def _following(
        self, session: AsyncSession, request: StepRef, posted: Posted | None
    ) -> SingleClaim | timedelta | NotYet | Decision:
        """Write what came of a message; then the next one of the step, claimed, or what follows when all have been
        dealt with, or one failed.
        """
        moving = await deciding.effect_at_work(
            session, self._versions, request.run_id, request.step
        )
        if posted is not None:
            await record(session, posted.claim.channel_id, None, [posted.verdict])
        if isinstance(moving, Decision):
            return moving
        if posted is not None and len(sending.sayings(moving)) == 1:
            found: SingleClaim | timedelta | NotYet | Sent | None = sending.settled(
                posted.verdict.outcome.state, None
            )
        else:
            found = await self._next(session, moving)
        if found is None:
            return await deciding.decide(session, self._versions, request.run_id)
        if not isinstance(found, Sent):
            return found
        return await self._over(session, moving, request.step, found)

    async def _next(
        self, session: AsyncSession, moving: Moving
    ) -> SingleClaim | timedelta | NotYet | Sent | None:
        """The next message of the step, claimed; or why not yet, or how all of them went; None if a guard halted the
        automation.
        """
        needs = self._dependencies
        news_wait = partial(needs.unread.too_long, needs.statements)
        # A name for each transaction: what one claimed whose commit was lost is in doubt for the next.
        sender = Sender(needs.vault, uuid4().hex, news_wait)
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
