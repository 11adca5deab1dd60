"""Start runs: who may enter an automation, and the rows of those who do, in one statement for one or many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.triggers import Entry
from domain.ids import new_id
from store import gate

STARTED = "started"
TAKEN = "taken"
ENTERED = "entered"
NO_CHANNEL = "no_channel"

HAPPENED = "entry"
UNMEANT = (HAPPENED, "hook", "run")
"""Causes that nobody chose the people of: the guard counts these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """Somebody who is to enter; ``cause`` names what starts it, so that nothing starts it twice."""

    contact_id: UUID
    channel_id: UUID
    cause: str
    entry_key: str | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Where they enter, and the rule of re-entry; ``since`` is the beginning of a period."""

    automation_id: UUID
    version: int
    trigger_id: str
    node: str
    marketing: bool
    rule: Entry
    since: datetime | None
    answers: Mapping[str, Any]
    parent_id: UUID | None = None
    parent_step: int | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """Whose run started, and by which kind of cause."""

    contact_id: UUID
    by: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The run, or why there is none."""

    contact_id: UUID
    run_id: UUID | None
    why_not: str | None


# Of an earlier run: uq_automation_runs_automation_id_contact_id_cause, by its first columns.
_CAUSED = """EXISTS (SELECT FROM automation_runs r WHERE r.automation_id = :automation_id
    AND r.contact_id = w.contact_id AND r.cause = w.cause)"""
_ENTERED = """EXISTS (SELECT FROM automation_runs r WHERE r.automation_id = :automation_id
    AND r.contact_id = w.contact_id AND (w.entry_key IS NULL OR r.entry_key = w.entry_key)
    AND CASE CAST(:rule AS text) WHEN 'always' THEN false WHEN 'one_at_a_time' THEN r.ended_at IS NULL
        WHEN 'once_a_period' THEN r.started_at > :since ELSE true END)"""
_WHY_NOT = gate.first(
    (
        gate.deleted("ct"),
        gate.leaving("ct"),
        gate.rule(_CAUSED, STARTED),
        *gate.people("ct", "ct.phone_key", "CAST(:marketing AS boolean)"),
        gate.rule("ch.id IS NULL", NO_CHANNEL),
        gate.rule("cv.taken_at IS NOT NULL", TAKEN),
        gate.rule(_ENTERED, ENTERED),
    )
)
# Primary keys of contacts and channels, and uq_conversations_channel_id_contact_id.
_JUDGED = f"""
SELECT w.*, {_WHY_NOT} AS why_not
FROM jsonb_to_recordset(CAST(:wanted AS jsonb)) AS w(id uuid, contact_id uuid, channel_id uuid, cause text,
    entry_key text, message_id uuid)
LEFT JOIN contacts ct ON ct.id = w.contact_id
LEFT JOIN channels ch ON ch.id = w.channel_id AND ch.deleted_at IS NULL
LEFT JOIN conversations cv ON cv.channel_id = w.channel_id AND cv.contact_id = w.contact_id
"""
_JUDGE = text(f"SELECT contact_id, why_not FROM ({_JUDGED}) judged")

_START = text(f"""
WITH judged AS MATERIALIZED ({_JUDGED}),
made AS (
    INSERT INTO automation_runs (id, automation_id, version, contact_id, channel_id, trigger_id, cause, entry_key,
        message_id, marketing, state, answers, node, parent_id, parent_step)
    SELECT id, :automation_id, :version, contact_id, channel_id, :trigger_id, cause, entry_key, message_id, :marketing,
        jsonb_strip_nulls(jsonb_build_object('seed', id, 'message', message_id,
            'brought', nullif(CAST(:answers AS jsonb), '{{}}'))), CAST(:answers AS jsonb), :node,
        CAST(:parent_id AS uuid), CAST(:parent_step AS int)
    FROM judged WHERE why_not IS NULL
    ON CONFLICT (automation_id, contact_id, cause) DO NOTHING
    RETURNING id
)
SELECT j.contact_id, made.id AS run_id,
    CASE WHEN made.id IS NULL THEN coalesce(j.why_not, '{STARTED}') END AS why_not
FROM judged j LEFT JOIN made ON made.id = j.id ORDER BY j.id
""")

