"""The messages that a delivery's objects are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Primary key for ours, uq_messages_client_id for what people wrote; uq_conversations_channel_id_contact_id.
_MESSAGES = text("""
SELECT i.place, m.id, m.campaign_id, m.state, v.id AS conversation_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[])) WITH ORDINALITY AS i(id, key, place)
CROSS JOIN LATERAL (
    SELECT * FROM messages WHERE messages.id = i.id
    UNION ALL
    SELECT * FROM messages WHERE messages.client_id = i.key
) m
LEFT JOIN conversations v ON v.channel_id = m.channel_id AND v.contact_id = m.contact_id
""")


@dataclass(frozen=True, slots=True)
class Named:
    """How an object names a message: our id, or the number it came to and WhatsApp's id."""

    id: UUID | None
    channel_id: UUID | None
    wamid: str


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that an object is about."""

    id: UUID
    campaign_id: UUID | None
    conversation_id: UUID | None
    state: str


async def messages(session: AsyncSession, named: Sequence[Named]) -> dict[int, MessageRef]:
    """The messages that objects name, by the objects' places."""
    keys = [
        f"in:{one.channel_id}:{one.wamid}" if one.channel_id and one.id is None else None
        for one in named
    ]
    parameters = {"ids": [one.id for one in named], "keys": keys}
    rows = (await session.execute(_MESSAGES, parameters)).all()
    return {
        row.place - 1: MessageRef(row.id, row.campaign_id, row.conversation_id, row.state or "")
        for row in rows
    }


# A few dozen rows at most.
_CHANNELS = text("SELECT id, name FROM channels ORDER BY lower(name), id")


async def channels(session: AsyncSession) -> dict[UUID, str]:
    """The names of numbers, by name; removed ones too, as they signed."""
    return {row.id: row.name for row in (await session.execute(_CHANNELS)).all()}
