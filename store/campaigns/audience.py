"""The audience of a campaign: counted and shown before launch, frozen at launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import Audience
from domain.entries import DUPLICATE, INVALID, UNCLEAR, UNCLEAR_PROBLEMS
from domain.recipients import LeftOut
from store import freeing, statistics
from store.campaigns import persons, rows
from store.campaigns.classify import ENTRY_NAME, People, Value, classified, counted, never_asked
from store.campaigns.persons import ENTRIES
from store.ids import row_id, seed

_UNCLEAR = "', '".join(UNCLEAR_PROBLEMS)
PROBLEM_REASON = (
    f"CASE WHEN problem = '{DUPLICATE}' THEN '{DUPLICATE}' "
    f"WHEN problem IN ('{_UNCLEAR}') THEN '{UNCLEAR}' ELSE '{INVALID}' END"
)

# Uses the primary key.
_USABLE = (
    "SELECT count(*) FROM campaign_entries WHERE campaign_id = :campaign_id AND problem IS NULL"
)

# Uses ix_campaign_entries_campaign_id_problem.
_PROBLEMS = text(f"""
SELECT {PROBLEM_REASON} AS reason, count(*) AS people FROM campaign_entries
WHERE campaign_id = :campaign_id AND problem IS NOT NULL GROUP BY 1
""")

# Sorted by key so that campaigns lock in one order; by bytes, which is faster than reading the entries in index order.
_NEW_CONTACTS = f"""
INSERT INTO contacts (id, phone, phone_key, name, source)
SELECT {row_id("e.row", "e.phone_key")}, e.phone, e.phone_key, left(coalesce({ENTRY_NAME}, ''), 200), :source
FROM ({ENTRIES}) e
WHERE NOT EXISTS (SELECT 1 FROM contacts c WHERE c.phone_key = e.phone_key)
ORDER BY e.phone_key COLLATE "C"
ON CONFLICT (phone_key) DO NOTHING
"""

# What a file said about marketing becomes consent records, once: after an undone launch, only what differs now.
# Contacts are locked in one order. Uses ix_consents_contact_id_at.
_CONSENTS = text(f"""
WITH said AS MATERIALIZED (
    SELECT c.id, e.consent FROM ({ENTRIES}) e JOIN contacts c ON c.phone_key = e.phone_key
    WHERE e.consent IN ('stop', 'agree')
        AND e.consent IS DISTINCT FROM (
            SELECT k.action FROM consents k WHERE k.contact_id = c.id AND k.campaign_id = :campaign_id
            ORDER BY k.at DESC, k.id DESC LIMIT 1)
    ORDER BY c.id FOR NO KEY UPDATE OF c
),
facts AS (
    INSERT INTO consents (contact_id, action, source, keepers, at, campaign_id)
    SELECT id, consent, 'file',
        CASE consent WHEN 'stop' THEN ARRAY['team'] ELSE ARRAY[]::text[] END, clock_timestamp(), :campaign_id
    FROM said
)
UPDATE contacts c SET
    marketing_opt_out_at = coalesce(
        c.marketing_opt_out_at, CASE said.consent WHEN 'stop' THEN clock_timestamp() END),
    marketing_agreed_at = coalesce(
        c.marketing_agreed_at, CASE said.consent WHEN 'agree' THEN clock_timestamp() END),
    updated_at = clock_timestamp()
FROM said WHERE c.id = said.id
""")

_FREEZE = """
WITH {classified},
excluded AS (
    INSERT INTO campaign_exclusions (campaign_id, contact_id, reason)
    SELECT :campaign_id, contact_id, reason FROM classified WHERE reason IS NOT NULL
    RETURNING 1
),
included AS (
    INSERT INTO campaign_recipients (campaign_id, seq, contact_id, phone, variables)
    SELECT :campaign_id, row_number() OVER (ORDER BY {order}), contact_id, phone, variables
    FROM classified WHERE reason IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM included) AS included, (SELECT count(*) FROM excluded) AS excluded
"""

_BEGIN = text("""
INSERT INTO campaign_counters (campaign_id) VALUES (:campaign_id)
ON CONFLICT DO NOTHING RETURNING campaign_id
""")

_COUNTED = text("""
UPDATE campaign_counters SET total = total + :included, excluded = excluded + :excluded
WHERE campaign_id = :campaign_id RETURNING total
""")


@dataclass(frozen=True, slots=True)
class Preflight:
    """How many people would get the message and how many not; ``excluded`` counts them by reason."""

    total: int
    excluded: dict[str, int]
    never_asked: int = 0
    """Those among marketing recipients who were never asked."""


async def preflight(
    session: AsyncSession,
    people: People,
    values: Sequence[Value],
    *,
    marketing: bool,
    asking: bool,
) -> Preflight:
    """Count who would get the message and who would not, using the expression that freezes the audience.

    Only excluded people are examined one by one: a million others are merely counted. With ``asking``, people who were
    never asked are counted too.
    """
    await _room_to_sort(session)
    cte, parameters = classified(people, values, marketing=marketing, counting=True)
    if people.entries_of is None:
        everybody = counted(people.audience or Audience(), parameters)
    else:
        everybody = _USABLE
    statement = f"""
