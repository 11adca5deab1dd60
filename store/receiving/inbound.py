"""What inbound messages and wishes change: contacts, threads, messages, windows, replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_CHANNELS = text(
    "SELECT phone_number_id, id FROM channels WHERE phone_number_id = ANY(CAST(:ids AS text[]))"
)

# Uses uq_contacts_phone_key and uq_contacts_bsuid.
_CONTACTS = text("""
WITH incoming AS (
    SELECT DISTINCT ON (coalesce(phone_key, bsuid)) * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:phones AS text[]), CAST(:keys AS text[]), CAST(:bsuids AS text[]),
        CAST(:names AS text[])
    ) AS i(id, phone, phone_key, bsuid, name)
    ORDER BY coalesce(phone_key, bsuid)
)
INSERT INTO contacts (id, phone, phone_key, bsuid, name, source)
SELECT i.id, i.phone, i.phone_key,
    CASE WHEN EXISTS (SELECT 1 FROM contacts b WHERE b.bsuid = i.bsuid) THEN NULL ELSE i.bsuid END,
    i.name, 'inbound'
FROM incoming i
WHERE i.phone_key IS NOT NULL OR NOT EXISTS (SELECT 1 FROM contacts b WHERE b.bsuid = i.bsuid)
ON CONFLICT (phone_key) DO UPDATE SET
    name = CASE WHEN contacts.name = '' THEN excluded.name ELSE contacts.name END,
    bsuid = coalesce(contacts.bsuid, excluded.bsuid)
""")

_FIND_CONTACTS = text("""
SELECT id, phone_key, bsuid FROM contacts
WHERE phone_key = ANY(CAST(:keys AS text[])) OR bsuid = ANY(CAST(:bsuids AS text[]))
""")

# Uses uq_conversations_channel_id_contact_id.
_CONVERSATIONS = text("""
INSERT INTO conversations (id, channel_id, contact_id)
SELECT DISTINCT ON (channel_id, contact_id) id, channel_id, contact_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:channels AS uuid[]), CAST(:contacts AS uuid[]))
    AS i(id, channel_id, contact_id)
ORDER BY channel_id, contact_id
ON CONFLICT (channel_id, contact_id) DO NOTHING
""")

# uq_messages_client_id makes a repeated message vanish; the thread changes only for new ones.
_MESSAGES = text("""
WITH inserted AS (
    INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, payload,
        wamid, client_id, reply_to, created_at)
    SELECT id, channel_id, contact_id, 'in', 'customer', kind, 'received', body,
        CAST(payload AS jsonb), wamid, 'in:' || wamid, reply_to, at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:channels AS uuid[]), CAST(:contacts AS uuid[]),
        CAST(:kinds AS text[]), CAST(:bodies AS text[]), CAST(:payloads AS text[]),
        CAST(:wamids AS text[]), CAST(:replies AS text[]), CAST(:ats AS timestamptz[]))
        AS i(id, channel_id, contact_id, kind, body, payload, wamid, reply_to, at)
    ON CONFLICT (client_id) WHERE client_id IS NOT NULL DO NOTHING
    RETURNING id, channel_id, contact_id, kind, body, created_at, reply_to
),
threads AS (
    SELECT channel_id, contact_id, count(*) AS arrived, max(created_at) AS last_at,
        (array_agg(coalesce(nullif(body, ''), '[' || kind || ']') ORDER BY created_at DESC, id DESC))[1]
            AS preview,
        max(created_at) FILTER (WHERE kind = ANY(CAST(:opening AS text[]))) AS opening_at
    FROM inserted GROUP BY channel_id, contact_id
),
old AS (
    SELECT c.id, c.window_expires_at AS before, t.* FROM conversations c
    JOIN threads t USING (channel_id, contact_id) ORDER BY c.id FOR NO KEY UPDATE OF c
)
UPDATE conversations c SET
    unread = c.unread + old.arrived,
    preview = left(old.preview, 200),
    last_message_at = greatest(c.last_message_at, old.last_at),
    status = CASE WHEN c.status = 'resolved' THEN 'open' ELSE c.status END,
    window_opened_at = CASE WHEN old.opening_at IS NULL THEN c.window_opened_at
        WHEN c.window_expires_at IS NULL OR c.window_expires_at <= old.opening_at
            OR c.window_closed_at IS NOT NULL THEN old.opening_at ELSE c.window_opened_at END,
    window_expires_at = greatest(c.window_expires_at, old.opening_at + interval '24 hours'),
    window_closed_at = CASE
        WHEN old.opening_at + interval '24 hours' > clock_timestamp() THEN NULL
        ELSE c.window_closed_at END
FROM old WHERE c.id = old.id
RETURNING c.id, c.channel_id, c.contact_id, c.window_opened_at, c.window_expires_at,
    (c.window_opened_at = old.opening_at) AS opened
""")

_PREFERENCES = text("""
UPDATE contacts c SET
    marketing_opt_out_at = CASE WHEN p.stopped THEN coalesce(c.marketing_opt_out_at, p.at) END,
    updated_at = clock_timestamp()
