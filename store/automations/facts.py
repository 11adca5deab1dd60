"""What a run can ask about its contact and conversation, in one look, and messages as customers wrote them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Person:
    """A contact, their conversation on one number, and what they belong to."""

    name: str
    phone: str | None
    language: str | None
    timezone: str | None
    fields: dict[str, Any]
    stopped: bool
    agreed: bool
    window_until: datetime | None
    labels: list[UUID] | None
    groups: list[UUID] | None
    kinds: dict[str, str] | None = None
    """The types of custom fields, where messages may be written."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message that came in, as it was stored."""

    id: UUID
    kind: str
    body: str | None
    payload: dict[str, Any] | None
    created_at: datetime


# Primary keys, uq_conversations_channel_id_contact_id, and the primary keys of both memberships by a first column. The
# few custom fields there are.
_PERSON = text("""
SELECT ct.name, ct.phone, ct.language, ct.timezone, ct.fields, ct.marketing_opt_out_at IS NOT NULL AS stopped,
    ct.marketing_agreed_at IS NOT NULL AS agreed, cv.window_expires_at AS window_until,
    (SELECT array_agg(l.label_id) FROM conversation_labels l WHERE l.conversation_id = cv.id) AS labels,
    (SELECT array_agg(g.group_id) FROM group_members g WHERE g.contact_id = ct.id) AS groups,
    (SELECT jsonb_object_agg(f.key, f.type) FROM custom_fields f) AS kinds
FROM contacts ct
LEFT JOIN conversations cv ON cv.contact_id = ct.id AND cv.channel_id = :channel_id
WHERE ct.id = :contact_id
""")

# Primary key.
_WRITTEN = text("SELECT id, kind, body, payload, created_at FROM messages WHERE id = :id")


async def person(session: AsyncSession, contact_id: UUID, channel_id: UUID) -> Person | None:
    """A contact with everything a run can ask about."""
    parameters = {"contact_id": contact_id, "channel_id": channel_id}
    row = (await session.execute(_PERSON, parameters)).one_or_none()
    return Person(**row._mapping) if row else None


async def written(session: AsyncSession, message_id: UUID) -> Written | None:
    """A message that came in; None if it is no longer kept."""
    row = (await session.execute(_WRITTEN, {"id": message_id})).one_or_none()
    return Written(**row._mapping) if row else None
