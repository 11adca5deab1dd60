"""Entries of a campaign: loaded from a file with COPY, added by a program, listed with their problems."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.entries import UNCLEAR_PROBLEMS, Entry
from domain.phone import Phone

_NO_DOUBT = "\t\\N" * 7
_JSON = json.JSONEncoder(ensure_ascii=False).encode

_STAGE = """
CREATE TEMP TABLE entry_stage (
    row int NOT NULL, phone text NOT NULL, phone_key text, values jsonb NOT NULL, problem text,
    region text, doubt text, own_phone text, own_key text, own_region text, other_phone text,
    other_key text, other_region text, consent text
) ON COMMIT DROP
"""
_PHONES = """
CREATE TEMP TABLE entry_phones (
    row int NOT NULL, phone text NOT NULL, phone_key text, problem text, region text, doubt text,
    own_phone text, own_key text, own_region text, other_phone text, other_key text,
    other_region text, consent text
) ON COMMIT DROP
"""
_NUMBERS = "region, doubt, own_phone, own_key, own_region, other_phone, other_key, other_region"
_COPY_STAGE = (
    f"COPY entry_stage (row, phone, phone_key, values, problem, {_NUMBERS}, consent) FROM STDIN"
)
_COPY_PHONES = f"COPY entry_phones (row, phone, phone_key, problem, {_NUMBERS}, consent) FROM STDIN"
# A stored consent may come from another row with the same number: it is read again with the numbers.
_RESTAGE = text(f"""
INSERT INTO entry_stage (row, phone, phone_key, values, problem, {_NUMBERS}, consent)
SELECT e.row, coalesce(p.phone, e.phone), p.phone_key, e.values, CASE WHEN p.row IS NULL THEN e.problem
    ELSE p.problem END, {_NUMBERS}, p.consent
FROM campaign_entries e LEFT JOIN entry_phones p USING (row)
WHERE e.campaign_id = :campaign_id
""")

# There are few groups of doubts: one pass over the staging table.
_DECIDE = text("""
UPDATE entry_stage AS s SET problem = NULL,
    phone = CASE d.written WHEN 'national' THEN own_phone ELSE other_phone END,
    phone_key = CASE d.written WHEN 'national' THEN own_key ELSE other_key END,
    region = CASE d.written WHEN 'national' THEN own_region ELSE other_region END
FROM jsonb_to_recordset(CAST(:decisions AS jsonb)) AS d(doubt text, region text, written text)
WHERE s.doubt = d.doubt AND coalesce(s.other_region, '') = d.region AND d.written <> ''
""")
_COUNTRIES = text("""
SELECT region, count(DISTINCT phone_key) AS number FROM entry_stage WHERE problem IS NULL
GROUP BY region ORDER BY number DESC, region
""")
# Read once for a few rare countries.
_ROWS_OF = text("""
SELECT region, values FROM (
    SELECT region, values, row_number() OVER (PARTITION BY region ORDER BY row) AS place
    FROM entry_stage WHERE problem IS NULL AND region = ANY(:regions)) AS s
WHERE place <= :limit ORDER BY region, place
""")

# The first row of each number is kept, with the strictest consent any of its rows states. Sorted by row, the order of
# the primary key.
_SETTLE = """
INSERT INTO campaign_entries (campaign_id, row, phone, phone_key, values, consent, problem)
SELECT :campaign_id, row, phone, phone_key, values, {consent},
    CASE WHEN problem IS NULL
            AND row_number() OVER (PARTITION BY phone_key, problem IS NULL ORDER BY row) > 1
        THEN 'duplicate' ELSE problem END
FROM entry_stage ORDER BY row
"""
_STRICTEST = "max(consent) OVER (PARTITION BY phone_key, problem IS NULL)"
_SETTLED = {
    said: text(_SETTLE.format(consent=_STRICTEST if said else "NULL")) for said in (False, True)
}
"""By whether the file says anything about consent; unclear > stop > agree, alphabetically."""
_COUNT = text("""
SELECT count(*) AS rows, count(*) FILTER (WHERE problem IS NULL) AS usable,
    count(*) FILTER (WHERE problem = 'duplicate') AS duplicate,
    count(*) FILTER (WHERE problem = ANY(CAST(:unclear AS text[]))) AS unclear
