"""Why one message did not arrive, in a sentence a person can act on."""

from collections.abc import Mapping

from domain import causes
from domain.messages import MessageState
from domain.refusals import Refusal

NOT_SENT = (MessageState.FAILED, MessageState.REJECTED, MessageState.REFUSED)
"""States in which the person certainly did not get the message."""

_REFUSALS: Mapping[str, str] = {
    Refusal.CONTACT_DELETED: "This contact was deleted.",
    Refusal.CONTACT_BLOCKED: "This contact is blocked. Unblock them to write again.",
    Refusal.OPTED_OUT: "This contact stopped marketing messages. Other templates can still be sent.",
    Refusal.US_MARKETING: "WhatsApp delivers no marketing to numbers of the United States.",
    Refusal.WINDOW_CLOSED: (
        "More than 24 hours passed since the customer last wrote. Send a template."
    ),
    Refusal.CHANNEL_DISCONNECTED: "This WhatsApp number is disconnected. Reconnect it to send.",
    Refusal.CHANNEL_REMOVED: (
        "Meta says that this number was taken from your app. Connect it again at Meta."
    ),
    Refusal.CHANNEL_RECONNECTED: (
        "Meta says that this number is connected again. Check the connection on its page."
    ),
    Refusal.CHANNEL_TOKEN: (
        "WhatsApp no longer accepts the access token of this number. Enter a new one on its page."
    ),
    Refusal.CHANNEL_PAYMENT: (
        "WhatsApp has a problem with your payment method. Check it in WhatsApp Manager."
    ),
    Refusal.CHANNEL_POLICY: "WhatsApp restricted your account. WhatsApp Manager says why.",
    Refusal.CHANNEL_SPAM_LIMIT: (
        "Too many people blocked or reported this number. Its page says what to do."
    ),
    Refusal.CHANNEL_NOT_REGISTERED: (
        "This number is not registered with WhatsApp. Register it in WhatsApp Manager."
    ),
    Refusal.CHANNEL_DISPLAY_NAME: (
        "WhatsApp has not approved the display name of this number. Wait for the review, or choose another."
    ),
    Refusal.TEMPLATE: (
        "WhatsApp does not take messages with this template now. Choose another one."
    ),
    Refusal.RESTRICTED_REPLIES: (
        "WhatsApp restricts answers from this number for a time. See its page."
    ),
    Refusal.RESTRICTED_UTILITY: (
        "WhatsApp restricts utility templates of this number for a time. See its page."
    ),
    Refusal.RESTRICTED: (
        "WhatsApp restricts this number for a time: only answers to people who wrote lately may go."
    ),
    Refusal.BUDGET_SPENT: (
        "Your business has reached its daily limit of new people. Try again tomorrow."
    ),
    Refusal.SAME_PERSON: "This person is in the campaign twice and gets it once.",
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
