"""Runs that have not ended, as whatever happens to their contact finds them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.states import Ending, Value, WaitsFor
from store.together import Each, given, together

# Uses ix_automation_triggers_type and ix_automation_runs_active_contact_id.
_CONCERNED = Each(
    """
SELECT EXISTS (SELECT FROM automation_triggers WHERE type = ANY(:types)) AS triggered,
    EXISTS (SELECT FROM automation_runs WHERE contact_id = :contact_id AND ended_at IS NULL) AS running
""",
    types="text[]",
    contact_id="uuid",
)

# Uses ix_automation_runs_active_contact_id, and the primary key of versions; locked in one order, so that no run ends
# while a message is put to it.
_SEEN = """
SELECT r.id, r.contact_id, r.channel_id, r.automation_id, r.version, r.trigger_id, r.waits, r.started_at,
    (SELECT v.graph #> '{settings,restart_words}' FROM automation_versions v
        WHERE v.automation_id = r.automation_id AND v.version = r.version) AS restart_words
FROM json_to_recordset(CAST(:people AS json)) AS p(contact_id uuid, channel_id uuid)
JOIN automation_runs r ON r.contact_id = p.contact_id AND r.channel_id = p.channel_id AND r.ended_at IS NULL
ORDER BY r.id
"""
_ACTIVE = text(f"{_SEEN} FOR NO KEY UPDATE OF r")
_LOOK = text(_SEEN)

# Primary key.
_PUT = text("""
INSERT INTO automation_inbox (run_id, message_id)
SELECT run_id, message_id FROM json_to_recordset(CAST(:put AS json)) AS p(run_id uuid, message_id uuid)
ON CONFLICT DO NOTHING RETURNING run_id, message_id
""")

# Their last steps, by primary key, are left by no branch: they ended there.
# Locked in one order, as wherever several are locked.
_END = """
WITH held AS MATERIALIZED (
    SELECT r.id FROM automation_runs r WHERE r.ended_at IS NULL AND {which} ORDER BY r.id FOR NO KEY UPDATE {wait}
),
ended AS (
    UPDATE automation_runs r SET ended_at = clock_timestamp(), moved_at = clock_timestamp(), ending = :ending,
        reason = :reason, waits = NULL, until = NULL
    FROM held WHERE r.id = held.id
    RETURNING r.id, r.contact_id, r.automation_id, r.parent_id
),
left_steps AS (
    UPDATE automation_steps s SET ended_at = clock_timestamp(), branch = '' FROM ended
    WHERE s.run_id = ended.id AND s.ended_at IS NULL
)
SELECT e.id, e.contact_id, e.automation_id, p.id AS parent_id, p.contact_id AS parent_contact_id,
    p.automation_id AS parent_automation_id
FROM ended e LEFT JOIN automation_runs p ON p.id = e.parent_id AND p.ended_at IS NULL
"""
# Uses ix_automation_runs_active_contact_id.
_END_MARKETING = text(
    _END.format(which="r.contact_id = ANY(CAST(:contacts AS uuid[])) AND r.marketing", wait="")
)
# Primary key.
_END_ONE = text(_END.format(which="r.id = :run_id", wait=""))
# Uses ix_automation_runs_active_automation_id_node. The caller holds them: somebody else has only those who just entered.
_END_ALL = text(_END.format(which="r.automation_id = :automation_id", wait="SKIP LOCKED"))
# Uses ix_automation_runs_active_automation_id_node.
_HOLD_ALL = text("""
SELECT count(*) FROM (
    SELECT FROM automation_runs WHERE automation_id = :automation_id AND ended_at IS NULL
    ORDER BY id FOR NO KEY UPDATE
) held
""")
# Primary key.
_BROUGHT = text("SELECT state -> 'brought' FROM automation_runs WHERE id = :id")

_READY = """
SELECT r.id, r.contact_id, r.automation_id FROM automation_runs r
WHERE r.ended_at IS NULL AND {which} AND (r.waits IS NULL OR r.waits = 'effect' OR r.until <= clock_timestamp()
    OR EXISTS (SELECT FROM automation_inbox i WHERE i.run_id = r.id AND i.taken_at IS NULL))
ORDER BY r.id
"""
# Uses ix_automation_runs_active_contact_id.
_READY_OF_CONTACT = text(
    _READY.format(which="r.contact_id = :contact_id AND r.channel_id = :channel_id")
)
# Uses ix_automation_runs_active_automation_id_node.
_READY_OF_AUTOMATION = text(_READY.format(which="r.automation_id = :automation_id"))

# Uses ix_automation_runs_active_contact_id.
_IS_ACTIVE = text("""
SELECT EXISTS (SELECT FROM automation_runs
    WHERE contact_id = :contact_id AND channel_id = :channel_id AND ended_at IS NULL)
""")


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whether automations act on something like this, and whether the contact is in one."""

    triggered: bool
    running: bool


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """A run that has not ended."""

    id: UUID
    automation_id: UUID
    version: int
    trigger_id: str
    waits: WaitsFor | None
    started_at: datetime
    restart_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunIds:
    """A run, and whom it is about."""

    run_id: UUID
    contact_id: UUID
    automation_id: UUID