FROM campaign_entries WHERE campaign_id = :campaign_id
""")

# Uses the primary key.
_TEXTS = text("""
SELECT row, values ->> :column AS given, values ->> :consent AS answer, values ->> :country AS country
FROM campaign_entries
WHERE campaign_id = :campaign_id AND (problem IS NULL OR problem <> ALL(CAST(:kept AS text[])))
""")
# Uses the primary key, and the unique index on numbers for the names of known people.
_PROBLEMS = text("""
SELECT row, phone, values, problem FROM campaign_entries
WHERE campaign_id = :campaign_id AND problem IS NOT NULL AND row > :after
    AND (phone <> '' OR values <> '{}') ORDER BY row LIMIT :limit
""")
_FIRST = text("""
SELECT coalesce(values ->> :column, '') FROM campaign_entries
WHERE campaign_id = :campaign_id ORDER BY row LIMIT :limit
""")  # by primary key
# Uses uq_campaign_entries_campaign_id_phone_key for people already in it.
_ADD = text("""
WITH last AS (SELECT coalesce(max(row), 0) AS row FROM campaign_entries WHERE campaign_id = :campaign_id)
INSERT INTO campaign_entries (campaign_id, row, phone, phone_key, values)
SELECT :campaign_id, last.row + row_number() OVER (ORDER BY g.row), g.phone, g.phone_key, g.values
FROM last, jsonb_to_recordset(CAST(:given AS jsonb)) AS g(row int, phone text, phone_key text, values jsonb)
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class EntryProblem:
    """A row that cannot get a message, as it was in the file."""

    row: int
    phone: str
    values: dict[str, str]
    problem: str


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """The rows by result: ``usable``, ``duplicate``, ``unclear``, and those with another problem."""

    rows: int
    usable: int
    duplicate: int
    unclear: int


async def try_lock(session: AsyncSession, campaign_id: UUID) -> bool:
    """Lock this campaign's file until the transaction ends; False if it is locked already."""
    statement = text("SELECT pg_try_advisory_xact_lock(:key)")
    key = (campaign_id.int & 0x7FFF_FFFF_FFFF_FFFF) ^ 0x46494C45
    return bool((await session.execute(statement, {"key": key})).scalar_one())


async def begin(session: AsyncSession) -> None:
    """Empty staging tables that live as long as the transaction."""
    await session.execute(text("DROP TABLE IF EXISTS entry_stage, entry_phones"))
    await session.execute(text(_STAGE))
    await session.execute(text(_PHONES))


def encode(entries: Sequence[Entry], *, whole: bool = True) -> bytes:
    """Entries in COPY's text format, with or without their values; pure, so it can run in a thread."""
    return "".join(
        f"{entry.row}\t{_cell(entry.phone)}\t{_cell(entry.phone_key)}\t"
        + (f"{_cell(_JSON(entry.values))}\t" if whole else "")
        + f"{_cell(entry.problem)}\t{_numbers(entry)}\t{_cell(entry.consent)}\n"
        for entry in entries
    ).encode(errors="replace")


def _numbers(entry: Entry) -> str:
    doubtful = entry.doubtful
    if doubtful is None:
        return f"{entry.region}{_NO_DOUBT}"
    own, other = doubtful.national, doubtful.international
    return f"\t{doubtful.doubt.value}\t{_phone(own)}\t{_phone(other)}"


def _phone(phone: Phone | None) -> str:
    return f"{phone.e164}\t{phone.key}\t{phone.region}" if phone else "\\N\t\\N\t\\N"


async def stage(session: AsyncSession, rows: bytes, *, whole: bool = True) -> None:
    """COPY a chunk of encoded entries."""
    connection = await session.connection()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, AsyncConnection)
    async with (
        driver.cursor() as cursor,
        cursor.copy(_COPY_STAGE if whole else _COPY_PHONES) as copy,
    ):
        await copy.write(rows)


