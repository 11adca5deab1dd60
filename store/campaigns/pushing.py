"""People added by a program: looked up in one statement, appended to a frozen audience in another."""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.campaigns.classify import People, Value, classified
from store.ids import row_id, seed

# Uses uq_contacts_phone_key and the unique index on (campaign_id, contact_id).
_FROZEN = """
LEFT JOIN campaign_recipients r ON r.campaign_id = :campaign_id AND r.contact_id = k.contact_id"""
# Uses uq_campaign_entries_campaign_id_phone_key.
_WAITING = """
LEFT JOIN campaign_entries r ON r.campaign_id = :campaign_id AND r.phone_key = k.phone_key
    AND r.problem IS NULL"""

_GIVEN = """jsonb_to_recordset(CAST(:given AS jsonb))
    AS g(row int, phone text, phone_key text, variables jsonb)"""

# Sorted by key so that programs lock in one order.
_CONTACTS = text(f"""
INSERT INTO contacts (id, phone, phone_key, source)
SELECT {row_id("g.row", "g.phone_key")}, g.phone, g.phone_key, 'api' FROM {_GIVEN} ORDER BY g.phone_key
ON CONFLICT (phone_key) DO NOTHING RETURNING phone_key
""")

# Keeps these people from being renumbered, deleted or merged before the transaction ends. Uses uq_contacts_phone_key,
# in the order in which imports lock contacts.
_HOLD = text("""
SELECT phone_key FROM contacts WHERE phone_key = ANY(CAST(:keys AS text[]))
ORDER BY phone_key FOR KEY SHARE
""")

# The caller has locked the campaign's row: nobody else assigns numbers in the meantime.
_APPEND = text(f"""
WITH picked AS (
    SELECT g.row, row_number() OVER (ORDER BY g.row) + k.total AS seq, c.id AS contact_id,
        coalesce(c.phone, g.phone) AS phone,
        ARRAY(SELECT value FROM jsonb_array_elements_text(g.variables) WITH ORDINALITY AS v(value, n)
              ORDER BY n) AS variables
    FROM {_GIVEN} JOIN contacts c ON c.phone_key = g.phone_key
    JOIN campaign_counters k ON k.campaign_id = :campaign_id
),
added AS (
    INSERT INTO campaign_recipients (campaign_id, seq, contact_id, phone, variables)
    SELECT :campaign_id, seq, contact_id, phone, variables FROM picked RETURNING seq
),
counted AS (
    UPDATE campaign_counters SET total = total + (SELECT count(*) FROM added)
    WHERE campaign_id = :campaign_id
)
SELECT row, seq FROM picked ORDER BY seq
""")


ROUNDS = 5
"""How often the look-up is repeated when people are being changed at that moment."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about one person: why they are refused, their texts, and their number if already in."""

    reason: str | None
    variables: Sequence[str]
    there: bool
    number: int | None


async def look_up(
    session: AsyncSession,
    campaign_id: UUID,
    given: str,
    values: Sequence[Value],
    *,
    marketing: bool,
    frozen: bool,
    agreed_only: bool = False,
) -> dict[int, Known]:
    """The people of a call by row; ``given`` is JSON of row, phone, phone_key, values."""
    cte, parameters = classified(
        People(agreed_only=agreed_only), values, marketing=marketing, given=True
    )
    number = "r.seq" if frozen else "NULL::int"
    statement = f"""
WITH {cte}
SELECT k.row, k.reason, k.variables, r.campaign_id IS NOT NULL AS there, {number} AS number
FROM classified k {_FROZEN if frozen else _WAITING}"""
    parameters |= {"campaign_id": campaign_id, "given": given}
    rows: Sequence[Any] = (await session.execute(text(statement), parameters)).all()
    return {row.row: Known(row.reason, row.variables, row.there, row.number) for row in rows}


async def hold(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Lock the contacts with these numbers until the transaction ends; returns the numbers found."""
    return set((await session.scalars(_HOLD, {"keys": sorted(keys)})).all())


async def introduce(session: AsyncSession, given: str, keys: Set[str], held: Set[str]) -> bool:
    """Create contacts for unknown people and lock all; returns whether anyone appeared who was not locked.

    ``given`` is JSON of row, phone, phone_key, for each of ``keys``.
    """
    made: set[str] = set()
    for _ in range(ROUNDS):
        made |= set((await session.scalars(_CONTACTS, {"given": given} | seed())).all())
        found = await hold(session, keys)
        if found >= keys:
            return not keys <= made | held
    raise RuntimeError("people keep changing while they are added")


async def append(session: AsyncSession, campaign_id: UUID, given: str) -> dict[int, int]:
    """Append recipients after the last one; returns the number of each row of ``given``.

    ``given`` is JSON of row, phone, phone_key, variables; call ``introduce`` for these people first.
    """
    parameters = {"campaign_id": campaign_id, "given": given}
    rows = (await session.execute(_APPEND, parameters)).all()
    return {row.row: row.seq for row in rows}
