"""The states of a message, which only move forward."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class MessageChange(StrEnum):
    """What the author of a message may do to it afterwards."""

    EDIT = "edit"
    REVOKE = "revoke"


class Direction(StrEnum):
    """Who wrote a message."""

    INBOUND = "in"
    OUTBOUND = "out"


class Origin(StrEnum):
    """What asked for a message."""

    CUSTOMER = "customer"
    CAMPAIGN = "campaign"
    INBOX = "inbox"
    AUTOMATION = "automation"
    API = "api"
    BUSINESS_APP = "business_app"  # written in the WhatsApp Business app on the same number


class MessageState(StrEnum):
    """Life of an outbound message; an inbound one is always RECEIVED.

    queued → sending → accepted | rejected | unknown, then by webhooks
    sent → delivered → read → played, or failed. ``refused`` means our own gate said no.
    """

    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    REJECTED = "rejected"
    FAILED = "failed"
    REFUSED = "refused"


STATUS_RANK: dict[MessageState, int] = {
    MessageState.QUEUED: 0,
    MessageState.SENDING: 1,
    MessageState.UNKNOWN: 2,
    MessageState.ACCEPTED: 3,
    MessageState.SENT: 4,
    MessageState.FAILED: 5,
    MessageState.DELIVERED: 6,
    MessageState.READ: 7,
    MessageState.PLAYED: 8,
}
"""A status applies only when its rank is higher: failed beats accepted and sent, never delivered."""

LANDED: tuple[MessageState, ...] = (
    MessageState.ACCEPTED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.READ,
    MessageState.PLAYED,
)
"""States in which WhatsApp has taken the message and nothing has gone wrong since."""


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages a list shows; None lets everything through."""

    channel_id: UUID | None = None
    contact_id: UUID | None = None
    campaign_id: UUID | None = None
    state: str | None = None