WITH {cte} SELECT reason, count(*) AS people FROM classified WHERE reason IS NOT NULL GROUP BY reason
UNION ALL SELECT NULL, ({everybody}) ORDER BY reason"""
    rows = (await session.execute(text(statement), parameters)).all()
    by_reason: Mapping[str | None, int] = {row.reason: row.people for row in rows}
    excluded = {reason: people for reason, people in by_reason.items() if reason is not None}
    total = by_reason[None] - sum(excluded.values())
    if people.entries_of is not None:
        for reason, number in (await problems(session, people.entries_of)).items():
            excluded[reason] = excluded.get(reason, 0) + number
    never = 0
    if (
        asking
        and marketing
        and not people.agreed_only
        and (people.audience or Audience()).retry_of is None
    ):
        never = await session.scalar(text(never_asked(people, parameters)), parameters) or 0
    return Preflight(total, excluded, min(never, total))


async def _room_to_sort(session: AsyncSession) -> None:
    """Let this transaction keep a million people in memory instead of spilling them to disk."""
    await session.execute(text("SET LOCAL work_mem = '64MB'"))


async def problems(session: AsyncSession, campaign_id: UUID) -> dict[str, int]:
    """Entries that are not recipients, by reason."""
    rows = (await session.execute(_PROBLEMS, {"campaign_id": campaign_id})).all()
    return {row.reason: row.people for row in rows}


async def freeze(
    session: AsyncSession,
    campaign_id: UUID,
    people: People,
    values: Sequence[Value],
    *,
    marketing: bool,
    source: str = "campaign",
) -> int:
    """Write the audience with its values, the exclusions and the counters; returns the number of recipients.

    Running it again after it committed changes nothing. ``source`` is the origin of contacts that entries create.
    """
    known = {"campaign_id": campaign_id}
    if (await session.execute(_BEGIN, known)).first() is None:
        return await total(session, campaign_id) or 0
    await rows.forget_refused(session, campaign_id)  # left by a merge during an undo
    await _room_to_sort(session)
    rejected = 0
    if people.entries_of is not None:
        await freeing.free(session, f"SELECT e.phone_key FROM ({ENTRIES}) e", known)
        await persons.settle(session, people.entries_of)
        origin = {
            "name_column": people.name_column,
            "surname_column": people.surname_column,
            "source": source,
        }
        new: Any = await session.execute(text(_NEW_CONTACTS), known | origin | seed())
        await statistics.refresh(session, new.rowcount, "contacts")
        if people.says_consent:
            await session.execute(_CONSENTS, known)
        rejected = sum((await problems(session, campaign_id)).values())
    cte, parameters = classified(people, values, marketing=marketing)
    freezing = text(_FREEZE.format(classified=cte, order=_order(people)))
    row = (await session.execute(freezing, parameters | known)).one()
    counts = {"included": row.included, "excluded": row.excluded + rejected}
    return int((await session.execute(_COUNTED, known | counts)).scalar_one())


async def total(session: AsyncSession, campaign_id: UUID) -> int | None:
    """The number of frozen recipients; None before the freeze."""
    query = text("SELECT total FROM campaign_counters WHERE campaign_id = :campaign_id")
    found: int | None = await session.scalar(query, {"campaign_id": campaign_id})
    return found


async def examples(
    session: AsyncSession,
    people: People,
    values: Sequence[Value],
    limit: int,
    *,
    marketing: bool,
) -> list[tuple[str, str, list[str]]]:
    """Name, phone and values of the first people who would get the message, for the preview."""
    cte, parameters = classified(people, values, marketing=marketing)
    statement = f"""
WITH {cte} SELECT name, phone, variables FROM classified
WHERE reason IS NULL ORDER BY {_order(people)} LIMIT :limit"""
    rows = (await session.execute(text(statement), parameters | {"limit": limit})).all()
    return [(row.name or "", row.phone, row.variables) for row in rows]


async def left_out(
    session: AsyncSession,
    people: People,
    values: Sequence[Value],
    reason: str,
    limit: int,
    *,
    marketing: bool,
) -> list[LeftOut]:
    """The first people who would be excluded for a reason."""
    unusable: list[LeftOut] = []
    if reason in (DUPLICATE, INVALID, UNCLEAR):
        unusable = await _unusable(session, people, reason, limit)
        if reason != DUPLICATE or len(unusable) == limit:
            return unusable
    cte, parameters = classified(people, values, marketing=marketing)
    statement = f"""
WITH {cte} SELECT row, contact_id, name, phone, variables FROM classified
WHERE reason = :reason ORDER BY {_order(people)} LIMIT :limit"""
    asked = {"reason": reason, "limit": limit - len(unusable)}
    rows = (await session.execute(text(statement), parameters | asked)).all()
    return [
        *unusable,
        *(
            LeftOut(row.contact_id, row.name or "", row.phone or "", row.row, row.variables)
            for row in rows
        ),
    ]


async def _unusable(
    session: AsyncSession, people: People, reason: str, limit: int
) -> list[LeftOut]:
    statement = text(f"""
SELECT row, phone FROM campaign_entries
WHERE campaign_id = :campaign_id AND problem IS NOT NULL AND {PROBLEM_REASON} = :reason
ORDER BY row LIMIT :limit""")
    asked = {"campaign_id": people.entries_of, "reason": reason, "limit": limit}
    rows = (await session.execute(statement, asked)).all()
    return [LeftOut(None, "", row.phone, row.row) for row in rows]


def _order(people: People) -> str:
    """The column to sort by: two would add half a second for a million people."""
    return "row" if people.entries_of is not None else "contact_id"
