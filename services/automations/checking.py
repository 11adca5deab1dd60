"""Check a document against what exists, put it right, and arrange it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations import changes, fixes, layout, problems
from domain.automations.graphs import Graph
from domain.automations.known import Known, KnownTemplate, KnownVersion
from domain.automations.nodes import SendTemplate, StartAutomation
from domain.automations.problems import Fix, Problem
from domain.automations.triggers import CampaignReplyTrigger
from domain.errors import Invalid
from domain.ids import parse_id
from services import clock
from services.automations import documents, zones
from services.automations.documents import Read
from services.templates import show
from store import channels, fields, groups, labels, users
from store.automations import around, designs, secrets
from store.templates import TemplateRow

MARKETING = "MARKETING"


@dataclass(frozen=True, slots=True)
class Checked:
    """A document as it was read, and all that is wrong with it."""

    read: Read
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Chosen:
    """What this installation lets automations do; set once by the composition root of a process."""

    local_calls: bool = False


_chosen = _Chosen()


def use(*, local_calls: bool) -> None:
    """Say whether requests may go to the own network."""
    _chosen.local_calls = local_calls


async def check(
    session: AsyncSession, document: Mapping[str, Any], automation_id: UUID | None = None
) -> Checked:
    """Read a document and find its problems; raises Invalid when it is no document at all."""
    read = documents.read(document)
    around_it = await known(session, read.graph, automation_id)
    graph, unread = documents.with_stand_ins(read)
    found = (one for one in problems.find(graph, around_it) if one.at not in unread)
    return Checked(read, (*read.problems, *found))


async def fix(
    session: AsyncSession,
    document: Mapping[str, Any],
    at: str,
    how: str,
    field: str = "",
    automation_id: UUID | None = None,
) -> Checked:
    """The document after one click on the remedy of a problem at this field, with what is still wrong."""
    remedy = next((one for one in Fix if one == how), None)
    if remedy is None:
        raise Invalid("fix_unknown", field="fix")
    if remedy is Fix.LEAVE_OUT:
        mended = documents.leave_out(document, at, field)
    else:
        mended = documents.change(document, lambda graph: fixes.apply(graph, at, remedy, field))
    return await check(session, mended, automation_id)


def arrange(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with its nodes in tidy places."""
    return documents.change(document, layout.arrange)


def differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two documents do different things, wherever their nodes stand; what cannot be read does."""
    read = documents.read(new)
    return bool(read.problems or changes.between(documents.read(old).graph, read.graph))


async def known(session: AsyncSession, graph: Graph, automation_id: UUID | None = None) -> Known:
    """What exists around a graph: everything small, and of what is large what the graph names."""
    sent = {node.data.template for node in graph.nodes if isinstance(node.data, SendTemplate)}
    starting = any(isinstance(node.data, StartAutomation) for node in graph.nodes)
    return Known(
        now=clock.now(),
        zone=zones.ours(),
        itself=str(automation_id or ""),
        templates=_templates(await around.templates(session, sent - {""})),
        fields={field.key: field.type for field in await fields.every(session)},
        labels=_ids(label.id for label in await labels.every(session)),
        groups=_ids(group.id for group in await groups.every(session)),
        users=_ids(user.id for user in await users.all_users(session) if user.is_active),
        channels=_ids(row.id for row in await channels.list_all(session)),
        campaigns=await _campaigns(session, graph),
        secrets=frozenset(secret.name for secret in await secrets.names(session)),
        automations=_ids(row.id for row in await designs.named(session)),
        starts=await around.starts(session) if starting else {},
        local_calls=_chosen.local_calls,
    )


def _ids(ids: Iterable[UUID]) -> frozenset[str]:
    return frozenset(map(str, ids))


async def _campaigns(session: AsyncSession, graph: Graph) -> frozenset[str]:
    named = {
        found
        for trigger in graph.triggers
        if isinstance(trigger.data, CampaignReplyTrigger)
        for text in trigger.data.campaigns
        if (found := parse_id(text)) is not None
    }
    return _ids(await around.campaigns(session, named)) if named else frozenset()


def _templates(rows: Iterable[TemplateRow]) -> dict[str, KnownTemplate]:
    return {
        name: _template(list(versions)) for name, versions in groupby(rows, lambda row: row.name)
    }


def _template(rows: list[TemplateRow]) -> KnownTemplate:
    """One name in all languages; where two accounts have it, a language that can be sent counts."""
    languages: dict[str, KnownVersion] = {}
    for shown in map(show.show, rows):
        before = languages.get(shown.row.language)
        if before is None or before.problem is not None:
            slots = {slot.key: slot.label for slot in shown.slots}
            languages[shown.row.language] = KnownVersion(slots=slots, problem=shown.problem)
    marketing = any(row.category.upper() == MARKETING for row in rows)
    return KnownTemplate(languages=languages, marketing=marketing)
