"""Automations as designed: their rows, their published versions, and the list with its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.status import AutomationStatus
from store import searches
from store.tables.automations import (
    AutomationHookRow,
    AutomationRow,
    AutomationRunRow,
    AutomationSecretRow,
    AutomationVersionRow,
)

__all__ = ["AutomationHookRow", "AutomationRow", "AutomationSecretRow", "AutomationVersionRow"]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the list says about an automation besides its row."""

    editor: str | None
    triggers: Sequence[str]
    missed: int
    active_runs: int
    recent_runs: int


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A published version, without its graph."""

    version: int
    published_at: datetime
    published_by: str | None
    active_runs: int


@dataclass(frozen=True, slots=True)
class MissedStart:
    """A start that nothing could make in time."""

    trigger_id: str
    due: datetime


async def add(session: AsyncSession, **columns: Any) -> AutomationRow:
    """A new automation, with its defaults."""
    row = AutomationRow(**columns)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def get(session: AsyncSession, automation_id: UUID) -> AutomationRow | None:
    """An automation (primary key)."""
    return await session.get(AutomationRow, automation_id, populate_existing=True)


async def locked(session: AsyncSession, automation_id: UUID) -> AutomationRow | None:
    """An automation, locked until the transaction ends; its runs can be written meanwhile (primary key)."""
    return await session.get(
        AutomationRow, automation_id, populate_existing=True, with_for_update={"key_share": True}
    )


async def page(
    session: AsyncSession,
    *,
    status: AutomationStatus | None,
    search: str,
    archived: bool,
    after: UUID | None,
    limit: int,
) -> list[AutomationRow]:
    """Automations, newest first, before an id: its version 7 ids sort by time (primary key)."""
    query = (
        select(AutomationRow)
        .where(AutomationRow.archived_at.is_not(None) == archived)
        .order_by(AutomationRow.id.desc())
        .limit(limit)
    )
    if status is not None:
        query = query.where(AutomationRow.status == status)
    if search:
        query = query.where(searches.holds(AutomationRow.name, search))
    if after is not None:
        query = query.where(AutomationRow.id < after)
    return list(await session.scalars(query))


# By primary keys; runs by ix_automation_runs_active_automation_id_node and ix_automation_runs_automation_id_id.
_FIGURES = text("""
SELECT a.id, u.name AS editor, coalesce(t.types, '{}') AS triggers, coalesce(t.missed, 0) AS missed,
    (SELECT count(*) FROM automation_runs r WHERE r.automation_id = a.id AND r.ended_at IS NULL) AS active_runs,
    (SELECT count(*) FROM automation_runs r WHERE r.automation_id = a.id AND r.id >= :since) AS recent_runs
