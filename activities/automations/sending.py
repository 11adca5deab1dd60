"""Send the messages of a step, one after the other, each at most once."""

import asyncio
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
from services.sending.single import NotYet, SingleClaim
from store.automations import steps


class Sending:
    """The activities of nodes that send."""

    def __init__(self, dependencies: Dependencies, versions: Versions) -> None:
        self._dependencies, self._versions = dependencies, versions
        self._messages = MessageSending(dependencies)

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
        needs, name = self._dependencies, uuid4().hex
        sender = Sender(needs.vault, name, partial(needs.unread.too_long, needs.statements))
        async with beating():
            return await self._send_all(request, sender)

    async def _send_all(self, request: StepRef, sender: Sender) -> Decision:
        while True:
            try:
                claimed = await self._claimed(request, sender)
            except NotYet:
                raise try_again(MOMENT) from None
            if isinstance(claimed, Decision):
                return claimed
            if isinstance(claimed, timedelta):
                await asyncio.sleep(max(0.01, claimed.total_seconds()))
                continue
            verdict = await self._messages.post(claimed)
            await self._messages.record(claimed, verdict)
            if verdict.outcome.state is MessageState.QUEUED:
                raise try_again((verdict.outcome.next_try_at or clock.now()) - clock.now())

    async def _claimed(
        self, request: StepRef, sender: Sender
    ) -> SingleClaim | timedelta | Decision:
        """The next message of the step, claimed; or what follows when all have been dealt with, or one failed."""
        async with self._dependencies.sessions.begin() as session:
            moving = await deciding.effect_at_work(
                session, self._versions, request.run_id, request.step
            )
            if isinstance(moving, Decision):
                return moving
            sent, known = Sent(), await sending.standing(session, moving)
            for place in range(len(sending.sayings(moving))):
                if place in known.done:
                    continue
                if not await sending.may_send(session, moving, place, known):
                    return await deciding.decide(session, self._versions, request.run_id)
                found = await sending.claim(session, sender, moving, place)
                if not isinstance(found, Sent):
                    return found
                sent = Sent(found.failure, sent.in_doubt or found.in_doubt)
                if sent.failure:
                    break
            return await self._over(session, moving, request.step, sent)

    async def _over(self, session: AsyncSession, moving: Moving, step: int, sent: Sent) -> Decision:
        if sent.in_doubt:
            await steps.remark(session, moving.run.id, step, Reason.OUTCOME_UNKNOWN)
        done = (
            Done(step=step, branch=FAILED, failure=sent.failure)
            if sent.failure
            else Done(step=step)
        )
        return await deciding.settle(session, moving, done)