async def texts(
    session: AsyncSession,
    campaign_id: UUID,
    columns: tuple[str, str, str],
    kept: Sequence[str],
    size: int,
) -> AsyncIterator[Sequence[Any]]:
    """Rows with the texts of their number, consent and country columns, a batch at a time. Rows with a problem in
    ``kept`` are skipped.
    """
    column, consent, country = columns
    parameters = {
        "campaign_id": campaign_id, "column": column, "consent": consent, "country": country,
        "kept": list(kept),
    }  # fmt: skip
    result = await session.stream(_TEXTS, parameters, execution_options={"yield_per": size})
    async for part in result.partitions():
        yield part


async def first_texts(
    session: AsyncSession, campaign_id: UUID, column: str, limit: int
) -> list[str]:
    """A column's texts in the first rows."""
    parameters = {"campaign_id": campaign_id, "column": column, "limit": limit}
    return list((await session.scalars(_FIRST, parameters)).all())


async def restage(session: AsyncSession, campaign_id: UUID) -> None:
    """Fill the staging table from the stored entries, with the phones that were staged."""
    await session.execute(text("ANALYZE entry_phones"))
    await session.execute(_RESTAGE, {"campaign_id": campaign_id})


async def decide(session: AsyncSession, decisions: str) -> None:
    """Resolve staged digits in doubt to numbers (JSON of doubt, region, written)."""
    await session.execute(_DECIDE, {"decisions": decisions})


async def countries(session: AsyncSession) -> dict[str, int]:
    """How many people the staging table has per country, most first."""
    return {row.region: row.number for row in await session.execute(_COUNTRIES)}


async def rows_of(
    session: AsyncSession, regions: Sequence[str], limit: int
) -> dict[str, list[list[tuple[str, str]]]]:
    """The cells of the first rows for each of these countries, with headings."""
    found: dict[str, list[list[tuple[str, str]]]] = {}
    asked = {"regions": list(regions), "limit": limit}
    for row in await session.execute(_ROWS_OF, asked):
        found.setdefault(row.region, []).append(list(row.values.items()))
    return found


async def settle(
    session: AsyncSession, campaign_id: UUID, *, says_consent: bool = False
) -> EntryCounts:
    """Replace a campaign's entries with the staged ones; returns the counts."""
    await session.execute(text("ANALYZE entry_stage (row, phone_key)"))
    await clear(session, campaign_id)
    await session.execute(_SETTLED[says_consent], {"campaign_id": campaign_id})
    await session.execute(text("ANALYZE campaign_entries"))  # a launch may follow immediately
    asked = {"campaign_id": campaign_id, "unclear": list(UNCLEAR_PROBLEMS)}
    row = (await session.execute(_COUNT, asked)).one()
    return EntryCounts(row.rows, row.usable, row.duplicate, row.unclear)


async def clear(session: AsyncSession, campaign_id: UUID) -> None:
    """Delete the entries of a campaign."""
    statement = text("DELETE FROM campaign_entries WHERE campaign_id = :campaign_id")
    await session.execute(statement, {"campaign_id": campaign_id})


async def add(session: AsyncSession, campaign_id: UUID, given: str) -> None:
    """Add people from a program (JSON of row, phone, phone_key, values), in order."""
    await session.execute(_ADD, {"campaign_id": campaign_id, "given": given})


async def problems(
    session: AsyncSession, campaign_id: UUID, *, after: int = 0, limit: int = 1000
) -> list[EntryProblem]:
    """Rows that cannot get a message, in file order."""
    parameters = {"campaign_id": campaign_id, "after": after, "limit": limit}
    rows = (await session.execute(_PROBLEMS, parameters)).all()
    return [EntryProblem(row.row, row.phone, row.values, row.problem) for row in rows]


def _cell(text: str | None) -> str:
    if text is None:
        return "\\N"
    text = text.replace("\\", "\\\\")
    if text.isprintable():
        return text
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


_COPY = text("""
INSERT INTO campaign_entries (campaign_id, row, phone, phone_key, values, consent, problem)
SELECT :target, row, phone, phone_key, values, consent, problem FROM campaign_entries
WHERE campaign_id = :origin
""")  # by primary key


async def copy(session: AsyncSession, origin: UUID, target: UUID) -> None:
    """Copy another campaign's entries to a draft."""
    await session.execute(_COPY, {"origin": origin, "target": target})
