"""Why a message did not arrive, in a sentence a person can act on."""

from domain.messages import MessageState
from whatsapp.errors import ErrorKind, classify

NOT_SENT = (MessageState.FAILED, MessageState.REJECTED, MessageState.REFUSED)
"""States in which the person certainly did not get the message."""

REFUSALS = {
    "contact_deleted": "This contact was deleted.",
    "contact_blocked": "This contact is blocked. Unblock them to write again.",
    "opted_out": "This contact stopped marketing messages.",
    "window_closed": "More than 24 hours passed since the customer last wrote. Send a template.",
    "channel_disconnected": "This number is no longer connected.",
    "channel_token": "The access token of this number no longer works. Renew it under Channels.",
    "channel_payment": "WhatsApp needs a valid payment method for this number.",
    "channel_policy": "WhatsApp has restricted this number.",
    "channel_spam_limit": "WhatsApp limits this number because people reported its messages.",
    "channel_not_registered": "This number is not registered with WhatsApp.",
    "channel_display_name": "WhatsApp has not approved the display name of this number.",
}

_CODES = {
    130403: "This contact blocked you, or you blocked them in WhatsApp.",
    130472: "WhatsApp held this marketing message back as part of an experiment.",
    131021: "This is the number you are sending from.",
    131026: "This number is not on WhatsApp, or cannot get this kind of message.",
    131030: "In test mode WhatsApp only delivers to numbers on its allow list.",
    131049: "WhatsApp limits how much marketing this person gets. Try again in a day or two.",
    131052: "The file could not be fetched. Send it again.",
    131053: "WhatsApp could not use this file. Check its type and size.",
    132000: "The number of variables does not fit the template.",
    132001: "This template no longer exists in this language.",
    132012: "A variable has the wrong format for this template.",
    132015: "WhatsApp paused this template.",
    132016: "WhatsApp switched this template off.",
}

_KINDS = {
    ErrorKind.THROTTLED: "WhatsApp takes no more messages from this number right now. Try again.",
    ErrorKind.RETRY: "WhatsApp could not take the message at that moment. Try again.",
    ErrorKind.PAIR: "Too many messages to this person in a short time. Wait a little.",
    ErrorKind.DEFER: "WhatsApp limits how much marketing this person gets. Try again in a day or two.",
    ErrorKind.CONTACT: "WhatsApp cannot reach this person.",
    ErrorKind.OPTED_OUT: "This contact stopped marketing messages.",
    ErrorKind.WINDOW: "More than 24 hours passed since the customer last wrote. Send a template.",
    ErrorKind.TEMPLATE: "This template cannot be sent at the moment.",
    ErrorKind.CHANNEL: "This number cannot send at the moment. Look at it under Channels.",
    ErrorKind.MEDIA: "WhatsApp could not use this file.",
}


def refusal(reason: str) -> str:
    """The sentence for a reason of our own gate."""
    return REFUSALS.get(reason, "This number cannot send at the moment. Look at it under Channels.")


def sentence(state: MessageState, code: int | None, detail: str | None) -> str | None:
    """Why a message is where it is; None when nothing went wrong."""
    if state is MessageState.UNKNOWN:
        return "WhatsApp did not confirm this message. It may have arrived; it is not sent again by itself."
    if state not in NOT_SENT:
        return None
    if state is MessageState.REFUSED:
        return refusal(detail or "")
    if code is None:
        return "WhatsApp could not be reached."
    known = _CODES.get(code) or _KINDS.get(classify(code))
    return known or f"WhatsApp refused the message: {detail or code}."
