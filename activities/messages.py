"""Send one message from the inbox, the API or an automation."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.dependencies import Dependencies
from activities.recorder import AWAY, RETRY_S
from domain.messages import MessageState
from services import clock
from services.sending import single
from services.sending.post import post
from services.sending.record import record
from services.sending.single import NotYet, SingleClaim
from services.sending.verdicts import Verdict
from store.faults import is_away

RECORD_S = 60.0
"""How long an outcome waits for the database before the message counts as in doubt."""

MOMENT = timedelta(seconds=2)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SendMessage:
    """Which message."""

    message_id: UUID


class MessageSending:
    """The activity of single sends."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    @activity.defn(name="messages.send")
    async def send(self, request: SendMessage) -> str:
        """Send once; a retry of a lost attempt marks it unknown instead of sending again."""
        try:
            claim = await self._claim(request.message_id)
        except NotYet:
            raise try_again(MOMENT) from None
        if claim is None:
            return "settled"
        verdict = await self.post(claim)
        await self.record(claim, verdict)
        if verdict.outcome.state is MessageState.QUEUED:
            raise try_again((verdict.outcome.next_try_at or clock.now()) - clock.now())
        return verdict.outcome.state.value

    async def _claim(self, message_id: UUID) -> SingleClaim | None:
        name = uuid4().hex
        needs = self._dependencies
        while True:
            news_wait = await needs.unread.too_long(needs.statements)
            async with needs.sessions.begin() as session:
                claim = await single.claim(
                    session, needs.vault, message_id, name, news_wait=news_wait
                )
            if not isinstance(claim, timedelta):
                return claim
            await asyncio.sleep(max(0.01, claim.total_seconds()))

    async def post(self, claim: SingleClaim) -> Verdict:
        """Make the request when its turn has come."""
        await asyncio.sleep(max(0.0, claim.delay.total_seconds()))
        verdict, _ = await post(
            self._dependencies.api, claim.account, claim.edge, claim.post, patient=False
        )
        return verdict

    async def record(self, claim: SingleClaim, verdict: Verdict) -> None:
        """Write the outcome; the message was sent, so wait for an unavailable or locked database."""
        patience = time.monotonic() + RECORD_S
        while True:
            try:
                async with self._dependencies.sessions.begin() as session:
                    await record(session, claim.channel_id, None, [verdict])
            except AWAY as error:
                if not is_away(error) or time.monotonic() > patience:
                    raise
                log.warning("an outcome waits for the database: %s", type(error).__name__)
                await asyncio.sleep(RETRY_S)
            else:
                return


def try_again(wait: timedelta) -> ApplicationError:
    """The error that makes Temporal try again after a while."""
    return ApplicationError(
        "try_again", next_retry_delay=max(wait, timedelta(seconds=1)),
        category=ApplicationErrorCategory.BENIGN,
    )  # fmt: skip
