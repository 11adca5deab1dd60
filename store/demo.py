"""The demo's contacts, written in one set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id


@dataclass(frozen=True, slots=True)
class DemoContact:
    """A contact to create; ``phone_key`` decides whether it exists already."""

    phone: str
    phone_key: str
    name: str
    language: str
    fields: dict[str, Any]


# The unique indexes on contacts.phone_key and group_members decide what exists already.
_ADD = text("""
WITH added AS (
    INSERT INTO contacts (id, phone, phone_key, name, language, fields, source)
    SELECT id, phone, phone_key, name, language, CAST(fields AS jsonb), 'demo'
    FROM unnest(CAST(:ids AS uuid[]), CAST(:phones AS text[]), CAST(:keys AS text[]),
        CAST(:names AS text[]), CAST(:languages AS text[]), CAST(:fields AS text[]))
        AS i(id, phone, phone_key, name, language, fields)
    ON CONFLICT (phone_key) DO NOTHING
    RETURNING id
),
joined AS (
    INSERT INTO group_members (group_id, contact_id)
    SELECT :group_id, id FROM added ON CONFLICT DO NOTHING
)
SELECT count(*) FROM added
""")


async def add_contacts(
    session: AsyncSession, group_id: UUID, contacts: Sequence[DemoContact]
) -> int:
    """Add the missing ones and put all into the group; returns how many were new."""
    result = await session.execute(
        _ADD,
        {
            "group_id": group_id,
            "ids": [new_id() for _ in contacts],
            "phones": [contact.phone for contact in contacts],
            "keys": [contact.phone_key for contact in contacts],
            "names": [contact.name for contact in contacts],
            "languages": [contact.language for contact in contacts],
            "fields": [orjson.dumps(contact.fields).decode() for contact in contacts],
        },
    )
    return int(result.scalar_one())


# The unique index on contacts.phone_key finds them.
_NAMES = text("""
SELECT phone_key, name FROM contacts
WHERE phone_key = ANY(CAST(:keys AS text[])) AND name <> ''
""")


async def names(session: AsyncSession, keys: Sequence[str]) -> dict[str, str]:
    """Contact names by phone key; contacts without a name are omitted."""
    found = await session.execute(_NAMES, {"keys": list(keys)})
    return {row.phone_key: row.name for row in found}
