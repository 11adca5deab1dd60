"""Single messages: stored once per client id, and read page by page with everything a thread shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messages import MessageFilter
from store.together import given, together

RETRY_OF = "retry:"
"""The prefix of a second try's client id, followed by the failed message's id."""


OF_RUN = "run:"
"""The prefix of the client id of what an automation's run sends, which its own activity does."""


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message with its author, campaign, recipient's values and the message it quotes."""

    id: UUID
    conversation_id: UUID | None
    channel_id: UUID
    contact_id: UUID
    direction: str
    origin: str
    kind: str
    state: str
    body: str | None
    payload: dict[str, Any] | None
    wamid: str | None
    reply_to: str | None
    client_id: str | None
    sender_id: UUID | None
    sender_name: str | None
    campaign_id: UUID | None
    seq: int | None
    campaign_name: str | None
    campaign_template: dict[str, Any] | None
    template_components: list[Any] | None
    variables: Sequence[str] | None
    quoted_id: UUID | None
    quoted_direction: str | None
    quoted_kind: str | None
    quoted_body: str | None
    retried: bool
    wish: str | None
    error_code: int | None
    error_detail: str | None
    pricing: str | None
    created_at: datetime
    accepted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None
    author_id: UUID | None
    author_name: str | None
    reactions: Sequence[dict[str, Any]] | None
    edited_body: str | None
    edited_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """An outbound message to store as ``queued``; ``payload`` is the Cloud API object to send."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    origin: str
    kind: str
    body: str
    payload: dict[str, Any]
    client_id: str | None
    sender_id: UUID | None
    reply_to: str | None


@dataclass(frozen=True, slots=True)
class CampaignReceived:
    """A campaign that messaged a contact, and how far its message got."""

    id: UUID
    name: str
    state: str
    at: datetime


# The page of messages is cut first; every join is then one unique index look-up per message. There is none on wamid: for a
# message that quotes another, a walk of ix_messages_contact_id_id looks for that, which is mostly the one before. Meta may
# be seven days late.
_SHOWN = """
SELECT m.id, coalesce(cv.id, gv.id) AS conversation_id, m.channel_id, m.contact_id, m.direction, m.origin, m.kind,
    m.state, m.body, m.payload, m.wamid, m.reply_to, m.client_id, m.sender_id,
    u.name AS sender_name, m.campaign_id, m.seq, c.name AS campaign_name,
    c.template AS campaign_template, t.components AS template_components, r.variables,
    q.id AS quoted_id, q.direction AS quoted_direction, q.kind AS quoted_kind, q.body AS quoted_body,
    again.id IS NOT NULL AS retried, f.action AS wish, m.error_code, m.error_detail, m.pricing, m.created_at,
    m.accepted_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.author_id,
    coalesce(nullif(a.name, ''), nullif(m.author_name, ''), a.phone) AS author_name,
    (SELECT json_agg(json_build_object('emoji', x.emoji, 'ours', x.author_id = x.channel_id) ORDER BY x.at)
        FROM message_reactions x
        WHERE x.channel_id = m.channel_id AND x.wamid = m.wamid AND x.emoji <> '') AS reactions,
    e.body AS edited_body, e.at AS edited_at, d.at AS revoked_at
FROM ({page}) m
LEFT JOIN conversations cv ON cv.channel_id = m.channel_id AND cv.contact_id = m.contact_id
LEFT JOIN conversations gv ON gv.id = m.contact_id AND gv.group_id IS NOT NULL
LEFT JOIN contacts a ON a.id = m.author_id
LEFT JOIN message_changes e ON e.channel_id = m.channel_id AND e.wamid = m.wamid AND e.kind = 'edit'
LEFT JOIN message_changes d ON d.channel_id = m.channel_id AND d.wamid = m.wamid AND d.kind = 'revoke'
LEFT JOIN users u ON u.id = m.sender_id
LEFT JOIN campaigns c ON c.id = m.campaign_id
LEFT JOIN campaign_recipients r ON r.campaign_id = m.campaign_id AND r.seq = m.seq
LEFT JOIN channels ch ON ch.id = m.channel_id AND m.kind = 'template' AND m.campaign_id IS NULL
LEFT JOIN templates t ON t.waba_id = ch.waba_id AND t.name = m.payload #>> '{{template,name}}'
    AND t.language = m.payload #>> '{{template,language,code}}'
