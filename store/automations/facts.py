"""What a run can ask about its contact and conversation, in one look, and messages as customers wrote them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
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


PERSON = """
ct.name AS of_name, ct.phone AS of_phone, ct.language AS of_language, ct.timezone AS of_timezone,
ct.fields AS of_fields, ct.marketing_opt_out_at IS NOT NULL AS of_stopped,
ct.marketing_agreed_at IS NOT NULL AS of_agreed, cv.window_expires_at AS of_window_until,
(SELECT array_agg(l.label_id) FROM conversation_labels l WHERE l.conversation_id = cv.id) AS of_labels,
(SELECT array_agg(g.group_id) FROM group_members g WHERE g.contact_id = ct.id) AS of_groups,
(SELECT jsonb_object_agg(f.key, f.type) FROM custom_fields f) AS of_kinds
"""
"""Columns of a ``Person`` from contact ``ct`` and conversation ``cv``: primary keys by their first columns, and the few
custom fields there are.
"""

WRITTEN = """
m.id AS in_id, m.kind AS in_kind, m.body AS in_body, m.payload AS in_payload, m.created_at AS in_created_at
"""
"""Columns of a ``Written`` from message ``m``."""

# Primary key and uq_conversations_channel_id_contact_id.
_PERSON = text(f"""
SELECT {PERSON} FROM contacts ct
LEFT JOIN conversations cv ON cv.contact_id = ct.id AND cv.channel_id = :channel_id
WHERE ct.id = :contact_id
""")

# Primary key.
_WRITTEN = text(f"SELECT {WRITTEN} FROM messages m WHERE m.id = :id")


def person_of(row: Row[Any]) -> Person:
    """The person in a row with ``PERSON``."""
    return Person(**_named("of_", row))


def written_of(row: Row[Any]) -> Written | None:
    """The message in a row with ``WRITTEN``; None if there is none."""
    return Written(**_named("in_", row)) if row.in_id is not None else None


def _named(prefix: str, row: Row[Any]) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in row._mapping.items()
        if name.startswith(prefix)
    }


async def person(session: AsyncSession, contact_id: UUID, channel_id: UUID) -> Person | None:
    """A contact with everything a run can ask about."""
    parameters = {"contact_id": contact_id, "channel_id": channel_id}
    row = (await session.execute(_PERSON, parameters)).one_or_none()
    return person_of(row) if row else None


async def written(session: AsyncSession, message_id: UUID) -> Written | None:
    """A message that came in; None if it is no longer kept."""
    row = (await session.execute(_WRITTEN, {"id": message_id})).one_or_none()
    return written_of(row) if row else None
