"""The staging table of an import, and its merge, which a dry run only counts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.imports import UpdatePolicy
from store import freeing
from store.journal import Place
from store.leaving import staying
from store.tables.contacts import ImportErrorRow


@dataclass(frozen=True, slots=True)
class Settled:
    """How numbers are read that share one doubt and one country of the reading with a code.

    ``message`` is the packed reason for those that stay unclear, with {national} and {other} for the two readings.
    """

    doubt: str
    region: str
    written: str
    message: str


STAGE = """
CREATE TEMP TABLE import_stage (
    line int NOT NULL, id uuid NOT NULL, phone text NOT NULL, phone_key text NOT NULL,
    name text, language text, timezone text, fields jsonb NOT NULL, opt_out boolean,
    raw text NOT NULL, region text NOT NULL, doubt text, other_phone text, other_key text,
    other_region text NOT NULL, notes text, written text
) ON COMMIT DROP
"""
COPY_STAGE = """
COPY import_stage (line, id, phone, phone_key, name, language, timezone, fields, opt_out, raw,
    region, doubt, other_phone, other_key, other_region, notes)
FROM STDIN
"""
COPY_ERRORS = """
COPY import_errors (import_id, line, "column", code, message, raw, imported) FROM STDIN
"""

KNOWN = f"(SELECT k.* FROM contacts AS k WHERE {staying('k.id')})"
"""The contacts that exist when the import is done."""

# The first row of each number is kept; sorted by key so that imports lock in one order.
FIRST = "SELECT DISTINCT ON (phone_key) * FROM import_stage ORDER BY phone_key, line"

# A row excluded after all was not partly imported: its notes are withdrawn.
# Uses ix_import_errors_import_id_line.
WITHDRAW = """
withdrawn AS (
    UPDATE import_errors AS e SET imported = false FROM {dropped} AS d
    WHERE d.notes IS NOT NULL AND e.import_id = :import_id AND e.line = d.line),
noted AS (
    SELECT notes, count(*) AS number FROM {dropped} WHERE notes IS NOT NULL GROUP BY notes)"""
NOTED = "(SELECT coalesce(jsonb_object_agg(notes, number), '{}') FROM noted) AS noted"

# Only the first are kept; all are counted.
DUPLICATES = f"""
WITH repeated AS (
    SELECT phone_key, min(line) AS first, bool_or(written IS NOT NULL) AS further
    FROM import_stage GROUP BY phone_key HAVING count(*) > 1),
later AS (
    SELECT line, first, raw, further, notes FROM repeated JOIN import_stage USING (phone_key)
    WHERE line <> first),
kept AS (
    INSERT INTO import_errors (import_id, line, "column", code, message, raw)
    SELECT :import_id, line, :column, 'duplicate', CASE WHEN further
        THEN '{{"key":"row_duplicate.person","line":' || first || '}}'
        ELSE '{{"key":"row_duplicate","line":' || first || '}}' END, raw
    FROM later ORDER BY line LIMIT :room),
{WITHDRAW.format(dropped="later")}
SELECT (SELECT count(*) FROM later) AS number, {NOTED}
"""

DECISIONS = """
    jsonb_to_recordset(CAST(:decisions AS jsonb))
    AS d(doubt text, region text, written text, message text)"""
# There are few groups: one pass over the staging table each.
TAKE_OTHER = f"""
UPDATE import_stage AS s SET phone = other_phone, phone_key = other_key, region = other_region
FROM {DECISIONS}
WHERE s.doubt = d.doubt AND s.other_region = d.region AND d.written = 'international'
"""
LEAVE_UNCLEAR = f"""
WITH gone AS (
    DELETE FROM import_stage AS s USING {DECISIONS}
    WHERE s.doubt = d.doubt AND s.other_region = d.region AND d.written = ''
    RETURNING s.*, d.message),
kept AS (
    INSERT INTO import_errors (import_id, line, "column", code, message, raw)
    SELECT :import_id, line, :column, 'phone_unclear',
        replace(replace(message, '{{national}}', phone), '{{other}}', coalesce(other_phone, '')), raw
    FROM gone ORDER BY line LIMIT :room
    RETURNING message),
{WITHDRAW.format(dropped="gone")}
SELECT (SELECT count(*) FROM gone) AS number, coalesce((SELECT min(message) FROM kept), '') AS example,
    {NOTED}
