"""Who a number belongs to: the contact messaged at it, or one that has it as another number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from store import suppressions
from store.leaving import staying
from store.tables.contacts import ContactRow

# The few numbers people have besides their main one; pk_contact_identities, then primary keys and
# uq_contacts_phone_key. A number somebody left may be anybody's.
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

# The team chose another of their numbers: the first stays known as theirs.
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
    """The number to message a person at."""

    phone: str
    key: str


async def id_by_key(session: AsyncSession, phone_key: str) -> UUID | None:
    """The contact, not being deleted, with this main or other number."""
    found: UUID | None = await session.scalar(_ID, {"key": phone_key})
    return found


async def own_numbers(session: AsyncSession, keys: Sequence[str]) -> dict[str, Own]:
    """Which of these are other numbers of known people, with the numbers to message them at."""
    rows = (await session.execute(_OWN, {"keys": list(keys)})).all() if keys else []
    return {row.phone_key: Own(row.own_phone, row.own_key) for row in rows}


async def _choose(session: AsyncSession, contact_id: UUID, phone_key: str) -> bool:
    """Called before a contact's number changes: keeps the old one as another number if it is theirs."""
    parameters = {"contact_id": contact_id, "key": phone_key}
    return (await session.execute(_SWAP, parameters)).first() is not None


# By the primary key, in the order in which imports lock contacts. Their messages continue.
_SEIZE = text("""
SELECT id FROM contacts WHERE id = ANY(CAST(:ids AS uuid[]))
ORDER BY phone_key NULLS FIRST, id FOR NO KEY UPDATE
""")


async def seize(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    """Lock these contacts against change, merge and deletion until the transaction ends; returns those found."""
    return set((await session.scalars(_SEIZE, {"ids": list(ids)})).all())


async def change(session: AsyncSession, contact_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a contact; a new number counts as theirs from now on.

    A stop at a number they give up stays in force for the number's next owner.
    """
    if "phone_key" in values and not await _choose(session, contact_id, values["phone_key"]):
        await suppressions.remember_number(session, contact_id, values["phone_key"])
    stamped = ("updated_at", "phone_at") if "phone_key" in values else ("updated_at",)
    stamps = dict.fromkeys(stamped, func.clock_timestamp())
    statement = update(ContactRow).where(ContactRow.id == contact_id)
    await session.execute(statement.values(**values, **stamps))
