"""Templates in the database: pages, groups, the set-based sync and single-row changes by webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Text, cast, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.templates import TemplateFilter
from store import searches
from store.tables.channels import ChannelRow
from store.tables.templates import TemplateRow


@dataclass(frozen=True, slots=True)
class FetchedTemplate:
    """A template in one language as Meta returned it."""

    meta_id: str
    name: str
    language: str
    category: str
    status: str
    parameter_format: str
    components: list[Any]
    quality: str
    rejected_reason: str | None


@dataclass(frozen=True, slots=True)
class SyncCounts:
    """What a sync did."""

    new: int
    updated: int
    unchanged: int
    removed: int
    aside: int = 0


async def get(session: AsyncSession, template_id: UUID) -> TemplateRow | None:
    """One template in one language."""
    return await session.get(TemplateRow, template_id)


async def siblings(session: AsyncSession, row: TemplateRow) -> list[TemplateRow]:
    """The template in every language that still exists, itself included (unique index)."""
    found = await session.scalars(
        select(TemplateRow)
        .where(TemplateRow.waba_id == row.waba_id, TemplateRow.name == row.name)
        .where(or_(TemplateRow.deleted_at.is_(None), TemplateRow.id == row.id))
        .order_by(TemplateRow.language)
    )
    return list(found)


async def named(session: AsyncSession, waba_id: str, name: str) -> list[TemplateRow]:
    """The existing languages of a template of an account (unique index)."""
    found = await session.scalars(
        select(TemplateRow)
        .where(TemplateRow.waba_id == waba_id, TemplateRow.name == name)
        .where(TemplateRow.deleted_at.is_(None))
        .order_by(TemplateRow.language)
    )
    return list(found)


async def page(
    session: AsyncSession,
    wanted: TemplateFilter,
    *,
    after: tuple[str, str, UUID] | None,
    limit: int,
) -> list[TemplateRow]:
    """One page in order of name, language, id; it may sort, as a team has a few thousand at most."""
    query = select(TemplateRow).where(*_conditions(wanted))
    order = (TemplateRow.name, TemplateRow.language, TemplateRow.id)
    if after:
        query = query.where(tuple_(*order) > after)
    return list(await session.scalars(query.order_by(*order).limit(limit)))


async def groups(
    session: AsyncSession, wanted: TemplateFilter, *, after: tuple[str, str] | None, limit: int
) -> list[list[TemplateRow]]:
    """One page of names in order, each with all its languages, whichever of them matched."""
    key = (TemplateRow.name, TemplateRow.waba_id)
    names = select(*key).where(*_conditions(wanted)).group_by(*key).order_by(*key).limit(limit)
    if after:
        names = names.where(tuple_(*key) > after)
    chosen = names.subquery()
    rows = await session.scalars(
        select(TemplateRow)
        .join(
            chosen,
            (chosen.c.name == TemplateRow.name) & (chosen.c.waba_id == TemplateRow.waba_id),
        )
        .where(_existing(wanted))
        .order_by(*key, TemplateRow.language)
    )
    found: dict[tuple[str, str], list[TemplateRow]] = {}
    for row in rows:
        found.setdefault((row.name, row.waba_id), []).append(row)
    return list(found.values())


async def facets(session: AsyncSession) -> dict[str, list[str]]:
    """The existing languages, categories and statuses, for the list's filters."""
    found: dict[str, list[str]] = {}
    for column in (TemplateRow.language, TemplateRow.category, TemplateRow.status):
        query = select(column).distinct().where(*_conditions(TemplateFilter())).order_by(column)
        found[column.key] = list(await session.scalars(query))
    return found


async def find(
    session: AsyncSession, *, waba_id: str, meta_id: str, name: str, language: str
) -> TemplateRow | None:
    """The row a webhook is about, locked: by Meta's id (ix_templates_meta_id), else by name."""
    by_id = TemplateRow.meta_id == meta_id
    by_name = (TemplateRow.name == name) & (func.lower(TemplateRow.language) == language.lower())
    found: TemplateRow | None = await session.scalar(
        select(TemplateRow)
        .where(TemplateRow.waba_id == waba_id, by_id if meta_id else by_name)
        .limit(1)
        .with_for_update(key_share=True)
    )
    if found is None and meta_id and name:
        return await find(session, waba_id=waba_id, meta_id="", name=name, language=language)
    return found


async def last_synced_at(session: AsyncSession) -> datetime | None:
    """When rows were last confirmed at Meta."""
    found: datetime | None = await session.scalar(select(func.max(TemplateRow.synced_at)))
    return found


_FETCHED = """incoming AS (
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:meta_ids AS text[]), CAST(:names AS text[]),
        CAST(:languages AS text[]), CAST(:categories AS text[]), CAST(:statuses AS text[]),
        CAST(:formats AS text[]), CAST(:components AS jsonb[]), CAST(:qualities AS text[]),
        CAST(:reasons AS text[])
    ) AS i(id, meta_id, name, language, category, status, parameter_format, components, quality,
        rejected_reason)
)"""

