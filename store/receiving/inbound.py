"""What inbound messages change: contacts, threads, messages, windows, replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.messages import Direction, Origin
from store import gate

_NOW = text("SELECT clock_timestamp()")

# Uses uq_conversations_channel_id_contact_id and uq_conversations_channel_id_group_id.
_CONVERSATIONS = text("""
WITH incoming AS (
    SELECT DISTINCT ON (channel_id, contact_id, group_id) * FROM unnest(CAST(:ids AS uuid[]),
        CAST(:channels AS uuid[]), CAST(:contacts AS uuid[]), CAST(:groups AS text[]),
        CAST(:ats AS timestamptz[])) AS i(id, channel_id, contact_id, group_id, at)
    ORDER BY channel_id, contact_id, group_id, at
),
made AS (
    INSERT INTO conversations (id, channel_id, contact_id, group_id, last_message_at)
    SELECT id, channel_id, contact_id, group_id, at FROM incoming ON CONFLICT DO NOTHING
    RETURNING id, channel_id, contact_id, group_id
)
SELECT id, channel_id, contact_id, group_id FROM made
UNION ALL
SELECT v.id, v.channel_id, v.contact_id, v.group_id FROM incoming i
JOIN conversations v ON v.channel_id = i.channel_id AND v.contact_id = i.contact_id
UNION ALL
SELECT v.id, v.channel_id, v.contact_id, v.group_id FROM incoming i
JOIN conversations v ON v.channel_id = i.channel_id AND v.group_id = i.group_id
""")

# uq_messages_client_id makes a repeated message vanish, even one stored before the channel was part of it; two of our
# numbers may get messages with the same id if somebody wrote to both at once. A message from the Business app may be
# one we sent ourselves (ix_messages_contact_id_id).
_NEW = """incoming AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:conversations AS uuid[]), CAST(:channels AS uuid[]),
        CAST(:contacts AS uuid[]), CAST(:directions AS text[]), CAST(:origins AS text[]), CAST(:kinds AS text[]),
        CAST(:bodies AS text[]), CAST(:payloads AS text[]), CAST(:wamids AS text[]), CAST(:replies AS text[]),
        CAST(:ats AS timestamptz[]), CAST(:placed AS timestamptz[]), CAST(:loud AS boolean[]),
        CAST(:in_group AS boolean[]), CAST(:author_ids AS uuid[]), CAST(:author_names AS text[]))
        AS i(id, conversation_id, channel_id, contact_id, direction, origin, kind, body, payload, wamid,
            reply_to, at, placed_at, loud, in_group, author_id, author_name),
        LATERAL (SELECT CASE direction WHEN 'in' THEN 'in:' ELSE 'echo:' END AS prefix) p
),
inserted AS (
    INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, payload,
        wamid, client_id, reply_to, created_at, sent_at, author_id, author_name)
    SELECT id, channel_id, contact_id, direction, origin, kind,
        CASE direction WHEN 'in' THEN 'received' ELSE 'sent' END, body, CAST(payload AS jsonb), wamid,
        prefix || channel_id || ':' || wamid, reply_to, at,
        CASE direction WHEN 'out' THEN at END, author_id, author_name
    FROM incoming i
    WHERE (direction = 'in' OR NOT EXISTS (
        SELECT FROM messages m WHERE m.contact_id = i.contact_id AND m.wamid = i.wamid
            AND m.channel_id = i.channel_id AND m.direction = 'out'))
        AND NOT EXISTS (
            SELECT FROM messages m WHERE m.client_id = prefix || i.wamid AND m.channel_id = i.channel_id)
    ORDER BY wamid
    ON CONFLICT (client_id) WHERE client_id IS NOT NULL DO NOTHING
    RETURNING id
)"""

_THREADS = """threads AS (
    SELECT i.conversation_id, count(*) FILTER (WHERE i.loud AND i.direction = 'in') AS arrived,
        max(i.placed_at) FILTER (WHERE i.loud) AS last_at,
        max(i.placed_at) FILTER (WHERE i.loud AND i.direction = 'in') AS wrote_at,
        (array_agg(i.id ORDER BY i.id DESC) FILTER (WHERE i.loud))[1] AS last_id,
        (array_agg(coalesce(nullif(i.body, ''), '[' || i.kind || ']') ORDER BY i.id DESC)
            FILTER (WHERE i.loud))[1] AS preview,
        max(least(i.at, clock_timestamp())) FILTER (WHERE i.direction = 'in' AND NOT i.in_group
            AND i.kind = ANY(CAST(:opening AS text[]))) AS opening_at,
        array_agg(i.id ORDER BY i.id) AS message_ids
    FROM incoming i JOIN inserted USING (id) GROUP BY i.conversation_id
),
old AS (
    SELECT c.id, t.*, t.last_at >= c.last_message_at AS newest FROM conversations c
    JOIN threads t ON t.conversation_id = c.id ORDER BY c.id FOR NO KEY UPDATE OF c
)"""

# Threads of new messages: preview and time move forward, a message written before the thread was resolved does not
# reopen it, and a window opens when a customer wrote, never later than now. Uses the primary key.
_MESSAGES = text(f"""
WITH {_NEW},
{_THREADS}
UPDATE conversations c SET
    unread = c.unread + old.arrived,
    preview = CASE WHEN old.newest THEN left(old.preview, 200) ELSE c.preview END,
    last_message_id = CASE WHEN old.newest THEN old.last_id ELSE c.last_message_id END,
    last_message_at = greatest(c.last_message_at, old.last_at),
    status = CASE WHEN c.status = 'resolved'
        AND old.wrote_at > coalesce(c.resolved_at, c.last_message_at) THEN 'open' ELSE c.status END,
    window_opened_at = CASE WHEN old.opening_at IS NULL THEN c.window_opened_at
        WHEN c.window_expires_at IS NULL OR c.window_expires_at <= old.opening_at
            OR c.window_closed_at IS NOT NULL
            AND old.opening_at + interval '24 hours' > clock_timestamp()
            THEN old.opening_at ELSE c.window_opened_at END,
    window_expires_at = greatest(c.window_expires_at, old.opening_at + interval '24 hours'),
    window_closed_at = CASE WHEN old.opening_at + interval '24 hours' > clock_timestamp() THEN NULL
        ELSE c.window_closed_at END
