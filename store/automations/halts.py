"""What guards count, and the halt of an automation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.together import Each, together

# Primary key.
_HALT = text("""
UPDATE automations SET status = :status, halted = CAST(:told AS jsonb)
WHERE id = :automation_id AND status = 'live' RETURNING id
""")
# Reads all automations, which are few, and those of their triggers that the clock looks at.
_HALT_ALL = text("""
WITH resting AS (UPDATE automation_triggers SET next_at = NULL WHERE next_at IS NOT NULL)
UPDATE automations SET status = :status, halted = CAST(:told AS jsonb) WHERE status = 'live' RETURNING id
""")
# Uses ix_messages_contact_id_id.
_SENT = Each(
    """
SELECT count(*) AS sent FROM messages
WHERE contact_id = :contact_id AND id >= :since AND origin = 'automation' AND client_id LIKE 'run:%'
""",
    contact_id="uuid",
    since="uuid",
)
# Uses ix_messages_contact_id_id.
_TURNS = Each(
    """
SELECT least(count(*) FILTER (WHERE direction = 'in'), count(*) FILTER (WHERE origin = 'automation')) AS turns
FROM messages WHERE contact_id = :contact_id AND channel_id = :channel_id AND id >= :since
""",
    contact_id="uuid",
    channel_id="uuid",
    since="uuid",
)


async def halt(
    session: AsyncSession, automation_id: UUID, status: str, told: Mapping[str, Any]
) -> bool:
    """Let a live automation no longer act, and say why; False if it does not act."""
    parameters = {
        "automation_id": automation_id, "status": status, "told": orjson.dumps(told).decode(),
    }  # fmt: skip
    return (await session.execute(_HALT, parameters)).first() is not None


async def halt_all(session: AsyncSession, status: str, told: Mapping[str, Any]) -> list[UUID]:
    """The same for every live automation; returns which."""
    parameters = {"status": status, "told": orjson.dumps(told).decode()}
    return list((await session.scalars(_HALT_ALL, parameters)).all())


async def messages_sent(session: AsyncSession, contact_id: UUID, since: UUID) -> int:
    """How many messages runs sent to a contact since an id."""
    row = await together(session, _SENT.first, (contact_id, since))
    return int(row.sent) if row else 0


async def turns(session: AsyncSession, contact_id: UUID, channel_id: UUID, since: UUID) -> int:
    """How often a contact and automations both wrote since an id."""
    row = await together(session, _TURNS.first, (contact_id, channel_id, since))
    return int(row.turns) if row else 0
