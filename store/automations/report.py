"""What became of runs: lists, one run with its steps, and counts of nodes and branches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.contents import Limits
from store.messages import OF_RUN

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs; everything that is said must hold. ``since`` and ``until`` bound ids, which sort by start."""

    automation_id: UUID | None = None
    contact_id: UUID | None = None
    channel_id: UUID | None = None
    active: bool | None = None
    ending: str = ""
    in_doubt: bool = False
    node: str = ""
    since: UUID | None = None
    until: UUID | None = None


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list; ``title`` and ``type`` are those of the node it is at, in its version.

    ``in_doubt``: it waits for the answer to a question of which nobody knows whether it arrived.
    """

    id: UUID
    automation_id: UUID
    automation_name: str
    version: int
    contact_id: UUID
    contact_name: str
    contact_phone: str
    channel_id: UUID
    conversation_id: UUID | None
    trigger_id: str
    node: str
    node_title: str
    node_type: str
    waits: str | None
    in_doubt: bool
    until: datetime | None
    ending: str | None
    reason: str
    started_at: datetime
    moved_at: datetime
    ended_at: datetime | None
    held: bool
    """Whether somebody took the conversation over, so that it goes on only once it is given back."""
    paused: bool
    """Whether its automation is paused, so that it goes on only once that is resumed."""


@dataclass(frozen=True, slots=True)
class RunRest:
    """What one run's page shows besides its line."""

    cause: str
    answers: dict[str, Any]
    message_id: UUID | None
    parent_id: UUID | None
    children: Sequence[UUID]
    graph: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a run."""

    step: int
    node: str
    type: str
    branch: str | None
    reason: str
    detail: dict[str, Any] | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunMessage:
    """A message that a step sent, or that came for the run; ``step`` and ``taken_at`` say which."""

    id: UUID
    client_id: str | None
    kind: str
    body: str | None
    state: str
    error_code: int | None
    error_detail: str | None
    at: datetime
    taken_at: datetime | None


# A question is one message, and stands at the step that waits for its answer. Each is looked up by uq_messages_client_id:
# of EXISTS the planner would make a search of all messages for those in doubt.
_IN_DOUBT = f"""coalesce(r.waits = 'reply' AND (SELECT q.state = 'unknown' FROM messages q
    WHERE q.client_id = '{OF_RUN}' || r.id || '\\:' || r.step || '\\:0'), false)"""

# The page is cut first; the node's title is then looked up in each run's version (primary keys),
# and its conversation by uq_conversations_channel_id_contact_id.
_SHOWN = """
SELECT r.id, r.automation_id, a.name AS automation_name, r.version, r.contact_id, c.name AS contact_name,
    c.phone AS contact_phone, r.channel_id, cv.id AS conversation_id, r.trigger_id, r.node, coalesce(n.title, '') AS node_title,
    coalesce(n.type, '') AS node_type, r.waits, {in_doubt} AS in_doubt, r.until, r.ending, r.reason, r.started_at, r.moved_at, r.ended_at,
    r.ended_at IS NULL AND cv.taken_at IS NOT NULL AS held, r.ended_at IS NULL AND a.status = 'paused' AS paused
FROM ({page}) r
JOIN automations a ON a.id = r.automation_id
JOIN contacts c ON c.id = r.contact_id
LEFT JOIN automation_versions v ON v.automation_id = r.automation_id AND v.version = r.version
LEFT JOIN conversations cv ON cv.channel_id = r.channel_id AND cv.contact_id = r.contact_id
LEFT JOIN LATERAL (
    SELECT drawn ->> 'title' AS title, drawn ->> 'type' AS type
    FROM jsonb_array_elements(v.graph -> 'nodes') drawn WHERE drawn ->> 'id' = r.node LIMIT 1
) n ON true
ORDER BY r.id DESC
"""

_CONDITIONS = {
    "automation_id": "r.automation_id = :automation_id",
    "contact_id": "r.contact_id = :contact_id",
    "channel_id": "r.channel_id = :channel_id",
    "ending": "r.ending = :ending",
    "node": "r.node = :node",
    "since": "r.id >= :since",
    "until": "r.id < :until",
    "before": "r.id < :before",
}

_ONE = text(
    _SHOWN.format(page="SELECT * FROM automation_runs WHERE id = :id", in_doubt=_IN_DOUBT)
)  # by primary key

# By primary key; children by ix_automation_runs_parent_id.
_REST = text("""
SELECT r.cause, r.answers, r.message_id, r.parent_id,
    ARRAY(SELECT child.id FROM automation_runs child WHERE child.parent_id = r.id ORDER BY child.id) AS children,
    v.graph