FROM old WHERE c.id = old.id
RETURNING c.id, c.window_opened_at, c.window_expires_at, (c.window_opened_at = old.opening_at) AS opened,
    old.message_ids
""")

# Uses uq_messages_client_id; in thread order.
_KEPT = text("""
SELECT m.id, m.channel_id, m.contact_id, m.wamid, m.created_at
FROM unnest(CAST(:channels AS uuid[]), CAST(:wamids AS text[])) AS i(channel_id, wamid)
JOIN messages m ON m.client_id = 'in:' || i.channel_id || ':' || i.wamid
ORDER BY m.id
""")

# Uses ix_messages_contact_id_id: the message quoted, else the newest campaign message the person got in the three days
# before they wrote. Meta's times are whole seconds.
_REPLIES = text("""
WITH answered AS (
    SELECT coalesce(quoted.id, latest.id) AS message_id, min(least(i.at, clock_timestamp())) AS at
    FROM unnest(CAST(:channels AS uuid[]), CAST(:contacts AS uuid[]), CAST(:replies AS text[]),
        CAST(:ats AS timestamptz[])) AS i(channel_id, contact_id, reply_to, at)
    LEFT JOIN messages quoted ON quoted.contact_id = i.contact_id AND quoted.wamid = i.reply_to
        AND quoted.channel_id = i.channel_id
    LEFT JOIN LATERAL (
        SELECT m.id FROM messages m
        WHERE i.reply_to IS NULL AND m.contact_id = i.contact_id AND m.channel_id = i.channel_id
            AND m.campaign_id IS NOT NULL AND m.accepted_at > i.at - interval '3 days'
            AND m.accepted_at < i.at + interval '1 second'
        ORDER BY m.id DESC LIMIT 1
    ) latest ON true
    GROUP BY 1
),
marked AS (
    UPDATE messages m SET replied_at = a.at FROM answered a
    WHERE m.id = a.message_id AND m.campaign_id IS NOT NULL AND m.replied_at IS NULL
    RETURNING m.campaign_id, m.channel_id, m.contact_id
),
routed AS (
    UPDATE conversations v SET assignee_id = u.id
    FROM marked JOIN campaigns c ON c.id = marked.campaign_id
    JOIN users u ON u.id = c.replies_to_id AND u.is_active
    WHERE v.channel_id = marked.channel_id AND v.contact_id = marked.contact_id AND v.assignee_id IS NULL
)
UPDATE campaign_counters c SET replied = c.replied + d.replies
FROM (SELECT campaign_id, count(*) AS replies FROM marked GROUP BY campaign_id) d
WHERE c.campaign_id = d.campaign_id RETURNING c.campaign_id
""")

# Uses ix_messages_contact_id_id: the message quoted, else the last one the person had got by then.
_AFTER_MARKETING = text(f"""
SELECT a.id FROM messages a
CROSS JOIN LATERAL (
    SELECT m.campaign_id FROM messages m
    WHERE m.contact_id = a.contact_id AND m.channel_id = a.channel_id AND m.direction = 'out'
        AND m.id < a.id AND m.accepted_at IS NOT NULL AND (a.reply_to IS NULL OR m.wamid = a.reply_to)
    ORDER BY m.id DESC LIMIT 1
) last
JOIN campaigns c ON c.id = last.campaign_id
WHERE a.id = ANY(CAST(:ids AS uuid[])) AND {gate.is_marketing("c.template ->> 'category'")}
""")


@dataclass(frozen=True, slots=True)
class ThreadKey:
    """Identifies a thread: our number, and a contact or a group's id at Meta."""

    channel_id: UUID
    contact_id: UUID | None
    group_id: str | None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message ready to store: ``at`` is Meta's time, ``placed_at`` its position in the thread.

    ``loud``: written by a person, not a notice. In a group, ``contact_id`` is the conversation's own id.
    """

    id: UUID
    conversation_id: UUID
    channel_id: UUID
    contact_id: UUID
    direction: Direction
    origin: Origin
    kind: str
    body: str
    payload: str
    wamid: str
    reply_to: str | None
    at: datetime
    placed_at: datetime
    loud: bool
    in_group: bool
    author_id: UUID | None
    author_name: str | None


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """The thread of an inbound message and when it was written."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    wamid: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ChangedThread:
    """A conversation with new messages, oldest first; ``opened`` when its 24-hour window opened with them."""

    id: UUID
    window_opened_at: datetime | None
    window_expires_at: datetime | None
    opened: bool | None
    message_ids: list[UUID]