LEFT JOIN LATERAL (
    SELECT o.id, o.direction, o.kind, o.body
    FROM (SELECT coalesce(m.reply_to, m.payload #>> '{{reaction,message_id}}') AS wamid) w JOIN messages o USING (wamid)
    WHERE w.wamid IS NOT NULL AND o.contact_id = m.contact_id
        AND o.id < greatest(m.id, month_bound(m.created_at + interval '8 days'))
    ORDER BY o.id DESC LIMIT 1
) q ON true
LEFT JOIN messages again ON again.client_id = '{retry_of}' || m.id
    AND m.state IN ('failed', 'rejected', 'refused')
LEFT JOIN consents f ON f.message_id = m.id AND m.direction = 'in'
ORDER BY {order}
"""


def _shown(page: str, order: str = "m.id DESC") -> str:
    return _SHOWN.format(page=page, order=order, retry_of=RETRY_OF)


_ONE = text(_shown("SELECT * FROM messages WHERE id = :id"))

# All three use ix_messages_contact_id_id.
_THREAD = "SELECT * FROM messages WHERE contact_id = :contact_id AND channel_id = :channel_id{and_} ORDER BY id DESC LIMIT :limit"
_NEWEST = text(_shown(_THREAD.format(and_="")))
_OLDER = text(_shown(_THREAD.format(and_=" AND id < :before")))
_SINCE = text(_shown(_THREAD.format(and_=" AND id >= :since")))

# A repeated request cannot write twice: uq_messages_client_id decides between concurrent ones.
_ADD = text("""
INSERT INTO messages (id, channel_id, contact_id, direction, origin, kind, state, body, payload,
    client_id, sender_id, reply_to)
SELECT id, channel_id, contact_id, 'out', origin, kind, 'queued', body, payload, client_id, sender_id, reply_to
FROM json_to_recordset(CAST(:messages AS json)) AS m(
    id uuid, channel_id uuid, contact_id uuid, origin text, kind text, body text, payload jsonb, client_id text,
    sender_id uuid, reply_to text)
ON CONFLICT (client_id) WHERE client_id IS NOT NULL DO NOTHING
RETURNING id
""")

_MARK_READ = text("""
UPDATE messages SET read_at = coalesce(read_at, clock_timestamp())
WHERE id = :id AND direction = 'in' RETURNING id
""")

# Uses ix_messages_contact_id_id.
_CAMPAIGNS = text("""
SELECT c.id, c.name, m.state, m.created_at AS at
FROM messages m JOIN campaigns c ON c.id = m.campaign_id
WHERE m.contact_id = :contact_id AND m.campaign_id IS NOT NULL ORDER BY m.id DESC LIMIT :limit
""")


async def add(session: AsyncSession, message: NewMessage) -> bool:
    """Store a message; False when its client id is already known."""
    return await together(session, _add, message)


async def _add(session: AsyncSession, new: Sequence[NewMessage]) -> list[bool]:
    added = set((await session.scalars(_ADD, {"messages": given(new)})).all())
    return [one.id in added for one in new]


async def get(session: AsyncSession, message_id: UUID) -> MessageRecord | None:
    """One message."""
    row = (await session.execute(_ONE, {"id": message_id})).one_or_none()
    return MessageRecord(**row._mapping) if row else None


async def thread(
    session: AsyncSession,
    channel_id: UUID,
    contact_id: UUID,
    *,
    before: UUID | None = None,
    since: UUID | None = None,
    limit: int,
) -> list[MessageRecord]:
    """One person's messages on one number, newest first: the latest, older ones, or from a given one on."""
    parameters: dict[str, Any] = {
        "channel_id": channel_id, "contact_id": contact_id, "limit": limit,
    }  # fmt: skip
    statement = _NEWEST
    if before is not None:
        statement, parameters["before"] = _OLDER, before
    elif since is not None:
        statement, parameters["since"] = _SINCE, since
    rows = await session.execute(statement, parameters)
    return [MessageRecord(**row._mapping) for row in rows]


async def page(
    session: AsyncSession,
    wanted: MessageFilter,
    *,
    before: UUID | None,
    after_seq: int | None,
    limit: int,
) -> list[MessageRecord]:
    """Newest messages first; those of a campaign in the order of its recipients.

    By ix_messages_contact_id_id, uq_messages_campaign_id_seq or the primary key, backwards.
    """
    parameters: dict[str, Any] = {"limit": limit}
    conditions = []
    for column in ("channel_id", "contact_id", "campaign_id", "state"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(f"{column} = :{column}")
            parameters[column] = value
    if before is not None:
        conditions.append("id < :before")
        parameters["before"] = before
    if after_seq is not None:
        conditions.append("seq > :after_seq")
        parameters["after_seq"] = after_seq
    order = "seq" if wanted.campaign_id is not None else "id DESC"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    cut = f"SELECT * FROM messages{where} ORDER BY {order} LIMIT :limit"
    rows = await session.execute(text(_shown(cut, f"m.{order}")), parameters)
    return [MessageRecord(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Known:
    """A message that was asked for before, and how far it is."""

    id: UUID
    channel_id: UUID
    contact_id: UUID
    state: str
    detail: str | None


# Uses uq_messages_client_id.
_KNOWN = text("""
SELECT id, channel_id, contact_id, state, error_detail AS detail FROM messages WHERE client_id = :client_id
""")


async def known(session: AsyncSession, client_id: str) -> Known | None:
    """The message already requested under this client id."""
    row = (await session.execute(_KNOWN, {"client_id": client_id})).one_or_none()
    return Known(**row._mapping) if row else None


async def mark_read(session: AsyncSession, message_id: UUID) -> bool:
    """Note that the team has read an inbound message; False when it is not one."""
    return (await session.execute(_MARK_READ, {"id": message_id})).first() is not None


async def campaigns_of(
    session: AsyncSession, contact_id: UUID, limit: int
) -> list[CampaignReceived]:
    """The last campaigns that messaged a contact, newest first."""
    rows = await session.execute(_CAMPAIGNS, {"contact_id": contact_id, "limit": limit})
    return [CampaignReceived(**row._mapping) for row in rows]
