"""Which automations use a thing that somebody is about to delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations import uses as domain
from domain.automations.graphs import Graph, Node, TriggerNode
from domain.automations.uses import Thing
from services.automations import documents
from store.automations import uses

__all__ = ["AutomationUse", "Place", "Thing", "of"]


@dataclass(frozen=True, slots=True)
class Place:
    """A node or trigger, by its title and type."""

    id: str
    title: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationUse:
    """An automation that names the thing: in a version that acts or that somebody is inside, in its draft, or in both."""

    id: UUID
    name: str
    status: str
    acts: bool
    draft: bool
    places: Sequence[Place]


async def of(session: AsyncSession, thing: Thing, name: str) -> list[AutomationUse]:
    """The automations that use a thing, by name."""
    found: dict[UUID, AutomationUse] = {}
    for mention in await uses.mentioning(session, name):
        places = _places(documents.read(mention.document).graph, thing, name)
        if not places:
            continue
        before = found.get(mention.id)
        found[mention.id] = AutomationUse(
            id=mention.id,
            name=mention.name,
            status=mention.status,
            acts=mention.acts or (before is not None and before.acts),
            draft=not mention.acts or (before is not None and before.draft),
            places=_joined(before.places if before else (), places),
        )
    return list(found.values())


def _places(graph: Graph, thing: Thing, name: str) -> list[Place]:
    named = {use.at for use in domain.uses(graph) if use.thing is thing and use.name == name}
    parts: tuple[Node | TriggerNode, ...] = (*graph.triggers, *graph.nodes)
    return [Place(part.id, part.title, part.data.TYPE) for part in parts if part.id in named]


def _joined(known: Sequence[Place], new: Sequence[Place]) -> list[Place]:
    """Both, a place with the same id once."""
    ids = {one.id for one in known}
    return [*known, *(one for one in new if one.id not in ids)]
