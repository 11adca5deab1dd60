"""Publish drafts as versions that act, and say what a draft would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations import changes as differences
from domain.automations.changes import Change
from domain.automations.graphs import Graph
from domain.automations.problems import Problem
from domain.automations.status import AutomationStatus
from domain.errors import Conflict, Invalid
from domain.journal.automations import AutomationPublished
from domain.sentences import Sentence
from services import journal
from services.automations import candidates, checking, documents, find, stopping
from services.automations.drafts import require_revision
from store.automations import designs, waiting
from store.automations.designs import AutomationRow


class Inside(StrEnum):
    """What happens to the people who are inside when a version is published."""

    FINISH = "finish"  # they go on with the version they entered
    MOVE = "move"  # whoever is at a node that still exists goes on in the new one
    STOP = "stop"  # their runs end


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A new version, and what became of the runs that were inside."""

    version: int
    published_at: datetime
    finishing: int
    moved: int
    stopped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How a draft differs from the version that acts; ``since`` is None before the first one."""

    since: int | None
    changes: Sequence[Change]


async def publish(
    session: AsyncSession, actor: Actor, automation_id: UUID, revision: int, inside: Inside
) -> Published:
    """Let this revision of the draft act; raises Conflict if it is another by now, Invalid while it has errors."""
    if inside is not Inside.FINISH:
        await waiting.hold_all(session, automation_id)
    row = await find.acting(session, automation_id)
    await require_revision(session, actor, row, revision)
    checked = await checking.check(session, row.draft, row.id)
    _require_sound(checked.problems)
    graph, document = checked.read.graph, documents.write(checked.read.graph)
    before = await _acting(session, row)
    live = row.status == AutomationStatus.LIVE
    if live and before is not None and not checking.differs(before, document):
        raise Conflict("automation_unchanged")
    active = await designs.active_runs(session, row.id)
    stopped = 0
    if inside is Inside.STOP and active:
        stopped = await stopping.stop_all(session, actor, row.id)
    made = await designs.add_version(session, row.id, document, actor.user_id)
    row.version, row.status, row.halted = made.version, AutomationStatus.LIVE, None
    await session.flush()
    await candidates.upsert_triggers(session, row.id, made.version, graph)
    moved = await _move(session, row.id, made.version, graph) if inside is Inside.MOVE else 0
    if not live:
        await stopping.go_on(session, row.id)
    published = AutomationPublished(automation_id=row.id, version=made.version)
    await journal.note(session, actor, published)
    return Published(
        version=made.version, published_at=made.published_at, finishing=active - stopped - moved,
        moved=moved, stopped=stopped,
    )  # fmt: skip


async def changes(session: AsyncSession, automation_id: UUID) -> Changes:
    """What publishing the draft would change; raises NotFound."""
    row = await find.row(session, automation_id)
    before = await _acting(session, row)
    old = documents.read(before).graph if before is not None else Graph()
    new = documents.read(row.draft).graph
    return Changes(since=row.version, changes=differences.between(old, new))


async def _acting(session: AsyncSession, row: AutomationRow) -> dict[str, object] | None:
    if row.version is None:
        return None
    found = await designs.version(session, row.id, row.version)
    return found.graph if found else None


async def _move(session: AsyncSession, automation_id: UUID, version: int, graph: Graph) -> int:
    """Runs go on at the node they are at, if it is still there and of the same type; a wait lasts as it was promised."""
    types = {node.id: node.data.TYPE for node in graph.nodes}
    return await designs.move_runs(
        session, automation_id, version, types, marketing=graph.settings.marketing
    )


def _require_sound(problems: Sequence[Problem]) -> None:
    errors = [problem for problem in problems if problem.blocks]
    if not errors:
        return
    fields: dict[str, Sentence] = {}
    for problem in errors:
        fields.setdefault(problem.at or "automation", problem.sentence)
    raise Invalid("draft_has_errors", fields=fields, errors=len(errors))
