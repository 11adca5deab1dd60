"""The countries of an import's numbers, read from its staging table."""

import json
from collections.abc import Sequence
from itertools import zip_longest

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

COUNTRIES = """
SELECT region, count(*) AS number FROM (SELECT DISTINCT region, phone_key FROM import_stage) AS s
GROUP BY region ORDER BY number DESC, region
"""

# Read once for a few rare countries.
ROWS_OF = """
SELECT region, raw FROM (
    SELECT region, raw, row_number() OVER (PARTITION BY region ORDER BY line) AS place
    FROM import_stage WHERE region = ANY(:regions)) AS s
WHERE place <= :limit ORDER BY region, place
"""


async def count(session: AsyncSession) -> dict[str, int]:
    """How many people the staging table has per country, most first."""
    rows = await session.execute(text(COUNTRIES))
    return {row.region: row.number for row in rows}


async def rows_of(
    session: AsyncSession, regions: Sequence[str], limit: int, headers: Sequence[str]
) -> dict[str, list[list[tuple[str, str]]]]:
    """The cells of the first rows for each of these countries, with headings."""
    rows = await session.execute(text(ROWS_OF), {"regions": list(regions), "limit": limit})
    found: dict[str, list[list[tuple[str, str]]]] = {}
    for row in rows:
        cells = zip_longest(headers, json.loads(row.raw), fillvalue="")
        found.setdefault(row.region, []).append(list(cells))
    return found
