"""Why one message did not arrive, in a sentence a person can act on."""

from domain import causes
from domain.messages import MessageState

NOT_SENT = (MessageState.FAILED, MessageState.REJECTED, MessageState.REFUSED)
"""States in which the person certainly did not get the message."""

_REFUSALS = {
    "contact_deleted": "This contact was deleted.",
    "contact_blocked": "This contact is blocked. Unblock them to write again.",
    "same_person": "This person is in the campaign twice and gets it once.",
    "opted_out": "This contact stopped marketing messages. Other templates can still be sent.",
    "us_marketing": "WhatsApp delivers no marketing to numbers of the United States.",
    "budget_spent": "Your business has reached its daily limit of new people. Try again tomorrow.",
    "template": "WhatsApp does not take messages with this template now. Choose another one.",
    "restricted": (
        "WhatsApp restricts this number for a time: only answers to people who wrote lately may go."
    ),
    "restricted_replies": "WhatsApp restricts answers from this number for a time. See its page.",
    "restricted_utility": "WhatsApp restricts service templates of this number for a time.",
    "window_closed": "More than 24 hours passed since the customer last wrote. Send a template.",
}

_UNKNOWN = (
    "WhatsApp did not confirm this message. It may have arrived, so it is not sent again by itself."
)


def refusal(reason: str) -> str:
    """The sentence for a reason of our own gate."""
    return _REFUSALS.get(reason) or f"{causes.cause_of(None, reason).title}."


def sentence(state: MessageState, code: int | None, detail: str | None) -> str | None:
    """Why a message is where it is; None when nothing went wrong."""
    if state is MessageState.UNKNOWN:
        return _UNKNOWN
    if state not in NOT_SENT:
        return None
    if code is None:
        return refusal(detail or "")
    return f"{causes.cause_of(code, detail).title}."