_COMPARED = """compared AS (
    SELECT t.id IS NULL AS is_new,
        (t.meta_id, t.category, t.status, t.parameter_format, t.components, t.quality,
            t.rejected_reason, t.deleted_at)
        IS DISTINCT FROM (i.meta_id, i.category, i.status, i.parameter_format, i.components,
            i.quality, i.rejected_reason, CAST(NULL AS timestamptz)) AS is_changed
    FROM incoming i
    LEFT JOIN templates t ON t.waba_id = :waba_id AND t.name = i.name AND t.language = i.language
)"""

_WRITTEN = """written AS (
    INSERT INTO templates (id, waba_id, meta_id, name, language, category, status,
        parameter_format, components, quality, rejected_reason, synced_at)
    SELECT i.id, :waba_id, i.meta_id, i.name, i.language, i.category, i.status,
        i.parameter_format, i.components, i.quality, i.rejected_reason, :now
    FROM incoming i
    ON CONFLICT (waba_id, name, language) DO UPDATE SET
        meta_id = excluded.meta_id, category = excluded.category, status = excluded.status,
        parameter_format = excluded.parameter_format, components = excluded.components,
        quality = excluded.quality, rejected_reason = excluded.rejected_reason,
        synced_at = excluded.synced_at, deleted_at = NULL
)"""

_REMOVED = """removed AS (
    UPDATE templates t SET deleted_at = :now
    WHERE t.waba_id = :waba_id AND t.deleted_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM incoming i WHERE i.name = t.name AND i.language = t.language)
    AND NOT EXISTS (
        SELECT 1 FROM unnest(CAST(:spared_names AS text[]), CAST(:spared_languages AS text[]))
            AS s(name, language)
        WHERE s.name = t.name AND s.language IN (t.language, ''))
    RETURNING 1
)"""

# The unique index (waba_id, name, language) serves the comparison, the conflict and the removal.
_SYNC = text(f"""
WITH {_FETCHED},
{_COMPARED},
{_WRITTEN},
{_REMOVED}
SELECT
    count(*) FILTER (WHERE is_new) AS new,
    count(*) FILTER (WHERE is_changed AND NOT is_new) AS updated,
    count(*) FILTER (WHERE NOT is_changed) AS unchanged,
    (SELECT count(*) FROM removed) AS removed
FROM compared
""")

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('templates:' || :waba_id, 0))")


async def sync(
    session: AsyncSession,
    waba_id: str,
    fetched: Sequence[FetchedTemplate],
    *,
    now: datetime,
    spared: Sequence[tuple[str, str]] = (),
) -> SyncCounts:
    """Make the account's rows match what was fetched; two syncs of one account take turns.

    ``spared`` exist at Meta by name and language but cannot be stored: they do not count as removed.
    """
    await session.execute(_ONE_AT_A_TIME, {"waba_id": waba_id})
    rows = {(item.name, item.language): item for item in fetched}.values()
    result = await session.execute(
        _SYNC,
        {
            "waba_id": waba_id,
            "now": now,
            "ids": [new_id() for _ in rows],
            "meta_ids": [item.meta_id for item in rows],
            "names": [item.name for item in rows],
            "languages": [item.language for item in rows],
            "categories": [item.category for item in rows],
            "statuses": [item.status for item in rows],
            "formats": [item.parameter_format for item in rows],
            "components": [_json(item.components) for item in rows],
            "qualities": [item.quality for item in rows],
            "reasons": [item.rejected_reason for item in rows],
            "spared_names": [name for name, _ in spared],
            "spared_languages": [language for _, language in spared],
        },
    )
    counts = result.one()
    return SyncCounts(counts.new, counts.updated, counts.unchanged, counts.removed)


def _json(components: list[Any]) -> str:
    """As PostgreSQL takes it; the text has already been cleaned."""
    return orjson.dumps(components).decode()


def _existing(wanted: TemplateFilter) -> ColumnElement[bool]:
    if wanted.status == "DELETED":
        return TemplateRow.deleted_at.is_not(None)
    return TemplateRow.deleted_at.is_(None)


def _conditions(wanted: TemplateFilter) -> list[ColumnElement[bool]]:
    live = select(ChannelRow.waba_id).where(ChannelRow.deleted_at.is_(None))
    exact = {
        TemplateRow.language: wanted.language,
        TemplateRow.category: wanted.category,
        TemplateRow.status: "" if wanted.status == "DELETED" else wanted.status,
        TemplateRow.waba_id: wanted.waba_id,
    }
    conditions = [column == value for column, value in exact.items() if value]
    if wanted.search:
        texts = cast(
            func.jsonb_path_query_array(TemplateRow.components, cast("$[*].text", JSONPATH)), Text
        )
        matches = [searches.holds(column, wanted.search) for column in (TemplateRow.name, texts)]
        conditions.append(or_(*matches))
    return [TemplateRow.waba_id.in_(live), _existing(wanted), *conditions]
