"""The triggers that act, as the matcher sees them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.graphs import Graph
from domain.automations.matching import Candidate
from domain.automations.nodes import NEXT
from domain.automations.triggers import TYPES, GroupTrigger, Trigger
from domain.ids import parse_id
from services import clock
from services.automations import schedules
from services.automations.documents.data import read_data, write_data
from store.automations import triggers
from store.automations.triggers import ActingTrigger, NewTrigger


@dataclass(frozen=True, slots=True)
class Acting:
    """A trigger that acts, and its row."""

    row: ActingTrigger
    candidate: Candidate

    @property
    def trigger(self) -> Trigger:
        """What it waits for, and its rules."""
        return self.candidate.trigger


async def of_types(session: AsyncSession, types: Collection[str]) -> list[Acting]:
    """The triggers of these types that act now."""
    return _acting(await triggers.of_types(session, types))


async def paused(session: AsyncSession, types: Collection[str]) -> list[Acting]:
    """The triggers of these types that would act if their automation were not paused."""
    return _acting(await triggers.paused(session, types))


async def of_automation(session: AsyncSession, automation_id: UUID) -> list[Acting]:
    """An automation's triggers, in the order of its graph; none while it does not act."""
    return _acting(await triggers.of_automation(session, automation_id))


async def groups_heard(session: AsyncSession) -> frozenset[UUID]:
    """The groups whose new members enter an automation."""
    found = await of_types(session, [GroupTrigger.TYPE])
    named = (one.trigger.groups for one in found if isinstance(one.trigger, GroupTrigger))
    return frozenset(known for each in named for one in each if (known := parse_id(one)))


def acting(row: ActingTrigger) -> Acting | None:
    """A row as the matcher sees it; None for one that this release cannot read."""
    trigger = _trigger(row.type, orjson.dumps(row.data, option=orjson.OPT_SORT_KEYS))
    if trigger is None:
        return None
    return Acting(
        row,
        Candidate(
            automation=str(row.automation_id),
            name=row.automation,
            version=row.version,
            trigger_id=row.trigger_id,
            trigger=trigger,
        ),
    )


def _acting(rows: Sequence[ActingTrigger]) -> list[Acting]:
    return [one for one in map(acting, rows) if one is not None]


@lru_cache(maxsize=1024)  # a trigger's data is read again for every message
def _trigger(kind: str, data: bytes) -> Trigger | None:
    known: type[Any] | None = TYPES.get(kind)
    if known is None:
        return None
    try:
        return cast("Trigger", read_data(known, orjson.loads(data)))
    except ValidationError:
        return None


async def upsert_triggers(
    session: AsyncSession, automation_id: UUID, version: int, graph: Graph
) -> None:
    """Let the triggers of a published version act, and no others of the automation; one that leads nowhere does not.

    A time trigger that did not change goes on where it is.
    """
    now = clock.now()
    new = [
        NewTrigger(
            id=one.id,
            type=one.data.TYPE,
            node=node,
            place=place,
            data=write_data(one.data),
            next_at=schedules.next_at(one.data, now),
        )
        for place, one in enumerate(graph.triggers)
        if (node := graph.after(one.id, NEXT)) is not None
    ]
    await triggers.put(
        session, automation_id, version, new, marketing=graph.settings.marketing, now=now
    )