# A crowd that starts takes its time, but no longer than a statement may.
_PATIENTLY = text("SELECT set_config('lock_timeout', '20s', true)")

# Primary key. Those who start runs of an automation take turns; its runs can be written meanwhile.
_HOLD = text("""
SELECT version FROM automations WHERE id = :automation_id AND status = 'live' AND archived_at IS NULL
FOR NO KEY UPDATE
""")

# Uses ix_automation_runs_automation_id_id: ids are made in order of time.
_RECENT = text("""
SELECT contact_id, split_part(cause, ':', 1) AS by FROM automation_runs
WHERE automation_id = :automation_id AND id >= :since AND split_part(cause, ':', 1) = ANY(CAST(:unmeant AS text[]))
ORDER BY id DESC LIMIT :limit
""")

# The few numbers there are for each contact; uq_conversations_channel_id_contact_id.
_CHANNELS = text("""
SELECT w.contact_id, likely.id FROM unnest(CAST(:contacts AS uuid[])) AS w(contact_id)
CROSS JOIN LATERAL (
    SELECT ch.id FROM channels ch
    LEFT JOIN conversations cv ON cv.channel_id = ch.id AND cv.contact_id = w.contact_id
    WHERE ch.deleted_at IS NULL
    ORDER BY cv.last_message_at DESC NULLS LAST, ch.status = 'connected' DESC, ch.id LIMIT 1
) likely
""")


async def patiently(session: AsyncSession) -> None:
    """Wait longer than pages do for one's turn to start runs: whoever asked need not ask again."""
    await session.execute(_PATIENTLY)


async def hold(session: AsyncSession, automation_id: UUID) -> int | None:
    """The version that acts, None if none does; another acts, or this one stops, only after this transaction."""
    found: int | None = await session.scalar(_HOLD, {"automation_id": automation_id})
    return found


async def start(
    session: AsyncSession, entrance: Entrance, wanted: Sequence[NewRun]
) -> list[Outcome]:
    """Start a run for everybody who may enter, each contact at most once."""
    found = await session.execute(_START, _parameters(entrance, wanted))
    return [Outcome(row.contact_id, row.run_id, row.why_not) for row in found]


async def judge(
    session: AsyncSession, entrance: Entrance, wanted: Sequence[NewRun]
) -> dict[UUID, str | None]:
    """Why each of them could not enter now; None for who could."""
    found = await session.execute(_JUDGE, _parameters(entrance, wanted))
    return {row.contact_id: row.why_not for row in found}


def _parameters(entrance: Entrance, wanted: Sequence[NewRun]) -> dict[str, Any]:
    rows = [
        {"id": new_id(), "contact_id": one.contact_id, "channel_id": one.channel_id, "cause": one.cause,
         "entry_key": one.entry_key, "message_id": one.message_id}
        for one in wanted
    ]  # fmt: skip
    return {
        "wanted": orjson.dumps(rows).decode(),
        "automation_id": entrance.automation_id,
        "version": entrance.version,
        "trigger_id": entrance.trigger_id,
        "node": entrance.node,
        "marketing": entrance.marketing,
        "rule": entrance.rule,
        "since": entrance.since,
        "answers": orjson.dumps(dict(entrance.answers)).decode(),
        "parent_id": entrance.parent_id,
        "parent_step": entrance.parent_step,
    }


async def recent(
    session: AsyncSession, automation_id: UUID, since: UUID, limit: int
) -> list[Recent]:
    """Runs that events started since an id, newest first."""
    parameters = {
        "automation_id": automation_id, "since": since, "unmeant": list(UNMEANT), "limit": limit,
    }  # fmt: skip
    found = await session.execute(_RECENT, parameters)
    return [Recent(row.contact_id, row.by) for row in found]


async def likely_channels(session: AsyncSession, contact_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The number each contact last used, else one that works."""
    found = await session.execute(_CHANNELS, {"contacts": list(contact_ids)})
    return {row.contact_id: row.id for row in found}
