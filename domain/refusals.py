"""Why our own gate refuses a message: every reason by its one name."""

from enum import StrEnum


class Refusal(StrEnum):
    """In the order in which the gate asks. On record and in the API, so a name never changes.

    Decided in ``store.gate``, but for BUDGET_SPENT, which is counted where it is reserved (``store.sending.budget``),
    and SAME_PERSON, which is the end of a place in a campaign whose person turned out to have another one.
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
