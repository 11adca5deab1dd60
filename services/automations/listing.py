"""Read automations: the list, one of them with its draft, and its published versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.automations.problems import Problem
from domain.automations.status import AutomationStatus
from domain.errors import NotFound
from domain.ids import first_id
from services import clock
from services.automations import checking, documents, find, naming
from store.automations import designs
from store.automations.designs import AutomationRow, Figures, VersionLine

RECENT = timedelta(days=7)
NOTHING = Figures(None, (), 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationItem:
    """An automation in the list; ``triggers`` are the types that act, or those of a draft never published."""

    id: UUID
    name: str
    status: AutomationStatus
    version: int | None
    archived_at: datetime | None
    edited_at: datetime
    edited_by: str | None
    created_at: datetime
    triggers: Sequence[str]
    active_runs: int
    runs_7d: int
    halted: Mapping[str, Any] | None
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft as it can be drawn, its problems, and who saved it."""

    revision: int
    saved_at: datetime
    saved_by: str | None
    document: Mapping[str, Any]
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedView:
    """A start that nothing could make in time; somebody decides."""

    trigger_id: str
    title: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsInside:
    """How many runs are inside a version."""

    version: int
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationView:
    """One automation; ``changed`` says whether its draft differs from the version that acts."""

    item: AutomationItem
    revision: int
    published_at: datetime | None
    published_by: str | None
    changed: bool
    missed_starts: Sequence[MissedView]
    runs_inside: Sequence[RunsInside]
    draft: DraftView


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationPage:
    """One page of the list and the cursor of the next."""

    items: list[AutomationItem]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """A published version with its graph; ``live`` when it is the one that acts."""

    line: VersionLine
    live: bool
    document: Mapping[str, Any]


async def page(
    session: AsyncSession,
    *,
    status: AutomationStatus | None = None,
    search: str = "",
    archived: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> AutomationPage:
    """Newest automations first, page by page; ``cursor`` is opaque to callers."""
    found = await designs.page(
        session, status=status, search=search, archived=archived, after=cursors.position(cursor),
        limit=limit + 1,
    )  # fmt: skip
    shown = found[:limit]
    more = cursors.encode((str(shown[-1].id),)) if len(found) > limit else None
    return AutomationPage(items=await _items(session, shown), next_cursor=more)


async def totals(session: AsyncSession) -> Mapping[str, int]:
    """How many automations there are in each state, and how many are archived."""
    found = await designs.totals(session)
    return {name: found.get(name, 0) for name in (*AutomationStatus, "archived")}


async def one(session: AsyncSession, automation_id: UUID) -> AutomationView:
    """One automation with its draft; raises NotFound."""
    row = await find.row(session, automation_id)
    (item,) = await _items(session, [row])
    versions = await designs.versions(session, automation_id)
    acting = next((line for line in versions if line.version == row.version), None)
    return AutomationView(
        item=replace(item, halted=await naming.concerned(session, item.halted)),
        revision=row.revision,
        published_at=acting.published_at if acting else None,
        published_by=acting.published_by if acting else None,
        changed=await is_changed(session, row),
        missed_starts=await _missed(session, row) if item.missed else (),
        runs_inside=[
            RunsInside(version=line.version, runs=line.active_runs)
            for line in versions
            if line.active_runs
        ],
        draft=await _draft(session, row, item.edited_by),
    )


async def draft(session: AsyncSession, automation_id: UUID) -> DraftView:
    """The draft as it is now; raises NotFound."""
    row = await find.row(session, automation_id)
    (item,) = await _items(session, [row])
    return await _draft(session, row, item.edited_by)


async def versions(session: AsyncSession, automation_id: UUID) -> list[tuple[VersionLine, bool]]:
    """Every published version, newest first, and whether it is the one that acts; raises NotFound."""
    row = await find.row(session, automation_id)
    found = await designs.versions(session, automation_id)
    return [(line, line.version == row.version) for line in found]


async def version(session: AsyncSession, automation_id: UUID, number: int) -> VersionView:
    """One published version with its graph; raises NotFound."""
    found = await designs.version(session, automation_id, number)
    if found is None:
        raise NotFound("automation_version_unknown")
    line, live = next(
        pair for pair in await versions(session, automation_id) if pair[0].version == number
    )
    return VersionView(line=line, live=live, document=found.graph)


async def is_changed(session: AsyncSession, row: AutomationRow) -> bool:
    """Whether publishing the draft would change what happens."""
    if row.version is None:
        return True
    acting = await designs.version(session, row.id, row.version)
    return acting is None or checking.differs(acting.graph, row.draft)


async def _missed(session: AsyncSession, row: AutomationRow) -> list[MissedView]:
    titles = {
        one.get("id"): one.get("title", "")
        for one in documents.repaired(row.draft).get("triggers", ())
    }
    return [
        MissedView(trigger_id=one.trigger_id, title=titles.get(one.trigger_id, ""), due=one.due)
        for one in await designs.missed(session, row.id)
    ]


async def _items(session: AsyncSession, rows: Sequence[AutomationRow]) -> list[AutomationItem]:
    since = first_id(clock.now() - RECENT)
    known = await designs.figures(session, [row.id for row in rows], since)
    return [_item(row, known.get(row.id, NOTHING)) for row in rows]


def _item(row: AutomationRow, figures: Figures) -> AutomationItem:
    return AutomationItem(
        id=row.id,
        name=row.name,
        status=AutomationStatus(row.status),
        version=row.version,
        archived_at=row.archived_at,
        edited_at=row.draft_at,
        edited_by=figures.editor,
        created_at=row.created_at,
        triggers=figures.triggers or _drawn_triggers(row),
        active_runs=figures.active_runs,
        runs_7d=figures.recent_runs,
        halted=row.halted,
        missed=figures.missed,
    )


def _drawn_triggers(row: AutomationRow) -> list[str]:
    drawn = row.draft.get("triggers")
    found = {
        each.get("type")
        for each in (drawn if isinstance(drawn, list) else ())
        if isinstance(each, dict)
    }
    return sorted(kind for kind in found if isinstance(kind, str))


async def _draft(session: AsyncSession, row: AutomationRow, saved_by: str | None) -> DraftView:
    checked = await checking.check(session, row.draft, row.id)
    return DraftView(
        revision=row.revision, saved_at=row.draft_at, saved_by=saved_by,
        document=documents.repaired(row.draft),
        problems=checked.problems,
    )  # fmt: skip