async def now(session: AsyncSession) -> datetime:
    """The database's time, which is authoritative."""
    moment: datetime = (await session.execute(_NOW)).scalar_one()
    return moment


async def ensure_threads(
    session: AsyncSession, wanted: Sequence[tuple[ThreadKey, datetime]]
) -> dict[ThreadKey, UUID]:
    """Conversations by thread; a missing one starts with its first message."""
    parameters = {
        "ids": [new_id() for _ in wanted],
        "channels": [key.channel_id for key, _ in wanted],
        "contacts": [key.contact_id for key, _ in wanted],
        "groups": [key.group_id for key, _ in wanted],
        "ats": [at for _, at in wanted],
    }
    found: dict[ThreadKey, UUID] = {}
    keys = {key for key, _ in wanted}
    while keys - found.keys():  # a second look finds those created in the meantime
        for row in (await session.execute(_CONVERSATIONS, parameters)).all():
            found[ThreadKey(row.channel_id, row.contact_id, row.group_id)] = row.id
    return found


async def add_messages(
    session: AsyncSession, messages: Sequence[NewMessage], opening: Sequence[str]
) -> list[ChangedThread]:
    """Store new messages and update their threads."""
    parameters = {
        "ids": [message.id for message in messages],
        "conversations": [message.conversation_id for message in messages],
        "channels": [message.channel_id for message in messages],
        "contacts": [message.contact_id for message in messages],
        "directions": [message.direction.value for message in messages],
        "origins": [message.origin.value for message in messages],
        "kinds": [message.kind for message in messages],
        "bodies": [message.body for message in messages],
        "payloads": [message.payload for message in messages],
        "wamids": [message.wamid for message in messages],
        "replies": [message.reply_to for message in messages],
        "ats": [message.at for message in messages],
        "placed": [message.placed_at for message in messages],
        "loud": [message.loud for message in messages],
        "in_group": [message.in_group for message in messages],
        "author_ids": [message.author_id for message in messages],
        "author_names": [message.author_name for message in messages],
        "opening": list(opening),
    }
    rows = (await session.execute(_MESSAGES, parameters)).all()
    return [ChangedThread(**row._mapping) for row in rows]


async def count_replies(session: AsyncSession, messages: Sequence[NewMessage]) -> list[UUID]:
    """Count replies on the campaigns they answer, once per recipient; returns the campaigns.

    An unassigned thread goes to the person who gets its campaign's replies.
    """
    parameters = {
        "channels": [message.channel_id for message in messages],
        "contacts": [message.contact_id for message in messages],
        "replies": [message.reply_to for message in messages],
        "ats": [message.at for message in messages],
    }
    return list((await session.scalars(_REPLIES, parameters)).all())


async def kept(session: AsyncSession, wanted: Sequence[tuple[UUID, str]]) -> list[KeptMessage]:
    """Stored inbound messages by channel and wamid, with their position in threads."""
    parameters = {
        "channels": [channel_id for channel_id, _ in wanted],
        "wamids": [wamid for _, wamid in wanted],
    }
    rows = (await session.execute(_KEPT, parameters)).all()
    return [KeptMessage(**row._mapping) for row in rows]


async def after_marketing(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these inbound messages answer a campaign's marketing."""
    return set((await session.scalars(_AFTER_MARKETING, {"ids": list(ids)})).all())
