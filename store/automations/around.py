"""What exists around automations, as far as their checks ask: only what a graph names is looked up."""

from collections.abc import Collection
from uuid import UUID

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
