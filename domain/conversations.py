"""States of a conversation in the shared inbox."""

from enum import StrEnum


class ConversationStatus(StrEnum):
    """What the team still owes the customer."""

    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"