FROM automations a
LEFT JOIN users u ON u.id = a.draft_by
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT type ORDER BY type) AS types, count(missed_at) AS missed
    FROM automation_triggers WHERE automation_id = a.id
) t ON true
WHERE a.id = ANY(:ids)
""")


async def figures(
    session: AsyncSession, automation_ids: Sequence[UUID], since: UUID
) -> dict[UUID, Figures]:
    """The figures of these automations; recent runs have an id from ``since`` on."""
    rows = await session.execute(_FIGURES, {"ids": list(automation_ids), "since": since})
    return {
        row.id: Figures(row.editor, row.triggers, row.missed, row.active_runs, row.recent_runs)
        for row in rows
    }


async def totals(session: AsyncSession) -> Mapping[str, int]:
    """How many there are by status, and archived; a small table, read in full."""
    group = func.coalesce(
        func.nullif(AutomationRow.archived_at.is_not(None), False).cast(AutomationRow.name.type),
        AutomationRow.status,
    )
    rows = await session.execute(select(group, func.count()).group_by(group))
    return {"archived" if name == "true" else name: count for name, count in rows}


async def titles(session: AsyncSession) -> list[tuple[UUID, str]]:
    """Ids and names of those that are not archived, by name (ix_automations_name_id)."""
    rows = await session.execute(
        select(AutomationRow.id, AutomationRow.name)
        .where(AutomationRow.archived_at.is_(None))
        .order_by(func.lower(AutomationRow.name), AutomationRow.id)
    )
    return [(row.id, row.name) for row in rows]


async def named(session: AsyncSession) -> list[AutomationRow]:
    """Those that are not archived, by name (ix_automations_name_id)."""
    found = await session.scalars(
        select(AutomationRow)
        .where(AutomationRow.archived_at.is_(None))
        .order_by(func.lower(AutomationRow.name), AutomationRow.id)
    )
    return list(found)


async def set_draft(
    session: AsyncSession, automation_id: UUID, draft: dict[str, Any], by: UUID | None
) -> tuple[int, datetime]:
    """Keep a draft under its next revision (primary key); returns the revision and when."""
    changed = await session.execute(
        update(AutomationRow)
        .where(AutomationRow.id == automation_id)
        .values(
            draft=draft,
            revision=AutomationRow.revision + 1,
            draft_at=func.clock_timestamp(),
            draft_by=by,
        )
        .returning(AutomationRow.revision, AutomationRow.draft_at)
    )
    revision, at = changed.one()
    return revision, at


async def add_version(
    session: AsyncSession, automation_id: UUID, graph: dict[str, Any], by: UUID | None
) -> AutomationVersionRow:
    """The next version of an automation, whose row the caller has locked (primary key)."""
    newest = await session.scalar(
        select(func.max(AutomationVersionRow.version)).where(
            AutomationVersionRow.automation_id == automation_id
        )
    )
    row = AutomationVersionRow(
        automation_id=automation_id, version=(newest or 0) + 1, graph=graph, published_by=by
    )
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


async def version(
    session: AsyncSession, automation_id: UUID, number: int
) -> AutomationVersionRow | None:
    """One version with its graph (primary key)."""
    return await session.get(AutomationVersionRow, (automation_id, number))


# By primary key; runs by ix_automation_runs_active_automation_id_node.
_VERSIONS = text("""
SELECT v.version, v.published_at, u.name AS published_by, coalesce(r.active_runs, 0) AS active_runs
FROM automation_versions v
LEFT JOIN users u ON u.id = v.published_by
LEFT JOIN (
    SELECT version, count(*) AS active_runs FROM automation_runs
    WHERE automation_id = :automation_id AND ended_at IS NULL GROUP BY version
) r ON r.version = v.version
WHERE v.automation_id = :automation_id ORDER BY v.version DESC
""")


async def versions(session: AsyncSession, automation_id: UUID) -> list[VersionLine]:
    """Every published version, newest first."""
    rows = await session.execute(_VERSIONS, {"automation_id": automation_id})
    return [VersionLine(**row._mapping) for row in rows]


# By primary key.
_MISSED = text("""
SELECT trigger_id, missed_at AS due FROM automation_triggers
WHERE automation_id = :automation_id AND missed_at IS NOT NULL
ORDER BY missed_at
""")


async def missed(session: AsyncSession, automation_id: UUID) -> list[MissedStart]:
    """Starts of an automation that somebody has to decide about, oldest first."""
    rows = await session.execute(_MISSED, {"automation_id": automation_id})
    return [MissedStart(**row._mapping) for row in rows]


# ix_automation_runs_active_automation_id_node; the versions by primary key. The caller holds them (waiting.hold_all).
_MOVE_RUNS = text("""
UPDATE automation_runs r SET version = :version, marketing = :marketing
FROM jsonb_each_text(CAST(:types AS jsonb)) AS kept(node, type)
WHERE r.id IN (SELECT id FROM automation_runs WHERE automation_id = :automation_id AND ended_at IS NULL
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
  AND r.node = kept.node AND r.version <> :version
  AND EXISTS (
    SELECT FROM automation_versions v, jsonb_array_elements(v.graph -> 'nodes') old
    WHERE v.automation_id = r.automation_id AND v.version = r.version
      AND old ->> 'id' = kept.node AND old ->> 'type' = kept.type)
RETURNING r.id
""")


async def move_runs(
    session: AsyncSession,
    automation_id: UUID,
    version: int,
    types: Mapping[str, str],
    *,
    marketing: bool,
) -> int:
    """Let active runs go on in another version if it has their node with the same type; returns how many."""
    parameters = {
        "automation_id": automation_id, "version": version, "marketing": marketing,
        "types": orjson.dumps(dict(types)).decode(),
    }  # fmt: skip
    return len((await session.execute(_MOVE_RUNS, parameters)).all())


async def active_runs(session: AsyncSession, automation_id: UUID) -> int:
    """How many runs are inside (ix_automation_runs_active_automation_id_node)."""
    found = await session.scalar(
        select(func.count())
        .select_from(AutomationRunRow)
        .where(AutomationRunRow.automation_id == automation_id, AutomationRunRow.ended_at.is_(None))
    )
    return found or 0