"""
_COLUMNS = (
    "name", "language", "timezone", "fields", "marketing_opt_out_at", "marketing_agreed_at",
)  # fmt: skip
_CONSENT = """coalesce({old}.marketing_opt_out_at, {new}.marketing_opt_out_at),
    coalesce({old}.marketing_agreed_at, {new}.marketing_agreed_at)"""
# What each column of an existing contact becomes. An opt-out in the file always counts; consent in the file never lifts
# an earlier opt-out.
_MERGE: dict[UpdatePolicy, tuple[str, ...]] = {
    UpdatePolicy.SKIP: (
        "{old}.name", "{old}.language", "{old}.timezone", "{old}.fields", _CONSENT,
    ),
    UpdatePolicy.FILL: (
        "coalesce(nullif({old}.name, ''), {new}.name)",
        "coalesce({old}.language, {new}.language)",
        "coalesce({old}.timezone, {new}.timezone)",
        "{new}.fields || {old}.fields",
        _CONSENT,
    ),
    UpdatePolicy.OVERWRITE: (
        "coalesce(nullif({new}.name, ''), {old}.name)",
        "coalesce({new}.language, {old}.language)",
        "coalesce({new}.timezone, {old}.timezone)",
        "{old}.fields || {new}.fields",
        _CONSENT,
    ),
}  # fmt: skip


def _merged(policy: UpdatePolicy, old: str, new: str) -> tuple[str, str]:
    """The merged columns, and the condition that they differ from the stored ones."""
    values = ", ".join(_MERGE[policy]).format(old=old, new=new)
    present = ", ".join(f"{old}.{column}" for column in _COLUMNS)
    return values, f"({values}) IS DISTINCT FROM ({present})"


_INCOMING = f"""
SELECT id, phone, phone_key, coalesce(name, '') AS name, language, timezone, fields,
       CASE WHEN opt_out THEN CAST(:now AS timestamptz) END AS marketing_opt_out_at,
       CASE WHEN NOT opt_out THEN CAST(:now AS timestamptz) END AS marketing_agreed_at
FROM ({FIRST}) AS staged
"""


async def _driver(session: AsyncSession) -> AsyncConnection[Any]:
    """psycopg's connection under the session's transaction, for COPY."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, AsyncConnection)
    return driver


async def begin_stage(session: AsyncSession, import_id: UUID) -> None:
    """Create an empty staging table for this transaction; older row errors are deleted."""
    await session.execute(text("SET LOCAL work_mem = '64MB'"))
    await session.execute(text("DROP TABLE IF EXISTS import_stage"))
    await session.execute(text(STAGE))
    await session.execute(delete(ImportErrorRow).where(ImportErrorRow.import_id == import_id))


async def stage(session: AsyncSession, rows: bytes, errors: bytes) -> None:
    """COPY one chunk of encoded rows and errors."""
    driver = await _driver(session)
    async with driver.cursor() as cursor:
        for statement, data in ((COPY_STAGE, rows), (COPY_ERRORS, errors)):
            if data:
                async with cursor.copy(statement) as copy:
                    await copy.write(data)


async def settle_doubts(
    session: AsyncSession,
    import_id: UUID,
    column: str,
    decisions: Sequence[Settled],
    room: int,
) -> tuple[int, str, dict[str, int]]:
    """Read the numbers in doubt as decided; the others become row errors: returns how many, and an example.

    Only ``room`` of them are kept. Their notes are counted by text.
    """
    given = orjson.dumps([asdict(decision) for decision in decisions]).decode()
    await session.execute(text(TAKE_OTHER), {"decisions": given})
    parameters = {"decisions": given, "import_id": import_id, "column": column, "room": room}
    row = (await session.execute(text(LEAVE_UNCLEAR), parameters)).one()
    return row.number, row.example, row.noted


async def note_duplicates(
    session: AsyncSession, import_id: UUID, column: str, room: int
) -> tuple[int, dict[str, int]]:
    """Record the repeated rows of a number, the first ``room`` of them; returns how many there are, and their notes."""
    await session.execute(text("ANALYZE import_stage (phone_key)"))
    parameters = {"import_id": import_id, "column": column, "room": room}
    row = (await session.execute(text(DUPLICATES), parameters)).one()
    return row.number, row.noted


