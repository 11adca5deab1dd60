"""Whose a number is: of the contact that is written to there, or of one whose further number it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import suppressions
from store.leaving import staying
from store.tables.contacts import ContactRow

# The few numbers people have besides the one they are written to; pk_contact_identities, then primary
# keys and uq_contacts_phone_key. A number somebody left may be anybody's.
FURTHER = f"""
SELECT k.value AS phone_key, c.id AS contact_id, c.phone AS own_phone, c.phone_key AS own_key
FROM contact_identities k JOIN contacts c ON c.id = k.contact_id
WHERE k.kind = 'phone' AND k.until IS NULL AND c.phone_key IS NOT NULL AND {staying("c.id")}
    AND NOT EXISTS (SELECT FROM contacts o WHERE o.phone_key = k.value)
"""
"""SELECT of phone_key, contact_id, own_phone, own_key."""

_ID = text(f"""
SELECT c.id FROM contacts c WHERE c.phone_key = :key AND {staying("c.id")}
UNION ALL SELECT contact_id FROM ({FURTHER}) f WHERE f.phone_key = :key LIMIT 1
""")

_OWN = text(f"""
SELECT f.phone_key, f.own_phone, f.own_key FROM ({FURTHER}) f
WHERE f.phone_key = ANY(CAST(:keys AS text[]))
""")

# Of two numbers that are theirs the team chose the other one: the first stays known as theirs.
_SWAP = text("""
WITH chosen AS (
    DELETE FROM contact_identities
    WHERE kind = 'phone' AND value = :key AND contact_id = :contact_id AND until IS NULL
    RETURNING contact_id
)
INSERT INTO contact_identities (kind, value, contact_id, since)
SELECT 'phone', c.phone_key, c.id, c.phone_at FROM chosen JOIN contacts c ON c.id = chosen.contact_id
WHERE c.phone_key <> :key
ON CONFLICT (kind, value) DO UPDATE SET contact_id = excluded.contact_id, since = excluded.since, until = NULL
RETURNING value
""")


@dataclass(frozen=True, slots=True)
class Own:
    """The number a person is written to."""

    phone: str
    key: str


async def id_by_key(session: AsyncSession, phone_key: str) -> UUID | None:
    """The contact that stays whose number, or further number, this is."""
    found: UUID | None = await session.scalar(_ID, {"key": phone_key})
    return found


async def own_numbers(session: AsyncSession, keys: Sequence[str]) -> dict[str, Own]:
    """Which of these are further numbers of people we know, and the numbers these are written to."""
    rows = (await session.execute(_OWN, {"keys": list(keys)})).all() if keys else []
    return {row.phone_key: Own(row.own_phone, row.own_key) for row in rows}


async def _choose(session: AsyncSession, contact_id: UUID, phone_key: str) -> bool:
    """Before a contact's number changes: whether it becomes a further number of theirs."""
    parameters = {"contact_id": contact_id, "key": phone_key}
    return (await session.execute(_SWAP, parameters)).first() is not None


# By the primary key, in the order in which imports lock contacts. Messages of these people go on.
_SEIZE = text("""
SELECT id FROM contacts WHERE id = ANY(CAST(:ids AS uuid[]))
ORDER BY phone_key NULLS FIRST, id FOR NO KEY UPDATE
""")


async def seize(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    """Let nobody else change, merge or delete these contacts before the transaction ends; who is there."""
    return set((await session.scalars(_SEIZE, {"ids": list(ids)})).all())


async def change(session: AsyncSession, contact_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a contact; a number it is given counts as theirs from now on.

    What was stopped at a number that is theirs no longer stays stopped for whoever comes with it.
    """
    if "phone_key" in values and not await _choose(session, contact_id, values["phone_key"]):
        await suppressions.remember_number(session, contact_id, values["phone_key"])
    stamped = ("updated_at", "phone_at") if "phone_key" in values else ("updated_at",)
    stamps = dict.fromkeys(stamped, func.clock_timestamp())
    statement = update(ContactRow).where(ContactRow.id == contact_id)
    await session.execute(statement.values(**values, **stamps))
