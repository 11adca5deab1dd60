"""Why one message did not arrive."""

from domain import causes
from domain.messages import MessageState
from domain.refusals import Refusal
from domain.sentences import Sentence

NOT_SENT = (MessageState.FAILED, MessageState.REJECTED, MessageState.REFUSED)
"""States in which the person certainly did not get the message."""

REFUSALS = frozenset(map(str, Refusal))
"""The gate's reasons, each with its own sentence."""


def refusal(reason: str) -> Sentence:
    """The sentence for a reason of our own gate."""
    return Sentence(reason) if reason in REFUSALS else _of(causes.cause_of(None, reason))


def sentence(state: MessageState, code: int | None, detail: str | None) -> Sentence | None:
    """Why a message is in its state; None when nothing went wrong."""
    if state is MessageState.UNKNOWN:
        return Sentence("message_unconfirmed")
    if state not in NOT_SENT:
        return None
    return refusal(detail or "") if code is None else _of(causes.cause_of(code, detail))


def _of(cause: causes.Cause) -> Sentence:
    return Sentence("message_cause", cause=cause.title)