FROM unnest(CAST(:keys AS text[]), CAST(:bsuids AS text[]), CAST(:stopped AS boolean[]),
    CAST(:ats AS timestamptz[])) AS p(phone_key, bsuid, stopped, at)
WHERE c.phone_key = p.phone_key OR c.bsuid = p.bsuid
""")

# Uses ix_messages_contact_id_id: the message quoted, else the newest
# campaign message to the person in the last three days.
_REPLIES = text("""
WITH answered AS (
    SELECT DISTINCT coalesce(quoted.id, latest.id) AS message_id
    FROM unnest(CAST(:channels AS uuid[]), CAST(:contacts AS uuid[]), CAST(:replies AS text[]),
        CAST(:ats AS timestamptz[])) AS i(channel_id, contact_id, reply_to, at)
    LEFT JOIN messages quoted ON quoted.contact_id = i.contact_id AND quoted.wamid = i.reply_to
    LEFT JOIN LATERAL (
        SELECT m.id FROM messages m
        WHERE i.reply_to IS NULL AND m.contact_id = i.contact_id AND m.channel_id = i.channel_id
            AND m.campaign_id IS NOT NULL AND m.accepted_at > i.at - interval '3 days'
        ORDER BY m.id DESC LIMIT 1
    ) latest ON true
),
marked AS (
    UPDATE messages m SET replied_at = clock_timestamp() FROM answered a
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


@dataclass(frozen=True, slots=True)
class NewContact:
    """The sender of an inbound message: by phone, or by business-scoped id alone."""

    id: UUID
    phone: str | None
    phone_key: str | None
    bsuid: str | None
    name: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """An inbound message ready to be kept."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    kind: str
    body: str
    payload: str
    wamid: str
    reply_to: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangedThread:
    """A conversation with new messages; ``opened`` when its 24-hour window opened with them."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    window_opened_at: datetime | None
    window_expires_at: datetime | None
    opened: bool | None


async def channel_ids(session: AsyncSession, phone_number_ids: Sequence[str]) -> dict[str, UUID]:
    """Our channels by Meta's phone number id."""
    rows = (await session.execute(_CHANNELS, {"ids": list(phone_number_ids)})).all()
    return {row.phone_number_id: row.id for row in rows}


async def ensure_contacts(
    session: AsyncSession, people: Sequence[NewContact]
) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """Find or make contacts; their ids by phone key and by business-scoped id."""
    parameters = {
        "ids": [person.id for person in people],
        "phones": [person.phone for person in people],
        "keys": [person.phone_key for person in people],
        "bsuids": [person.bsuid for person in people],
        "names": [person.name for person in people],
    }
    await session.execute(_CONTACTS, parameters)
    rows = (await session.execute(_FIND_CONTACTS, parameters)).all()
    by_key = {row.phone_key: row.id for row in rows if row.phone_key}
    by_bsuid = {row.bsuid: row.id for row in rows if row.bsuid}
    return by_key, by_bsuid


async def ensure_conversations(
    session: AsyncSession, ids: Sequence[UUID], channels: Sequence[UUID], contacts: Sequence[UUID]
) -> None:
    """Make missing threads."""
    parameters = {"ids": list(ids), "channels": list(channels), "contacts": list(contacts)}
    await session.execute(_CONVERSATIONS, parameters)


async def add_messages(
    session: AsyncSession, messages: Sequence[NewMessage], opening: Sequence[str]
) -> list[ChangedThread]:
    """Keep inbound messages that are new and move their threads on."""
    parameters = {
        "ids": [message.id for message in messages],
        "channels": [message.channel_id for message in messages],
        "contacts": [message.contact_id for message in messages],
        "kinds": [message.kind for message in messages],
        "bodies": [message.body for message in messages],
        "payloads": [message.payload for message in messages],
        "wamids": [message.wamid for message in messages],
        "replies": [message.reply_to for message in messages],
        "ats": [message.at for message in messages],
        "opening": list(opening),
    }
    rows = (await session.execute(_MESSAGES, parameters)).all()
    return [ChangedThread(**row._mapping) for row in rows]


async def count_replies(session: AsyncSession, messages: Sequence[NewMessage]) -> list[UUID]:
    """Count answers on the campaigns they answer, once per recipient; the campaigns.

    A thread that nobody has goes to whoever gets the replies of its campaign.
    """
    parameters = {
        "channels": [message.channel_id for message in messages],
        "contacts": [message.contact_id for message in messages],
        "replies": [message.reply_to for message in messages],
        "ats": [message.at for message in messages],
    }
    return list((await session.scalars(_REPLIES, parameters)).all())


async def set_preferences(
    session: AsyncSession,
    keys: Sequence[str | None],
    bsuids: Sequence[str | None],
    stopped: Sequence[bool],
    ats: Sequence[datetime],
) -> None:
    """Stop or resume marketing to people who said so in WhatsApp."""
    parameters = {"keys": keys, "bsuids": bsuids, "stopped": stopped, "ats": ats}
    await session.execute(_PREFERENCES, parameters)
