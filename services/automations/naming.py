"""The names of what a graph names by id, for pages that tell what a run did."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.graphs import Graph
from domain.automations.uses import Thing, uses
from domain.ids import parse_id
from store import audit, fields
from store.automations import designs

FIELD = "field:"

_BY_ID = frozenset({Thing.AUTOMATION, Thing.GROUP, Thing.LABEL, Thing.USER})
"""What steps say by name."""


async def automations(session: AsyncSession) -> list[tuple[UUID, str]]:
    """Ids and names of the automations that are not archived, by name."""
    return await designs.titles(session)


async def names(session: AsyncSession, graph: Graph) -> Mapping[str, str]:
    """Names by id, and those of contact fields as ``field:<key>``; what is gone has none."""
    wanted: dict[str, set[UUID]] = {}
    for use in uses(graph):
        if use.thing in _BY_ID and (one := parse_id(use.name)) is not None:
            wanted.setdefault(use.thing, set()).add(one)
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
