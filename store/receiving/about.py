"""The messages that a delivery's objects are about, and the runs of automations that these concern."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.messages import OF_RUN

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

# What a run sent carries the run's id. What somebody wrote is looked up among the runs of that contact
# (ix_automation_runs_contact_id_id), then by primary keys.
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_RUNS = text(f"""
SELECT m.id AS message_id, r.id, a.name, r.message_id = m.id AS began
FROM unnest(CAST(:ids AS uuid[])) AS i(id)
JOIN messages m ON m.id = i.id
CROSS JOIN LATERAL (
    SELECT r.* FROM automation_runs r WHERE m.direction = 'in' AND r.contact_id = m.contact_id AND (
        r.message_id = m.id
        OR EXISTS (SELECT FROM automation_inbox x WHERE x.run_id = r.id AND x.message_id = m.id))
    UNION ALL
    SELECT r.* FROM automation_runs r WHERE m.origin = 'automation'
        AND r.id = CAST(substring(m.client_id FROM '^{OF_RUN}({_ID})[^0-9a-f]') AS uuid)
) r
JOIN automations a ON a.id = r.automation_id
ORDER BY r.id
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


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run that a message started (``began``), went on with, or was sent by."""

    id: UUID
    automation_name: str
    began: bool


async def runs(session: AsyncSession, message_ids: Sequence[UUID]) -> dict[UUID, list[RunRef]]:
    """The runs that messages concern, oldest first, by message."""
    found: defaultdict[UUID, list[RunRef]] = defaultdict(list)
    for row in await session.execute(_RUNS, {"ids": list(message_ids)}):
        found[row.message_id].append(RunRef(row.id, row.name, bool(row.began)))
    return found


# A few dozen rows at most.
_CHANNELS = text("SELECT id, name FROM channels ORDER BY lower(name), id")


async def channels(session: AsyncSession) -> dict[UUID, str]:
    """The names of numbers, by name; removed ones too, as they signed."""
    return {row.id: row.name for row in (await session.execute(_CHANNELS)).all()}
