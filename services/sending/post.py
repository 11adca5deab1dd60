"""Make one request to WhatsApp and interpret its answer, or the lack of one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from domain.errors import Invalid
from domain.messages import MessageState
from services import clock
from services.sending import verdicts
from services.sending.verdicts import Verdict
from store.sending.outcomes import Outcome
from whatsapp import edges
from whatsapp.client import (
    Account,
    CallNotMade,
    CallUnanswered,
    ClaimExpired,
    CloudApi,
    CloudApiError,
)

WRONG_PARAMETER = 132012


@dataclass(frozen=True, slots=True)
class Post:
    """One attempt to send a message: ``content`` is the recipient, type and body of Meta's API.

    After ``leave_by``, a time of ``whatsapp.leases``, its claim has expired. ``late_again``: it is then claimed again,
    even if a single message would be returned to its author.
    """

    message_id: UUID
    attempt: int
    content: dict[str, Any]
    leave_by: float
    late_again: bool = False

    def body(self) -> bytes:
        """The request; Meta repeats the message and attempt in every status."""
        return orjson.dumps(
            {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                **self.content,
                "biz_opaque_callback_data": f"{self.message_id}:{self.attempt}",
            }
        )


def unmade(message_id: UUID, attempt: int, reason: Invalid) -> Verdict:
    """The message could not be built: for one person, the same as WhatsApp's wrong parameter."""
    state, now = MessageState.REJECTED, clock.now()
    outcome = Outcome(
        message_id, attempt, state, now, code=WRONG_PARAMETER, detail=reason.sentence.packed()
    )
    return Verdict(outcome)


async def post(
    api: CloudApi, account: Account, edge: str, message: Post, *, patient: bool
) -> tuple[Verdict, str | None]:
    """Send once; returns the verdict and the edge server that answered.

    ``patient`` messages may wait for minutes or more; a chat reply may not.
    """
    try:
        sent = await edges.send(api, account, message.body(), edge, message.leave_by)
    except (CloudApiError, CallNotMade, CallUnanswered) as error:
        now, late = clock.now(), message.late_again and isinstance(error, ClaimExpired)
        return verdicts.failed(
            message.message_id, message.attempt, error, now, patient=patient or late
        ), None
    return verdicts.accepted(
        message.message_id, message.attempt, sent.wamid, clock.now()
    ), sent.edge
