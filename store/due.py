"""When conversations are due: the clocks of replies and of the end, moved by whoever writes, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.targets import Said, Target
from store.tables.calendars import TargetRow
from store.tables.channels import ChannelRow

LOCK_KEY = 7_730_026
"""Advisory lock of whoever changes targets or working hours: each reads all there are before."""

_TURN = text("SELECT pg_advisory_xact_lock(:key)")


def _due(since: str, minutes: str) -> str:
    """SQL: when so much working time of ``s.calendar_id`` has passed, as ``domain.calendars.after``.

    Two probes of calendar_spans, by its primary key and by ix_calendar_spans_calendar_id_worked; without a calendar, time
    always counts.
    """
    return f"""CASE WHEN {since} IS NULL OR {minutes} IS NULL THEN NULL
        WHEN s.calendar_id IS NULL THEN {since} + {minutes} * interval '1 minute'
        ELSE (
            SELECT o.opens_at + (x.at - o.worked) * interval '1 second' FROM (
                SELECT {minutes} * 60 + coalesce((
                    SELECT p.worked + extract(epoch FROM least({since}, p.closes_at) - p.opens_at)
                    FROM calendar_spans p WHERE p.calendar_id = s.calendar_id AND p.opens_at <= {since}
                    ORDER BY p.opens_at DESC LIMIT 1), 0) AS at
            ) x CROSS JOIN LATERAL (
                SELECT * FROM calendar_spans o WHERE o.calendar_id = s.calendar_id AND o.worked < x.at
                ORDER BY o.worked DESC LIMIT 1
            ) o WHERE x.at - o.worked <= extract(epoch FROM o.closes_at - o.opens_at)
        ) END"""


# Materialized: each moment is worked out once, and the plan stays small. Targets are few. The strictest label counts
# before the number, the number before all (``domain.targets.Target``).
_MOVE = f"""
stood AS MATERIALIZED (
    SELECT m.*, coalesce(n.calendar_id, (SELECT k.id FROM calendars k WHERE k.is_default)) AS calendar_id,
        coalesce(l.first_reply, t.first_reply, a.first_reply) AS first_reply,
        coalesce(l.next_reply, t.next_reply, a.next_reply) AS next_reply,
        coalesce(l.resolution, t.resolution, a.resolution) AS resolution
    FROM moved m JOIN channels n ON n.id = m.channel_id
    LEFT JOIN targets t ON t.channel_id = m.channel_id
    LEFT JOIN targets a ON a.label_id IS NULL AND a.channel_id IS NULL
    CROSS JOIN LATERAL (
        SELECT min(b.first_reply) AS first_reply, min(b.next_reply) AS next_reply, min(b.resolution) AS resolution
        FROM targets b JOIN conversation_labels c ON c.label_id = b.label_id AND c.conversation_id = m.id
    ) l
),
due AS MATERIALIZED (
    SELECT s.id, s.opened_at, s.replied_at, s.waiting_since,
        {_due("s.waiting_since", "CASE WHEN s.replied_at IS NULL THEN s.first_reply ELSE s.next_reply END")} AS reply_due_at,
        {_due("s.opened_at", "s.resolution")} AS resolve_due_at
    FROM stood s
)
UPDATE conversations v SET opened_at = d.opened_at, replied_at = d.replied_at, waiting_since = d.waiting_since,
    reply_due_at = d.reply_due_at, resolve_due_at = d.resolve_due_at
FROM due d WHERE v.id = d.id AND (v.opened_at, v.replied_at, v.waiting_since, v.reply_due_at, v.resolve_due_at)
    IS DISTINCT FROM (d.opened_at, d.replied_at, d.waiting_since, d.reply_due_at, d.resolve_due_at)
"""

# Primary key; locked before it is read, so that of two who move one conversation neither puts old values back. A late
# message of a customer does not begin anything in a conversation that stays resolved, and a late answer of the team ends
# no wait that began after it.
_SAID = text(f"""
WITH moved AS MATERIALIZED (
    SELECT v.id, v.channel_id,
        CASE i.said WHEN 'customer' THEN coalesce(v.opened_at, i.at) WHEN 'reopened' THEN i.at
            WHEN 'resolved' THEN NULL ELSE v.opened_at END AS opened_at,
        CASE WHEN i.said = 'team' AND v.opened_at IS NOT NULL THEN coalesce(v.replied_at, i.at)
            WHEN i.said IN ('resolved', 'reopened') THEN NULL ELSE v.replied_at END AS replied_at,
        CASE WHEN i.said = 'customer' THEN coalesce(v.waiting_since, i.at)
            WHEN i.said = 'nothing' OR i.said = 'team' AND i.at < v.waiting_since THEN v.waiting_since END AS waiting_since
    FROM unnest(CAST(:ids AS uuid[]), CAST(:said AS text[]), CAST(:ats AS timestamptz[])) AS i(id, said, at)
    JOIN conversations v ON v.id = i.id
    WHERE i.said <> 'customer' OR v.status <> 'resolved' AND v.waiting_since IS NULL
    ORDER BY v.id FOR NO KEY UPDATE OF v
),
{_MOVE}
""")

# Every conversation of a round that has not ended, in one pass.
_EVERYWHERE = text(f"""
WITH moved AS MATERIALIZED (
    SELECT v.id, v.channel_id, v.opened_at, v.replied_at, v.waiting_since FROM conversations v
    WHERE v.opened_at IS NOT NULL OR v.waiting_since IS NOT NULL ORDER BY v.id FOR NO KEY UPDATE
),
{_MOVE}
""")


async def move(session: AsyncSession, moves: Sequence[tuple[UUID, Said, datetime | None]]) -> None:
    """Move the clocks of these conversations, each once, in one statement."""
    if moves:
        parameters = {
            "ids": [conversation_id for conversation_id, _, _ in moves],
            "said": [said.value for _, said, _ in moves],
            "ats": [at for _, _, at in moves],
        }
        await session.execute(_SAID, parameters)


async def again(session: AsyncSession) -> None:
    """Count again when conversations are due, after targets or working hours changed."""
    await session.execute(_EVERYWHERE)


async def take_turn(session: AsyncSession) -> None:
    """Let nobody else change targets or working hours until this transaction ends."""
    await session.execute(_TURN, {"key": LOCK_KEY})


async def targets(session: AsyncSession) -> list[Target]:
    """Every target but those of numbers that were removed; few rows, read in full."""
    numbers = select(ChannelRow.id).where(ChannelRow.deleted_at.is_(None))
    rows = await session.execute(
        select(
            TargetRow.label_id, TargetRow.channel_id, TargetRow.first_reply, TargetRow.next_reply,
            TargetRow.resolution,
        )
        .where(TargetRow.channel_id.is_(None) | TargetRow.channel_id.in_(numbers))
        .order_by(TargetRow.id)
    )  # fmt: skip
    return [Target(**row._mapping) for row in rows]


async def put_targets(session: AsyncSession, wanted: Sequence[Target]) -> None:
    """Put these in place of all there are."""
    await session.execute(delete(TargetRow))
    if wanted:
        values = [
            {"id": new_id(), "label_id": one.label_id, "channel_id": one.channel_id,
             "first_reply": one.first_reply, "next_reply": one.next_reply, "resolution": one.resolution}
            for one in wanted
        ]  # fmt: skip
        await session.execute(insert(TargetRow), values)
