"""The triggers that act: written when a version is published, and what the clock knows of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrigger:
    """A trigger of a published version; ``node`` is the first node it leads to, ``place`` its order in the graph."""

    id: str
    type: str
    node: str
    place: int
    data: Mapping[str, Any]
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingTrigger:
    """A trigger of a live automation; ``decided`` is the missed start that somebody let happen after all."""

    automation_id: UUID
    automation: str
    trigger_id: str
    version: int
    type: str
    node: str
    data: Mapping[str, Any]
    marketing: bool
    made_at: datetime
    place: int
    done_until: datetime | None
    next_at: datetime | None
    missed_at: datetime | None
    decided: datetime | None


# Primary key. A trigger that did not change goes on where the clock is; any other begins now.
_SET = text("""
INSERT INTO automation_triggers (automation_id, trigger_id, version, type, data, done_until, next_at)
SELECT :automation_id, n.id, :version, n.type, jsonb_build_object(
    'trigger', n.data, 'node', n.node, 'place', n.place, 'marketing', CAST(:marketing AS boolean)), :now, n.next_at
FROM jsonb_to_recordset(CAST(:triggers AS jsonb))
    AS n(id text, type text, data jsonb, node text, place int, next_at timestamptz)
ON CONFLICT (automation_id, trigger_id) DO UPDATE SET version = excluded.version, type = excluded.type,
    data = excluded.data || CASE WHEN automation_triggers.data ? 'decided'
        THEN jsonb_build_object('decided', automation_triggers.data -> 'decided') ELSE '{}' END,
    (done_until, next_at, missed_at) = (
        SELECT CASE WHEN same THEN automation_triggers.done_until ELSE excluded.done_until END,
            CASE WHEN same THEN automation_triggers.next_at ELSE excluded.next_at END,
            CASE WHEN same THEN automation_triggers.missed_at END
        FROM (SELECT automation_triggers.next_at IS NOT NULL
            AND automation_triggers.data -> 'trigger' = excluded.data -> 'trigger' AS same) compared)
""")
# Primary key.
_KEEP = text("""
DELETE FROM automation_triggers
WHERE automation_id = :automation_id AND NOT trigger_id = ANY(CAST(:kept AS text[]))
""")

_ACTING = """
SELECT t.automation_id, a.name AS automation, t.trigger_id, t.version, t.type, t.data ->> 'node' AS node,
    t.data -> 'trigger' AS data, (t.data ->> 'marketing')::boolean AS marketing, a.created_at AS made_at,
    (t.data ->> 'place')::int AS place, t.done_until, t.next_at, t.missed_at,
    (t.data ->> 'decided')::timestamptz AS decided
FROM automation_triggers t JOIN automations a ON a.id = t.automation_id
WHERE a.status = '{status}' AND a.archived_at IS NULL AND t.version = a.version AND {which}
ORDER BY a.created_at, a.id, place
"""
# Use ix_automation_triggers_type.
_BY_TYPE = "t.type = ANY(CAST(:types AS text[]))"
_OF_TYPES = text(_ACTING.format(status="live", which=_BY_TYPE))
_PAUSED = text(_ACTING.format(status="paused", which=_BY_TYPE))
# Primary key.
_OF_AUTOMATION = text(_ACTING.format(status="live", which="t.automation_id = :automation_id"))
# Uses ix_automation_triggers_next_at.
_DUE = text(_ACTING.format(status="live", which="t.next_at <= :now"))

# Uses ix_automation_triggers_next_at.
_NEXT = text("""
SELECT min(t.next_at) FROM automation_triggers t JOIN automations a ON a.id = t.automation_id
WHERE t.next_at IS NOT NULL AND a.status = 'live' AND a.archived_at IS NULL
""")

# Primary key.
_MOVE = text("""
UPDATE automation_triggers SET done_until = :done_until, next_at = :next_at,
    missed_at = coalesce(CAST(:missed_at AS timestamptz), missed_at)
WHERE automation_id = :automation_id AND trigger_id = :trigger_id AND version = :version
""")
_DECIDE = text("""
UPDATE automation_triggers t SET missed_at = NULL, next_at = CASE WHEN :start THEN :now ELSE t.next_at END,
    data = CASE WHEN :start THEN t.data || jsonb_build_object('decided', t.missed_at) ELSE t.data END
