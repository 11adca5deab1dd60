"""The names of what a graph names by id, for pages that tell what a run did."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.conditions import Subject
from domain.automations.graphs import Graph
from domain.automations.nodes import (
    Assign,
    Branch,
    Data,
    SetGroup,
    SetLabel,
    StartAutomation,
)
from domain.ids import parse_id
from store import audit, fields
from store.automations import designs

FIELD = "field:"

_OF_SUBJECTS = {Subject.LABEL: "label", Subject.GROUP: "group"}


async def automations(session: AsyncSession) -> list[tuple[UUID, str]]:
    """Ids and names of the automations that are not archived, by name."""
    return await designs.titles(session)


async def names(session: AsyncSession, graph: Graph) -> Mapping[str, str]:
    """Names by id, and those of contact fields as ``field:<key>``; what is gone has none."""
    wanted: dict[str, set[UUID]] = {}
    for node in graph.nodes:
        for kind, held in _named(node.data):
            if (one := parse_id(held)) is not None:
                wanted.setdefault(kind, set()).add(one)
    known = await audit.names(session, wanted)
    own = {f"{FIELD}{field.key}": field.label for field in await fields.every(session)}
    return {str(key): name for key, name in known.items()} | own


async def concerned(
    session: AsyncSession, halted: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """What a guard left behind, with ``people``: the id and name of those it concerns who are still there."""
    if halted is None:
        return None
    ids = [one for text in halted.get("contact_ids", ()) if (one := parse_id(text)) is not None]
    known = await audit.names(session, {"contact": ids}) if ids else {}
    people = [{"id": str(one), "name": known[one]} for one in ids if one in known]
    return {**halted, "people": people}


def _named(data: Data) -> Iterator[tuple[str, str]]:
    match data:
        case SetLabel():
            yield "label", data.label
        case SetGroup():
            yield "group", data.group
        case Assign():
            yield from (("user", user) for user in data.users)
        case StartAutomation():
            yield "automation", data.automation
        case Branch():
            yield from _asked_of(data)
        case _:
            return


def _asked_of(data: Branch) -> Iterator[tuple[str, str]]:
    for group in data.when.groups:
        for one in group.conditions:
            if one.subject in _OF_SUBJECTS:
                yield _OF_SUBJECTS[one.subject], one.name