@dataclass(frozen=True, slots=True)
class Ended:
    """Runs that ended, and those that wait for one of them."""

    runs: list[RunIds]
    parents: list[RunIds]


async def concerned(
    session: AsyncSession, types: Collection[str], contact_id: UUID | None
) -> Concerned:
    """Decide in one statement whether there is anything to do, which mostly there is not."""
    row = await together(session, _CONCERNED.first, (list(types), contact_id))
    assert row is not None, "it asks whether, not which"
    return Concerned(row.triggered, row.running)


async def active(session: AsyncSession, contact_id: UUID, channel_id: UUID) -> list[ActiveRun]:
    """The runs of a contact on a number that have not ended, oldest first, locked until the transaction ends."""
    return await together(session, _active, (contact_id, channel_id))


async def seen(session: AsyncSession, contact_id: UUID, channel_id: UUID) -> list[ActiveRun]:
    """The same, only to look at."""
    return (await _runs(session, _LOOK, [(contact_id, channel_id)]))[0]


async def _active(
    session: AsyncSession, people: Sequence[tuple[UUID, UUID]]
) -> list[list[ActiveRun]]:
    return await _runs(session, _ACTIVE, people)


async def _runs(
    session: AsyncSession, statement: TextClause, people: Sequence[tuple[UUID, UUID]]
) -> list[list[ActiveRun]]:
    asked = [{"contact_id": contact, "channel_id": channel} for contact, channel in people]
    found: defaultdict[tuple[UUID, UUID], list[ActiveRun]] = defaultdict(list)
    for row in await session.execute(statement, {"people": given(asked)}):
        run = ActiveRun(
            row.id, row.automation_id, row.version, row.trigger_id,
            WaitsFor(row.waits) if row.waits else None, row.started_at, tuple(row.restart_words or ()),
        )  # fmt: skip
        found[row.contact_id, row.channel_id].append(run)
    return [found[one] for one in people]


async def is_active(session: AsyncSession, contact_id: UUID, channel_id: UUID) -> bool:
    """Whether a contact is in an automation on a number."""
    parameters = {"contact_id": contact_id, "channel_id": channel_id}
    return bool(await session.scalar(_IS_ACTIVE, parameters))


async def put(session: AsyncSession, run_id: UUID, message_id: UUID) -> bool:
    """Put a message to a run, for its next wait; False if it is there."""
    return await together(session, _put, (run_id, message_id))


async def _put(session: AsyncSession, messages: Sequence[tuple[UUID, UUID]]) -> list[bool]:
    put = [{"run_id": run, "message_id": message} for run, message in messages]
    rows = await session.execute(_PUT, {"put": given(put)})
    new = {(row.run_id, row.message_id) for row in rows}
    return [one in new for one in messages]


async def end_marketing(session: AsyncSession, contact_ids: Sequence[UUID]) -> Ended:
    """End the marketing runs of contacts who stopped marketing."""
    return await _end(
        session, _END_MARKETING, Ending.OPTED_OUT, {"contacts": list(contact_ids)}, ""
    )


async def end_one(session: AsyncSession, run_id: UUID, ending: Ending, reason: str = "") -> Ended:
    """End one run, unless it has ended."""
    return await _end(session, _END_ONE, ending, {"run_id": run_id}, reason)


async def hold_all(session: AsyncSession, automation_id: UUID) -> None:
    """Lock every run of an automation until the transaction ends.

    Always before the automation's own row: a run at work that starts or halts one has locked itself first.
    """
    await session.execute(_HOLD_ALL, {"automation_id": automation_id})


async def brought(session: AsyncSession, run_id: UUID) -> Mapping[str, Value]:
    """The answers that a run began with."""
    found: Mapping[str, Value] | None = await session.scalar(_BROUGHT, {"id": run_id})
    return found or {}


async def end_all(session: AsyncSession, automation_id: UUID) -> Ended:
    """End every run of an automation that was locked by ``hold_all``, and those who entered since, in one statement."""
    return await _end(session, _END_ALL, Ending.STOPPED, {"automation_id": automation_id}, "")


async def _end(
    session: AsyncSession, statement: Any, ending: Ending, which: dict[str, Any], reason: str
) -> Ended:
    rows = (await session.execute(statement, {"ending": ending, "reason": reason, **which})).all()
    parents = {
        row.parent_id: RunIds(row.parent_id, row.parent_contact_id, row.parent_automation_id)
        for row in rows
        if row.parent_id is not None
    }
    return Ended(
        [RunIds(row.id, row.contact_id, row.automation_id) for row in rows], list(parents.values())
    )


async def ready_of_contact(
    session: AsyncSession, contact_id: UUID, channel_id: UUID
) -> list[RunIds]:
    """The contact's runs on a number that need not wait any longer."""
    parameters = {"contact_id": contact_id, "channel_id": channel_id}
    return _ids(await session.execute(_READY_OF_CONTACT, parameters))


async def ready_of_automation(session: AsyncSession, automation_id: UUID) -> list[RunIds]:
    """The runs of an automation that need not wait any longer."""
    return _ids(await session.execute(_READY_OF_AUTOMATION, {"automation_id": automation_id}))


def _ids(rows: Any) -> list[RunIds]:
    return [RunIds(row.id, row.contact_id, row.automation_id) for row in rows]
