"""Why our own gate refuses a message: one name for every reason."""

from enum import StrEnum


class Refusal(StrEnum):
    """In the order the gate checks. Stored and in the API, so names never change.

    Decided in ``store.gate``, except BUDGET_SPENT, which is counted where it is reserved (``store.sending.budget``),
    and SAME_PERSON, for a second place in a campaign of someone who already has one.
    """

    CONTACT_DELETED = "contact_deleted"
    CONTACT_BLOCKED = "contact_blocked"
    OPTED_OUT = "opted_out"
    US_MARKETING = "us_marketing"
    WINDOW_CLOSED = "window_closed"
    CHANNEL_DISCONNECTED = "channel_disconnected"
    CHANNEL_REMOVED = "channel_removed"
    CHANNEL_RECONNECTED = "channel_reconnected"
    CHANNEL_TOKEN = "channel_token"  # noqa: S105 - no password
    CHANNEL_PAYMENT = "channel_payment"
    CHANNEL_POLICY = "channel_policy"
    CHANNEL_SPAM_LIMIT = "channel_spam_limit"
    CHANNEL_NOT_REGISTERED = "channel_not_registered"
    CHANNEL_DISPLAY_NAME = "channel_display_name"
    TEMPLATE = "template"
    RESTRICTED_REPLIES = "restricted_replies"
    RESTRICTED_UTILITY = "restricted_utility"
    RESTRICTED = "restricted"
    BUDGET_SPENT = "budget_spent"
    SAME_PERSON = "same_person"
