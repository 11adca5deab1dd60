"""Runs: read and changed under a lock on their row, so that one thing at a time happens to each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.decisions import DueRun
from domain.automations.states import Ended, State, Taken, WaitsFor
from domain.live import Event, Room
from store import live
from store.automations import facts, steps
from store.automations.facts import Person, Written
from store.together import given, together


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, with its automation's status and its conversation."""

    id: UUID
    automation_id: UUID
    version: int
    contact_id: UUID
    channel_id: UUID
    trigger_id: str
    message_id: UUID | None
    state: dict[str, Any]
    answers: dict[str, Any]
    node: str
    step: int
    waits: str | None
    until: datetime | None
    parent_id: UUID | None
    parent_step: int | None
    ending: str | None
    ended_at: datetime | None
    status: str
    name: str
    conversation_id: UUID | None
    taken_at: datetime | None

    def unpacked(self) -> State:
        """The state that the interpreter goes on from."""
        kept = self.state
        return State(
            seed=str(kept.get("seed") or self.id),
            node=self.node,
            step=self.step,
            waits=WaitsFor(self.waits) if self.waits else None,
            until=self.until,
            tries=int(kept.get("tries") or 0),
            streak=int(kept.get("streak") or 0),
            answers=self.answers,
            message=kept.get("message"),
            then=str(kept.get("then") or ""),
        )


def packed(state: State) -> dict[str, Any]:
    """What is kept of a state besides what has a column."""
    return {
        "seed": state.seed,
        "tries": state.tries,
        "streak": state.streak,
        "message": state.message,
        "then": state.then,
    }


@dataclass(frozen=True, slots=True)
class Locked:
    """A locked run, whom it is about, and the message it last heard, while that is kept."""

    run: RunRecord
    person: Person
    message: Written | None


# Primary key; in one order, as wherever several are locked. What belongs to them is read once nobody else is at work on them.
_LOCK = text("""
SELECT id FROM automation_runs WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
""")

# Primary keys and uq_conversations_channel_id_contact_id.
_LOCKED = text(f"""
SELECT r.id, r.automation_id, r.version, r.contact_id, r.channel_id, r.trigger_id, r.message_id, r.state, r.answers,
    r.node, r.step, r.waits, r.until, r.parent_id, r.parent_step, r.ending, r.ended_at, a.status, a.name,
    cv.id AS conversation_id, cv.taken_at, {facts.PERSON}, {facts.WRITTEN}
FROM automation_runs r
JOIN automations a ON a.id = r.automation_id
JOIN contacts ct ON ct.id = r.contact_id
LEFT JOIN conversations cv ON cv.channel_id = r.channel_id AND cv.contact_id = r.contact_id
LEFT JOIN messages m ON m.id = coalesce(CAST(r.state ->> 'message' AS uuid), r.message_id)
WHERE r.id = ANY(CAST(:ids AS uuid[]))
""")

# Primary key. All that decisions write, in one go: runs, their steps, and what open pages hear.
_SAVE = text(f"""
WITH saved AS (
    SELECT * FROM json_to_recordset(CAST(:saved AS json)) AS s(
        id uuid, automation_id uuid, now timestamptz, state jsonb, answers jsonb, node text, step int, waits text,
        until timestamptz, ending text, reason text, steps jsonb, told jsonb)
),
moved AS (
    UPDATE automation_runs r SET state = r.state || s.state, answers = s.answers, node = s.node, step = s.step,
        waits = s.waits, until = s.until, moved_at = s.now, ending = coalesce(s.ending, r.ending),
        reason = CASE WHEN s.ending IS NULL THEN r.reason ELSE s.reason END,
        ended_at = CASE WHEN s.ending IS NULL THEN r.ended_at ELSE s.now END
    FROM saved s WHERE r.id = s.id
),
stepped AS ({steps.WRITE})
SELECT pg_notify('{live.CHANNEL}', tick) FROM saved s CROSS JOIN LATERAL jsonb_array_elements_text(s.told) AS t(tick)
""")

_REF = "SELECT r.id, r.automation_id, r.version, r.contact_id, r.ended_at IS NOT NULL AS is_over FROM automation_runs r"

# Primary key.
_DUE = text(f"{_REF} WHERE r.id = :id")

_ACTS = """JOIN automations a ON a.id = r.automation_id AND a.status = 'live'
LEFT JOIN conversations cv ON cv.channel_id = r.channel_id AND cv.contact_id = r.contact_id
WHERE r.ended_at IS NULL AND cv.taken_at IS NULL"""

# Uses ix_automation_runs_due.
_LATE = text(f"""
{_REF} {_ACTS} AND r.until < CAST(:now AS timestamptz) - interval '30 seconds'
ORDER BY r.until LIMIT :limit
""")

# Reads the active runs through one of their partial indexes, and automation_inbox by its primary key.
_IDLE = text(f"""
{_REF} {_ACTS} AND r.id > :after AND r.moved_at < CAST(:now AS timestamptz) - interval '30 seconds' AND (
    r.waits IS NULL
    OR r.waits = 'effect'
    OR r.waits = 'reply' AND EXISTS (
        SELECT FROM automation_inbox i
        WHERE i.run_id = r.id AND i.taken_at IS NULL AND i.at < CAST(:now AS timestamptz) - interval '30 seconds')
    OR r.waits = 'child' AND NOT EXISTS (
        SELECT FROM automation_runs child WHERE child.parent_id = r.id AND child.ended_at IS NULL))
ORDER BY r.id LIMIT :limit
""")