FROM (SELECT automation_id, trigger_id, missed_at FROM automation_triggers
    WHERE automation_id = :automation_id AND trigger_id = :trigger_id AND missed_at IS NOT NULL FOR UPDATE) old
WHERE t.automation_id = old.automation_id AND t.trigger_id = old.trigger_id
RETURNING old.missed_at
""")
_CARRIED_OUT = text("""
UPDATE automation_triggers SET data = data - 'decided'
WHERE automation_id = :automation_id AND trigger_id = :trigger_id
""")
_REST = text("UPDATE automation_triggers SET next_at = NULL WHERE automation_id = :automation_id")


async def put(
    session: AsyncSession,
    automation_id: UUID,
    version: int,
    triggers: Sequence[NewTrigger],
    *,
    marketing: bool,
    now: datetime,
) -> None:
    """Let these triggers act, and no others of the automation."""
    await session.execute(
        _KEEP, {"automation_id": automation_id, "kept": [trigger.id for trigger in triggers]}
    )
    rows = [
        {"id": one.id, "type": one.type, "data": one.data, "node": one.node, "place": one.place,
         "next_at": one.next_at}
        for one in triggers
    ]  # fmt: skip
    parameters = {
        "automation_id": automation_id, "version": version, "marketing": marketing, "now": now,
        "triggers": orjson.dumps(rows).decode(),
    }  # fmt: skip
    await session.execute(_SET, parameters)


async def of_types(session: AsyncSession, types: Collection[str]) -> list[ActingTrigger]:
    """The triggers of these types that act now, of the oldest automation first."""
    return _acting((await session.execute(_OF_TYPES, {"types": list(types)})).all())


async def paused(session: AsyncSession, types: Collection[str]) -> list[ActingTrigger]:
    """The triggers of these types that would act if their automation were not paused."""
    return _acting((await session.execute(_PAUSED, {"types": list(types)})).all())


async def of_automation(session: AsyncSession, automation_id: UUID) -> list[ActingTrigger]:
    """An automation's triggers, in the order of its graph; none while it does not act."""
    found = await session.execute(_OF_AUTOMATION, {"automation_id": automation_id})
    return _acting(found.all())


async def due(session: AsyncSession, now: datetime) -> list[ActingTrigger]:
    """The triggers that the clock has to look at."""
    return _acting((await session.execute(_DUE, {"now": now})).all())


async def next_moment(session: AsyncSession) -> datetime | None:
    """When the clock has to look again."""
    found: datetime | None = await session.scalar(_NEXT)
    return found


async def move(
    session: AsyncSession,
    trigger: ActingTrigger,
    done_until: datetime,
    next_at: datetime | None,
    missed_at: datetime | None = None,
) -> None:
    """Everything up to ``done_until`` has started, except for what was missed."""
    parameters = _key(trigger) | {
        "version": trigger.version, "done_until": done_until, "next_at": next_at,
        "missed_at": missed_at,
    }  # fmt: skip
    await session.execute(_MOVE, parameters)


async def decide(
    session: AsyncSession, automation_id: UUID, trigger_id: str, now: datetime, *, start: bool
) -> datetime | None:
    """Let the clock make a missed start now, or never; returns when it was due, None if nothing was missed."""
    parameters = {
        "automation_id": automation_id, "trigger_id": trigger_id, "now": now, "start": start,
    }  # fmt: skip
    found: datetime | None = await session.scalar(_DECIDE, parameters)
    return found


async def carried_out(session: AsyncSession, trigger: ActingTrigger) -> None:
    """The start that somebody decided on is made."""
    await session.execute(_CARRIED_OUT, _key(trigger))


async def rest(session: AsyncSession, automation_id: UUID) -> None:
    """The clock no longer looks at an automation's triggers."""
    await session.execute(_REST, {"automation_id": automation_id})


def _key(trigger: ActingTrigger) -> dict[str, Any]:
    return {"automation_id": trigger.automation_id, "trigger_id": trigger.trigger_id}


def _acting(rows: Sequence[Row[Any]]) -> list[ActingTrigger]:
    return [ActingTrigger(**row._mapping) for row in rows]