FROM automation_runs r
JOIN automation_versions v ON v.automation_id = r.automation_id AND v.version = r.version
WHERE r.id = :id
""")

# By primary key.
_STEPS = text("""
SELECT step, node, type, branch, reason, detail, started_at, ended_at
FROM automation_steps WHERE run_id = :id ORDER BY step
""")

_MESSAGE = """
SELECT m.id, m.client_id, m.kind, m.body, m.state, m.error_code, m.error_detail, m.created_at AS at, {taken} AS taken_at
"""
# uq_messages_client_id
_SENT = text(
    _MESSAGE.format(taken="CAST(NULL AS timestamptz)")
    + "FROM messages m WHERE m.client_id = ANY(:client_ids) ORDER BY m.id"
)
# uq_notes_run_id_step
_NOTES = text("SELECT step, text FROM notes WHERE run_id = :id")
# messages_pkey
_WRITTEN = text(
    _MESSAGE.format(taken="CAST(NULL AS timestamptz)") + "FROM messages m WHERE m.id = :id"
)
# By the primary keys of automation_inbox and messages.
_CAME = text(
    _MESSAGE.format(taken="i.taken_at")
    + "FROM automation_inbox i JOIN messages m ON m.id = i.message_id WHERE i.run_id = :id ORDER BY m.id"
)


async def page(
    session: AsyncSession, wanted: RunFilter, *, before: UUID | None, limit: int
) -> list[RunLine]:
    """Runs, newest first, before an id.

    Uses ix_automation_runs_automation_id_id, ix_automation_runs_contact_id_id or the primary key from its end; active
    runs at a node, ix_automation_runs_active_automation_id_node.
    """
    given: dict[str, Any] = {
        name: value
        for name, value in (*_named(wanted), ("before", before))
        if name in _CONDITIONS and value
    }
    conditions = [_CONDITIONS[name] for name in given]
    if wanted.active is not None:
        conditions.append(f"r.ended_at IS {'NULL' if wanted.active else 'NOT NULL'}")
    if wanted.in_doubt:
        conditions.append(f"r.ended_at IS NULL AND {_IN_DOUBT}")
    where = " AND ".join(conditions) or "true"
    cut = f"SELECT r.* FROM automation_runs r WHERE {where} ORDER BY r.id DESC LIMIT :limit"
    rows = await session.execute(
        text(_SHOWN.format(page=cut, in_doubt=_IN_DOUBT)), given | {"limit": limit}
    )
    return [RunLine(**row._mapping) for row in rows]


async def one(session: AsyncSession, run_id: UUID) -> RunLine | None:
    """One run as in a list."""
    row = (await session.execute(_ONE, {"id": run_id})).one_or_none()
    return RunLine(**row._mapping) if row else None


async def rest(session: AsyncSession, run_id: UUID) -> RunRest:
    """What else there is to know about a run that exists."""
    row = (await session.execute(_REST, {"id": run_id})).one()
    return RunRest(**row._mapping)


async def steps(session: AsyncSession, run_id: UUID) -> list[StepLine]:
    """Its steps, in order."""
    return [StepLine(**row._mapping) for row in await session.execute(_STEPS, {"id": run_id})]


async def sent(session: AsyncSession, run_id: UUID, steps: Sequence[int]) -> list[RunMessage]:
    """The messages that these steps sent, by the ids their run gave them, oldest first."""
    client_ids = [
        f"run:{run_id}:{step}:{place}" for step in steps for place in range(Limits.MESSAGES)
    ]
    rows = await session.execute(_SENT, {"client_ids": client_ids})
    return [_message(row) for row in rows]


async def came(session: AsyncSession, run_id: UUID) -> list[RunMessage]:
    """The messages that came for a run, oldest first."""
    return [_message(row) for row in await session.execute(_CAME, {"id": run_id})]


async def notes(session: AsyncSession, run_id: UUID) -> dict[int, str]:
    """What its steps wrote to the team, by step."""
    return {row.step: row.text for row in await session.execute(_NOTES, {"id": run_id})}


async def written(session: AsyncSession, message_id: UUID) -> RunMessage | None:
    """The message that started a run."""
    row = (await session.execute(_WRITTEN, {"id": message_id})).one_or_none()
    return _message(row) if row else None


def _named(wanted: RunFilter) -> list[tuple[str, Any]]:
    return [(name, getattr(wanted, name)) for name in wanted.__dataclass_fields__]


def _message(row: Row[Any]) -> RunMessage:
    return RunMessage(**row._mapping)


# uq_automation_runs_automation_id_contact_id_cause
_CAUSED = text("""
SELECT contact_id, id FROM automation_runs
WHERE automation_id = :automation_id AND contact_id = ANY(CAST(:contacts AS uuid[])) AND cause = :cause
  AND started_at >= :since
""")


async def caused(
    session: AsyncSession, automation_id: UUID, contact_ids: Sequence[UUID], cause: str
) -> dict[UUID, UUID]:
    """The runs that a cause started, by contact."""
    return await _caused(session, automation_id, contact_ids, cause, LONG_AGO)


async def caused_since(
    session: AsyncSession, automation_id: UUID, contact_id: UUID, cause: str, since: datetime
) -> bool:
    """Whether a cause started a contact's run since a moment."""
    return bool(await _caused(session, automation_id, [contact_id], cause, since))


async def _caused(
    session: AsyncSession,
    automation_id: UUID,
    contact_ids: Sequence[UUID],
    cause: str,
    since: datetime,
) -> dict[UUID, UUID]:
    parameters = {
        "automation_id": automation_id, "contacts": list(contact_ids), "cause": cause,
        "since": since,
    }  # fmt: skip
    return {row.contact_id: row.id for row in await session.execute(_CAUSED, parameters)}
