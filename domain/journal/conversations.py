"""What happens in conversations: messages, windows, and what the team does with them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.journal.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFact(Fact, entity="conversation", key="conversation_id"):
    """Something that happened to a conversation with somebody, or in a group."""

    conversation_id: UUID
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStarted(ConversationFact, kind="conversation.started"):
    """Somebody opened the conversation with a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAssigned(ConversationFact, kind="conversation.assigned"):
    """It was assigned to someone on the team, or unassigned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStatusChanged(ConversationFact, kind="conversation.status_changed"):
    """It was resolved, snoozed or reopened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRead(ConversationFact, kind="conversation.read"):
    """Someone on the team read its unread messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationMerged(ConversationFact, kind="conversation.merged"):
    """Two contacts were one person: the conversation is now ``contact_id``'s and in ``kept``, which may be itself."""

    kept: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOpened(ConversationFact, kind="window.opened"):
    """Its 24-hour window opened; the row has any later ``deadline``."""

    opened_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowExpired(ConversationFact, kind="window.expired"):
    """Its 24-hour window closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFact(ConversationFact, entity="message", key="message_id"):
    """Something that happened to a message."""

    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(MessageFact, kind="message.received"):
    """A customer wrote to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReleased(MessageFact, kind="message.released"):
    """A run that a message was kept for ended, or began a longer wait, without it: others may act on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEchoed(MessageFact, kind="message.echoed"):
    """Someone on our side wrote in the WhatsApp Business app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQueued(MessageFact, kind="message.queued"):
    """A single message is waiting to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSaid(MessageFact, kind="message.said"):
    """A run has something to say, and sends it itself."""