async def count_merge(
    session: AsyncSession, policy: UpdatePolicy, now: datetime
) -> tuple[int, int, int]:
    """How many contacts ``merge`` would add, change and leave; people being deleted do not count."""
    _, differs = _merged(policy, "c", "s")
    # Joins on the unique index uq_contacts_phone_key.
    statement = f"""
        SELECT count(*) FILTER (WHERE c.id IS NULL),
               count(*) FILTER (WHERE c.id IS NOT NULL AND {differs}),
               count(*)
        FROM ({_INCOMING}) AS s LEFT JOIN {KNOWN} AS c ON c.phone_key = s.phone_key
    """
    new, changed, every = (await session.execute(text(statement), {"now": now})).one()
    return new, changed, every - new - changed


async def free(session: AsyncSession) -> None:
    """Complete recent deletions of people whose number is in the file: the file is about somebody new."""
    await freeing.free(session, "SELECT phone_key FROM import_stage", {})


async def merge(session: AsyncSession, policy: UpdatePolicy, now: datetime) -> tuple[int, int, int]:
    """Insert and update contacts from the staging table; returns how many are new, changed and unchanged."""
    values, differs = _merged(policy, "c", "excluded")
    statement = f"""
        WITH incoming AS MATERIALIZED ({_INCOMING}),
        written AS (
            INSERT INTO contacts AS c (id, phone, phone_key, name, language, timezone, fields,
                                       marketing_opt_out_at, marketing_agreed_at, source,
                                       created_at, updated_at)
            SELECT id, phone, phone_key, name, language, timezone, fields,
                   marketing_opt_out_at, marketing_agreed_at, 'import', :now, :now
            FROM incoming ORDER BY phone_key
            ON CONFLICT (phone_key) DO UPDATE
            SET ({", ".join(_COLUMNS)}, updated_at) = ROW({values}, excluded.updated_at)
            WHERE {differs}
            RETURNING (c.xmax = 0) AS inserted)
        SELECT count(*) FILTER (WHERE inserted), count(*) FILTER (WHERE NOT inserted),
               (SELECT count(*) FROM incoming)
        FROM written
    """
    new, changed, every = (await session.execute(text(statement), {"now": now})).one()
    return new, changed, every - new - changed


GROUP_COUNT = f"""
SELECT count(*) FROM unnest(CAST(:groups AS uuid[])) AS g(id)
CROSS JOIN (SELECT DISTINCT phone_key FROM import_stage) AS s
LEFT JOIN {KNOWN} AS c ON c.phone_key = s.phone_key
WHERE NOT EXISTS (SELECT FROM group_members AS m WHERE m.group_id = g.id AND m.contact_id = c.id)
"""
GROUP_ADD = """
INSERT INTO group_members (group_id, contact_id)
SELECT g.id, c.id FROM unnest(CAST(:groups AS uuid[])) AS g(id)
CROSS JOIN (SELECT DISTINCT phone_key FROM import_stage) AS s
JOIN contacts AS c ON c.phone_key = s.phone_key
ORDER BY g.id, c.id
ON CONFLICT DO NOTHING
"""


async def add_to_groups(session: AsyncSession, group_ids: Sequence[UUID], *, dry_run: bool) -> int:
    """Add every staged contact to the groups; returns how many memberships are (or would be) new."""
    if not group_ids:
        return 0
    groups = {"groups": [str(group_id) for group_id in group_ids]}
    if dry_run:
        return int((await session.execute(text(GROUP_COUNT), groups)).scalar_one())
    return _affected(await session.execute(text(GROUP_ADD), groups))


# The group's members are listed in the journal, as ``store.contacts.add_to_group`` does.
GROUP_LISTED = f"""
WITH added AS ({GROUP_ADD} RETURNING contact_id)
INSERT INTO journal_contacts (contact_id, entry_id, at) SELECT contact_id, :entry_id, :at FROM added
"""


async def add_listed(session: AsyncSession, group_id: UUID, place: Place) -> int:
    """Add every staged contact to a group, and list them in the journal; returns how many were not in it."""
    parameters = {"groups": [str(group_id)], "entry_id": place.id, "at": place.at}
    return _affected(await session.execute(text(GROUP_LISTED), parameters))


def _affected(result: Any) -> int:
    return int(result.rowcount)
