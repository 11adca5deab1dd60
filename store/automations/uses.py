"""Automations whose draft or living versions mention a name."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

INSIDE = """inside AS MATERIALIZED (
    SELECT DISTINCT automation_id, version FROM automation_runs WHERE ended_at IS NULL
)"""
"""The versions with people inside, who go on with theirs; reads the active runs through one of their partial indexes."""

# Reads the documents of all automations, of which there are few.
_MENTIONING = text(f"""
WITH {INSIDE},
documents AS (
    SELECT a.id, a.name, a.status, false AS acts, a.draft AS document
    FROM automations a WHERE a.archived_at IS NULL
    UNION ALL
    SELECT a.id, a.name, a.status, true, v.graph
    FROM automations a JOIN automation_versions v ON v.automation_id = a.id
    WHERE (a.archived_at IS NULL AND v.version = a.version)
        OR EXISTS (SELECT FROM inside i WHERE i.automation_id = a.id AND i.version = v.version)
)
SELECT * FROM documents WHERE position(:name IN document::text) > 0 ORDER BY lower(name), id, acts
""")


@dataclass(frozen=True, slots=True)
class Mention:
    """A document that holds the name somewhere; ``acts``: a version that is live, or that somebody is inside."""

    id: UUID
    name: str
    status: str
    acts: bool
    document: dict[str, Any]


async def mentioning(session: AsyncSession, name: str) -> list[Mention]:
    """The drafts and living versions that hold a name, by the name of their automation."""
    written = orjson.dumps(name).decode()[1:-1]
    rows = await session.execute(_MENTIONING, {"name": written})
    return [Mention(**row._mapping) for row in rows]
