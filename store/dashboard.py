"""The dashboard's queries: the last day's messages, what is running, and what has been set up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.leaving import staying


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Messages created since a moment: outbound by how far they got, and inbound."""

    submitted: int
    delivered: int
    read: int
    failed: int
    unknown: int
    received: int


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Open conversations, those with something unread, and windows that are open now."""

    open: int
    unread: int
    windows: int


@dataclass(frozen=True, slots=True)
class SetUp:
    """Which setup steps are done, according to the rows; the first two belong to one person."""

    sign_in: bool
    profile: bool
    channel: bool
    own_message: bool
    contacts: bool
    templates: bool
    campaign: bool
    colleague: bool


# Ids are UUIDv7, so a day is one range of the primary key: nothing older is read, and no index on a time has to keep up
# with campaigns.
_DAY = text("""
SELECT
    count(*) FILTER (WHERE state IN ('accepted', 'sent', 'delivered', 'read', 'played')
        OR (state = 'failed' AND accepted_at IS NOT NULL)) AS submitted,
    count(*) FILTER (WHERE state IN ('delivered', 'read', 'played')) AS delivered,
    count(*) FILTER (WHERE state IN ('read', 'played')) AS read,
    count(*) FILTER (WHERE state IN ('failed', 'rejected')) AS failed,
    count(*) FILTER (WHERE state = 'unknown') AS unknown,
    count(*) FILTER (WHERE state = 'received') AS received
FROM messages WHERE id >= :low
""")

# One pass over conversations: one row per person we talk to, far fewer than messages.
_INBOX = text(f"""
SELECT
    count(*) FILTER (WHERE status = 'open') AS open,
    count(*) FILTER (WHERE unread > 0) AS unread,
    count(*) FILTER (WHERE window_expires_at > clock_timestamp()) AS windows
FROM conversations WHERE {staying("conversations.contact_id")}
""")

# Each probe stops at the first rows it needs. A message written by hand is searched for in the newest 200 threads
# (ix_conversations_last_message_at_id, ix_messages_contact_id_id) rather than in a table full of campaign messages.
# What a person did to their own account is in the log (ix_journal_kept_entity).
_SET_UP = text("""
SELECT
    EXISTS (SELECT 1 FROM journal_kept WHERE entity = 'user' AND entity_id = :user_id
        AND kind = 'user.password_changed') AS sign_in,
    EXISTS (SELECT 1 FROM journal_kept WHERE entity = 'user' AND entity_id = :user_id
        AND kind = 'user.profile_changed') AS profile,
    EXISTS (SELECT 1 FROM channels WHERE deleted_at IS NULL AND status = 'connected') AS channel,
    EXISTS (
        SELECT 1
        FROM (SELECT contact_id FROM conversations
            ORDER BY last_message_at DESC, id DESC LIMIT 200) c
        CROSS JOIN LATERAL (
            SELECT direction, campaign_id, state FROM messages m
            WHERE m.contact_id = c.contact_id ORDER BY m.id DESC LIMIT 50
        ) m
        WHERE m.direction = 'out' AND m.campaign_id IS NULL
            AND m.state IN ('accepted', 'sent', 'delivered', 'read', 'played')
    ) AS own_message,
    (SELECT count(*) FROM (SELECT 1 FROM contacts WHERE source <> 'demo' LIMIT 10) c) >= 10
        AS contacts,
    EXISTS (SELECT 1 FROM templates WHERE deleted_at IS NULL) AS templates,
    EXISTS (SELECT 1 FROM campaigns WHERE launched_at IS NOT NULL) AS campaign,
    (SELECT count(*) FROM users WHERE is_active) > 1 AS colleague
""")


def first_id(moment: datetime) -> UUID:
    """The smallest UUIDv7 of a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


async def day(session: AsyncSession, since: datetime) -> DayCounts:
    """Messages created since a moment."""
    row = (await session.execute(_DAY, {"low": first_id(since)})).one()
    return DayCounts(**row._mapping)


async def inbox(session: AsyncSession) -> InboxCounts:
    """Conversations by what they are waiting for."""
    row = (await session.execute(_INBOX)).one()
    return InboxCounts(**row._mapping)


async def set_up(session: AsyncSession, user_id: UUID) -> SetUp:
    """Which setup steps are done, including this person's."""
    row = (await session.execute(_SET_UP, {"user_id": str(user_id)})).one()
    return SetUp(**row._mapping)
