"""What exists around automations, as far as their checks ask: only what a graph names is looked up."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables.campaigns import CampaignRow
from store.tables.templates import TemplateRow

_STARTS = text("""
SELECT a.id::text AS id, array_agg(DISTINCT node #>> '{data,automation}') AS started
FROM automations a
JOIN automation_versions v ON v.automation_id = a.id AND v.version = a.version
CROSS JOIN LATERAL jsonb_array_elements(v.graph -> 'nodes') node
WHERE a.archived_at IS NULL AND node ->> 'type' = 'start_automation'
GROUP BY a.id
""")  # both by primary key; every graph that acts, of which there are few


async def templates(session: AsyncSession, names: Collection[str]) -> list[TemplateRow]:
    """These templates in every language that exists, by name and language; the table has a few thousand rows at most."""
    found = await session.scalars(
        select(TemplateRow)
        .where(TemplateRow.name.in_(names), TemplateRow.deleted_at.is_(None))
        .order_by(TemplateRow.name, TemplateRow.language, TemplateRow.id)
    )
    return list(found)


async def campaigns(session: AsyncSession, campaign_ids: Collection[UUID]) -> set[UUID]:
    """Which of these campaigns exist (primary key)."""
    return set(
        await session.scalars(select(CampaignRow.id).where(CampaignRow.id.in_(campaign_ids)))
    )


async def recent_campaigns(session: AsyncSession, limit: int) -> list[tuple[UUID, str]]:
    """The newest campaigns that were launched; it sorts a few thousand rows at most."""
    rows = await session.execute(
        select(CampaignRow.id, CampaignRow.name)
        .where(CampaignRow.launched_at.is_not(None), CampaignRow.archived_at.is_(None))
        .order_by(CampaignRow.created_at.desc(), CampaignRow.id.desc())
        .limit(limit)
    )
    return [(row.id, row.name) for row in rows]


async def starts(session: AsyncSession) -> dict[str, frozenset[str]]:
    """For each automation that acts, which others it starts."""
    return {row.id: frozenset(filter(None, row.started)) for row in await session.execute(_STARTS)}


# Both by primary key; every graph that acts, of which there are few. Only what changes contacts, and what hears of it.
_CHANGING = text("""
SELECT a.id::text AS id, a.name, jsonb_build_object('schema', v.graph -> 'schema', 'triggers',
    jsonb_path_query_array(v.graph, '$.triggers[*] ? (@.type == $types[*])', CAST(:types AS jsonb)), 'nodes',
    jsonb_path_query_array(v.graph, '$.nodes[*] ? (@.type == $nodes[*])', CAST(:types AS jsonb))) AS document
FROM automations a
JOIN automation_versions v ON v.automation_id = a.id AND v.version = a.version
WHERE a.status = 'live' AND a.archived_at IS NULL
ORDER BY lower(a.name), a.id
""")


@dataclass(frozen=True, slots=True)
class Changing:
    """The triggers and nodes of some types of a version that acts, as a document without edges."""

    id: str
    name: str
    document: dict[str, Any]


async def changing(
    session: AsyncSession, triggers: Collection[str], nodes: Collection[str]
) -> list[Changing]:
    """What automations that are live have of these types, by name."""
    types = orjson.dumps({"types": list(triggers), "nodes": list(nodes)}).decode()
    return [Changing(**row._mapping) for row in await session.execute(_CHANGING, {"types": types})]


async def template_names(session: AsyncSession, limit: int) -> list[str]:
    """The names of all templates that exist; the table has a few thousand rows at most."""
    found = await session.scalars(
        select(TemplateRow.name)
        .where(TemplateRow.deleted_at.is_(None))
        .group_by(TemplateRow.name)
        .order_by(func.lower(TemplateRow.name))
        .limit(limit)
    )
    return list(found)
