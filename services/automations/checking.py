"""Check a document against what exists, put it right, and arrange it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations import changes, files, fixes, layout, problems, uses
from domain.automations.graphs import Graph
from domain.automations.known import Known, KnownAutomation, KnownTemplate, KnownVersion
from domain.automations.problems import Fix, Problem, setting_off
from domain.automations.uses import Thing
from domain.contacts import FieldType
from domain.errors import Invalid
from domain.ids import parse_id
from services import clock
from services.automations import documents, hours, zones
from services.automations.documents import Read
from services.templates import show
from store import channels, fields, groups, labels, outgoing_files, users
from store.automations import around, designs, secrets
from store.automations.around import Changing
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
    sent_files = files.named(graph)
    own_fields = {field.key: field.type for field in await fields.every(session)}
    acting = await _acting(session, graph, own_fields)
    starting = acting or uses.named(graph, Thing.AUTOMATION)
    return Known(
        now=clock.now(),
        zone=zones.ours(),
        itself=str(automation_id or ""),
        templates=_templates(await around.templates(session, uses.named(graph, Thing.TEMPLATE))),
        fields=own_fields,
        labels=_ids(label.id for label in await labels.every(session)),
        groups=_ids(group.id for group in await groups.every(session)),
        users=_ids(user.id for user in await users.all_users(session) if user.is_active),
        channels=_ids(row.id for row in await channels.list_all(session)),
        campaigns=await _campaigns(session, graph),
        calendars=await hours.known(session),
        secrets=frozenset(secret.name for secret in await secrets.names(session)),
        automations=_ids(row.id for row in await designs.named(session)),
        starts=await around.starts(session) if starting else {},
        acting=acting,
        files=await outgoing_files.types(session, sent_files) if sent_files else {},
        local_calls=_chosen.local_calls,
    )


def _ids(ids: Iterable[UUID]) -> frozenset[str]:
    return frozenset(map(str, ids))


async def _campaigns(session: AsyncSession, graph: Graph) -> frozenset[str]:
    named = {
        found for text in uses.named(graph, Thing.CAMPAIGN) if (found := parse_id(text)) is not None
    }
    return _ids(await around.campaigns(session, named)) if named else frozenset()


async def _acting(
    session: AsyncSession, graph: Graph, fields: Mapping[str, FieldType]
) -> dict[str, KnownAutomation]:
    """Automations that act on what nodes change, if this graph does, and changes something."""
    changes_something = any(setting_off.happening(node.data, fields) for node in graph.nodes)
    if not changes_something or not any(
        isinstance(one.data, setting_off.BY_CHANGE) for one in graph.triggers
    ):
        return {}
    types = [kind.TYPE for kind in setting_off.BY_CHANGE]
    found = await around.changing(session, types, setting_off.CHANGING)
    return {one.id: _known_automation(one, fields) for one in found}


def _known_automation(one: Changing, fields: Mapping[str, FieldType]) -> KnownAutomation:
    graph = documents.read(one.document).graph
    does = (setting_off.happening(node.data, fields) for node in graph.nodes)
    return KnownAutomation(
        name=one.name,
        triggers=tuple(trigger.data for trigger in graph.triggers),
        does=tuple(what for what in does if what is not None),
    )


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