# Reads the active runs through one of their partial indexes.
_INSIDE = text(f"{_REF} WHERE r.ended_at IS NULL AND r.id > :after ORDER BY r.id LIMIT :limit")

# Primary key of automation_versions.
_GRAPH = text(
    "SELECT graph FROM automation_versions WHERE automation_id = :automation_id AND version = :version"
)

# Uses ix_automation_runs_parent_id.
_CHILD = text("""
SELECT id, ending, ended_at FROM automation_runs WHERE parent_id = :parent_id AND parent_step = :step
ORDER BY id LIMIT 1
""")

# One primary key look-up per generation.
_DEPTH = text("""
WITH RECURSIVE line(parent_id, automation_id, depth) AS (
    SELECT parent_id, automation_id, 1 FROM automation_runs WHERE id = :id
    UNION ALL
    SELECT r.parent_id, r.automation_id, line.depth + 1 FROM line JOIN automation_runs r ON r.id = line.parent_id
    WHERE line.depth < 20
)
SELECT array_agg(automation_id) FROM line
""")

# Primary key: ids begin with the time of the start, so that only runs from before then are looked at.
_PURGE = text("""
DELETE FROM automation_runs WHERE id IN (
    SELECT id FROM automation_runs WHERE id < :before AND ended_at < :ended_before ORDER BY id LIMIT :limit
)
RETURNING id
""")


async def lock(session: AsyncSession, run_id: UUID) -> Locked | None:
    """A run, locked until the transaction ends; None if its contact or automation is gone."""
    return await together(session, _lock, run_id)


async def _lock(session: AsyncSession, run_ids: Sequence[UUID]) -> list[Locked | None]:
    there = (await session.scalars(_LOCK, {"ids": list(run_ids)})).all()
    if not there:
        return [None] * len(run_ids)
    found = {row.id: _locked(row) for row in await session.execute(_LOCKED, {"ids": list(there)})}
    return [found.get(one) for one in run_ids]


def _locked(row: Row[Any]) -> Locked:
    run = RunRecord(**{field.name: getattr(row, field.name) for field in fields(RunRecord)})
    return Locked(run, facts.person_of(row), facts.written_of(row))


async def save(
    session: AsyncSession,
    run: RunRecord,
    taken: Sequence[Taken],
    state: State,
    now: datetime,
    ended: Ended | None = None,
) -> None:
    """Write where a run is, the steps it took and how it ended, and tell open pages; again, it changes nothing."""
    rooms = (Room.RUN.of(run.id), Room.AUTOMATION.of(run.automation_id))
    saved = {
        "id": run.id, "automation_id": run.automation_id, "now": now,
        "state": packed(state), "answers": dict(state.answers), "node": state.node, "step": state.step,
        "waits": None if ended else state.waits, "until": None if ended else state.until,
        "ending": ended.ending if ended else None, "reason": ended.reason if ended else None,
        "steps": steps.written(taken), "told": [live.event(room, Event.RUN_UPDATE) for room in rooms],
    }  # fmt: skip
    await together(session, _save, saved)


async def _save(session: AsyncSession, saved: Sequence[dict[str, Any]]) -> Sequence[None]:
    await session.execute(_SAVE, {"saved": given(saved)})
    return [None] * len(saved)


async def due(session: AsyncSession, run_id: UUID) -> DueRun | None:
    """What a workflow needs to know of a run; None if it is gone."""
    row = (await session.execute(_DUE, {"id": run_id})).one_or_none()
    return DueRun(**row._mapping) if row else None


async def late(session: AsyncSession, now: datetime, limit: int) -> list[DueRun]:
    """Runs that may act, whose wait has been over for half a minute."""
    rows = await session.execute(_LATE, {"now": now, "limit": limit})
    return [DueRun(**row._mapping) for row in rows]


async def idle(session: AsyncSession, now: datetime, after: UUID, limit: int) -> list[DueRun]:
    """A page of runs that may act, have something to do, and have not moved for half a minute."""
    rows = await session.execute(_IDLE, {"now": now, "after": after, "limit": limit})
    return [DueRun(**row._mapping) for row in rows]


async def inside(session: AsyncSession, after: UUID, limit: int) -> list[DueRun]:
    """A page of the runs that have not ended, whatever they wait for."""
    rows = await session.execute(_INSIDE, {"after": after, "limit": limit})
    return [DueRun(**row._mapping) for row in rows]


async def graph(session: AsyncSession, automation_id: UUID, version: int) -> dict[str, Any] | None:
    """The document of a published version."""
    parameters = {"automation_id": automation_id, "version": version}
    found: dict[str, Any] | None = await session.scalar(_GRAPH, parameters)
    return found


@dataclass(frozen=True, slots=True)
class Child:
    """A run that another one started at a step."""

    id: UUID
    ending: str | None
    ended_at: datetime | None


async def child(session: AsyncSession, parent_id: UUID, step: int) -> Child | None:
    """The run that a step of another run started."""
    parameters = {"parent_id": parent_id, "step": step}
    row = (await session.execute(_CHILD, parameters)).one_or_none()
    return Child(**row._mapping) if row else None


async def line(session: AsyncSession, run_id: UUID) -> Sequence[UUID]:
    """The automations of a run and of the runs that led to it."""
    return await session.scalar(_DEPTH, {"id": run_id}) or ()


async def purge(session: AsyncSession, before: UUID, ended_before: datetime, limit: int) -> int:
    """Delete a batch of runs that ended before a moment, with their steps and inbox; returns how many."""
    parameters = {"before": before, "ended_before": ended_before, "limit": limit}
    return len((await session.scalars(_PURGE, parameters)).all())
