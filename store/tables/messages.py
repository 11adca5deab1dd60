"""Conversations and messages; an outbound message row is the ledger entry of its send."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, SmallInteger, text
from sqlalchemy.dialects.postgresql import BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from domain.conversations import ConversationStatus
from domain.messages import Direction, MessageChange, MessageState, Origin
from store.tables.base import Base, CreatedAt, Id, Timestamp, one_of

_ATTEMPTS = Sequence("message_attempts_id_seq")


class ConversationRow(Base):
    """The thread of one contact on one channel, with its 24-hour window, or the thread of a WhatsApp group.

    A group's thread has no contact and no window; its messages carry its id as their ``contact_id``.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        one_of("status", ConversationStatus),
        Index("uq_conversations_channel_id_contact_id", "channel_id", "contact_id", unique=True),
        CheckConstraint("(contact_id IS NULL) <> (group_id IS NULL)", name="one_side"),
        Index(
            "uq_conversations_channel_id_group_id",
            "channel_id",
            "group_id",
            unique=True,
            postgresql_where=text("group_id IS NOT NULL"),
        ),
        Index("ix_conversations_last_message_at_id", text("last_message_at DESC"), text("id DESC")),
    )

    id: Mapped[Id]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    group_id: Mapped[str | None]  # Meta's id of the group
    group_name: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default=ConversationStatus.OPEN)
    resolved_at: Mapped[datetime | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    unread: Mapped[int] = mapped_column(server_default="0")
    preview: Mapped[str] = mapped_column(server_default="")
    last_message_at: Mapped[CreatedAt]
    last_message_id: Mapped[UUID | None]  # the message of the preview
    window_opened_at: Mapped[datetime | None]
    window_expires_at: Mapped[datetime | None]
    window_closed_at: Mapped[datetime | None]  # set once by the window workflow
    # Somebody on the team talks here: automations leave it alone until it is given back.
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    # A round begins when a customer writes, and ends when it is resolved.
    opened_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]  # somebody on the team first answered
    waiting_since: Mapped[datetime | None]  # the customer's first message that nobody answered
    reply_due_at: Mapped[datetime | None]
    resolve_due_at: Mapped[datetime | None]
    older_gone: Mapped[bool] = mapped_column(
        server_default=text("false")
    )  # some of its messages are no longer kept
    created_at: Mapped[CreatedAt]


class MessageRow(Base):
    """One message, in or out; outbound: the claim, the outcome and what the webhooks said."""

    __tablename__ = "messages"
    __table_args__ = (
        one_of("direction", Direction),
        one_of("origin", Origin),
        one_of("state", MessageState),
        # Law 2: a campaign recipient has one message, whatever fails; a seq is one contact.
        Index(
            "uq_messages_campaign_id_seq",
            "campaign_id",
            "seq",
            unique=True,
            postgresql_where=text("campaign_id IS NOT NULL"),
        ),
        Index(
            "ix_messages_retries",
            "campaign_id",
            "next_try_at",
            postgresql_where=text("campaign_id IS NOT NULL AND next_try_at IS NOT NULL"),
        ),
        Index(
            "uq_messages_client_id",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        Index("ix_messages_contact_id_id", "contact_id", text("id DESC")),
        Index(
            "ix_messages_single",
            "created_at",
            postgresql_where=text("campaign_id IS NULL AND direction = 'out'"),
        ),
        # No index contains ``state`` or ``wamid``: outcomes and statuses stay heap-only (HOT) updates.
        {"postgresql_with": {"fillfactor": "70"}},
    )

    id: Mapped[Id]
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"))
    contact_id: Mapped[UUID]  # in a group's thread: the conversation's own id
    author_id: Mapped[UUID | None]  # the contact who wrote it in a group, if known
    author_name: Mapped[str | None]  # who wrote it in a group, as WhatsApp names them
    direction: Mapped[str]
    origin: Mapped[str]
    kind: Mapped[str]  # text, template, image, …
    state: Mapped[str]
    body: Mapped[str | None]  # what a person reads; NULL for campaign messages (rendered on view)
    payload: Mapped[dict[str, Any] | None]  # Cloud API object to send, or the inbound object
    wamid: Mapped[str | None]
    reply_to: Mapped[str | None]  # wamid of the quoted message
    client_id: Mapped[str | None]  # the sender's own id: if repeated, it is the same message
    sender_id: Mapped[UUID | None]  # the user who wrote it
    campaign_id: Mapped[UUID | None]
    seq: Mapped[int | None]
    attempt: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    error_code: Mapped[int | None]
    error_detail: Mapped[str | None]
    accepted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]  # when the campaign recipient replied
    pricing: Mapped[str | None]  # "category/type" as Meta reports it
    created_at: Mapped[CreatedAt]


class AttemptRow(Base):
    """An attempt that was not accepted, kept when the message is tried again or given up.

    Partitioned by the month of the message's id, and dropped with it.
    """

    __tablename__ = "message_attempts"
    __table_args__ = (
        Index("ix_message_attempts_message_id_attempt", "message_id", "attempt"),
        {"postgresql_partition_by": "RANGE (message_id)"},
    )

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(
        BIGINT,
        _ATTEMPTS,
        primary_key=True,
        autoincrement=False,
        server_default=_ATTEMPTS.next_value(),
    )
    attempt: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[CreatedAt]
    outcome: Mapped[str]  # rejected, unknown, retry, failed, assumed_sent, send_again
    error_code: Mapped[int | None]
    error_detail: Mapped[str | None]
    next_try_at: Mapped[datetime | None]
    wamid: Mapped[str | None]  # of an attempt that WhatsApp accepted and later failed
    user_id: Mapped[UUID | None]  # the person who decided, if any


class ReactionRow(Base):
    """The emoji somebody reacted to a message with, "" if removed; ours if ``contact_id`` is NULL.

    Identified by the wamid, as the message may be unknown, or not here yet. ``author_id`` is the contact's id, or the
    channel's for ours.
    """

    __tablename__ = "message_reactions"
    __table_args__ = (
        Index("ix_message_reactions_at", "at", postgresql_where=text("contact_id IS NULL")),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    wamid: Mapped[str] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    emoji: Mapped[str]
    at: Mapped[Timestamp]


class MessageChangeRow(Base):
    """The newest edit or the revocation of a message by its author.

    Identified by the wamid, as it may arrive before the message itself.
    """

    __tablename__ = "message_changes"
    __table_args__ = (
        one_of("kind", MessageChange),
        Index("ix_message_changes_at", "at", postgresql_where=text("contact_id IS NULL")),
    )

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channels.id"), primary_key=True)
    wamid: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), index=True
    )
    body: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Timestamp]
