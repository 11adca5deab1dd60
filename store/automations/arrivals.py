"""What routing asks about a message that came in, and about conversations that somebody takes over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.automations.facts import Written
from store.together import Each, about, together

# Primary key, uq_conversations_channel_id_contact_id, uq_consents_message_id: whatever asked for something about
# marketing has a record of it, which was made with the message. The message before it: ix_messages_contact_id_id. Runs:
# ix_automation_runs_contact_id_id, and the primary key of the inbox.
_ARRIVED = Each(
    """
SELECT m.id, m.channel_id, m.contact_id, m.kind, m.body, m.payload, m.created_at, v.taken_at IS NOT NULL AS taken,
    EXISTS (SELECT FROM consents k WHERE k.message_id = m.id) AS wish,
    (SELECT p.created_at FROM messages p WHERE p.contact_id = m.contact_id AND p.channel_id = m.channel_id
        AND p.id < m.id ORDER BY p.id DESC LIMIT 1) AS previous_at,
    EXISTS (
        SELECT FROM automation_runs r WHERE r.contact_id = m.contact_id AND (
            r.message_id = m.id OR r.cause = :cause
            OR EXISTS (SELECT FROM automation_inbox i WHERE i.run_id = r.id AND i.message_id = m.id))
    ) AS routed
FROM messages m JOIN conversations v ON v.channel_id = m.channel_id AND v.contact_id = m.contact_id
WHERE m.id = :id AND m.direction = 'in'
""",
    id="uuid",
    cause="text",
)

# As replies are counted (store.receiving.inbound): the message quoted, else the newest campaign message of three days, which
# only the first message after it replies to. Uses ix_messages_contact_id_id.
_ANSWERED = text("""
SELECT coalesce(quoted.campaign_id, latest.campaign_id) FROM messages i
LEFT JOIN messages quoted ON quoted.contact_id = i.contact_id AND quoted.wamid = i.reply_to
    AND quoted.channel_id = i.channel_id
LEFT JOIN LATERAL (
    SELECT m.campaign_id, m.replied_at FROM messages m
    WHERE i.reply_to IS NULL AND m.contact_id = i.contact_id AND m.channel_id = i.channel_id
        AND m.campaign_id IS NOT NULL AND m.accepted_at > i.created_at - interval '3 days'
        AND m.accepted_at < i.created_at + interval '1 second'
    ORDER BY m.id DESC LIMIT 1
) latest ON latest.replied_at IS NULL OR latest.replied_at >= i.created_at
WHERE i.id = :id
""")

# Primary key.
_THREAD = text("""
SELECT id, channel_id, contact_id, taken_at IS NOT NULL AS taken, window_expires_at FROM conversations
WHERE id = :id AND contact_id IS NOT NULL
""")
_TAKE = text("""
UPDATE conversations SET taken_at = clock_timestamp(), taken_by = CAST(:user_id AS uuid)
WHERE id = :id AND taken_at IS NULL AND contact_id IS NOT NULL RETURNING id
""")
_GIVE_BACK = text("""
UPDATE conversations SET taken_at = NULL, taken_by = NULL WHERE id = :id AND taken_at IS NOT NULL RETURNING id
""")
# Uses uq_conversations_channel_id_contact_id, from its end the messages of ix_messages_contact_id_id.
_KNOWN = text("""
SELECT v.taken_at IS NOT NULL AS taken, (SELECT p.created_at FROM messages p
    WHERE p.contact_id = v.contact_id AND p.channel_id = v.channel_id ORDER BY p.id DESC LIMIT 1) AS previous_at
FROM conversations v WHERE v.channel_id = :channel_id AND v.contact_id = :contact_id
""")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came in from a person, and what is known of its conversation.

    ``wish``: it asked to stop or allow marketing, which was obeyed. ``previous_at``: of the message before it.
    ``routed``: it already went to a run of this contact, or started one.
    """

    id: UUID
    channel_id: UUID
    contact_id: UUID
    kind: str
    body: str | None
    payload: dict[str, Any] | None
    created_at: datetime
    taken: bool
    wish: bool
    previous_at: datetime | None
    routed: bool

    @property
    def written(self) -> Written:
        """The message itself."""
        return Written(self.id, self.kind, self.body, self.payload, self.created_at)


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with a person."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    taken: bool
    window_expires_at: datetime | None


async def message(session: AsyncSession, message_id: UUID, cause: str) -> Arrived | None:
    """A message that came in; None if it is no longer kept, or of a group. ``cause``: what it would start runs by."""
    row = await together(session, _ARRIVED.first, (message_id, cause))
    return Arrived(**about(row)) if row else None


async def answered(session: AsyncSession, message_id: UUID) -> UUID | None:
    """The campaign that a message replies to."""
    found: UUID | None = await session.scalar(_ANSWERED, {"id": message_id})
    return found


async def thread(session: AsyncSession, conversation_id: UUID) -> Thread | None:
    """A conversation with a person; None for a group's."""
    row = (await session.execute(_THREAD, {"id": conversation_id})).one_or_none()
    return Thread(**row._mapping) if row else None


async def known(
    session: AsyncSession, channel_id: UUID, contact_id: UUID
) -> tuple[bool, datetime | None]:
    """Whether somebody has taken the conversation of a contact on a number, and when its last message was."""
    parameters = {"channel_id": channel_id, "contact_id": contact_id}
    row = (await session.execute(_KNOWN, parameters)).one_or_none()
    return (row.taken, row.previous_at) if row else (False, None)


async def take(session: AsyncSession, conversation_id: UUID, user_id: UUID | None) -> bool:
    """Somebody talks here now; False if somebody did already."""
    found = await session.execute(_TAKE, {"id": conversation_id, "user_id": user_id})
    return found.first() is not None


async def give_back(session: AsyncSession, conversation_id: UUID) -> bool:
    """Nobody talks here any more; False if nobody did."""
    return (await session.execute(_GIVE_BACK, {"id": conversation_id})).first() is not None
