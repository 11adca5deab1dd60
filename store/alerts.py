"""Alerts in the database: raised, cleared, listed, and what each person did with them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.alerts.kinds import Alert, AlertKind, Due, Key
from domain.ids import new_id
from domain.sentences import unpacked

LOCK_KEY = 7_730_025
"""Advisory lock of whoever looks: several processes do, one at a time."""

KINDS = frozenset(AlertKind)

_TURN = text("SELECT pg_try_advisory_xact_lock(:key)")

# uq_alerts_open.
_OPEN = text("SELECT kind, subject, raised_at FROM alerts WHERE cleared_at IS NULL")

_DUE = """due AS (
    SELECT * FROM jsonb_to_recordset(CAST(:due AS jsonb))
        AS d(id uuid, kind text, subject text, name text, why text, count bigint)
)"""

# uq_alerts_open; an alert that is the same as a minute ago is not written again.
_RAISE = text(f"""
WITH {_DUE}
INSERT INTO alerts AS a (id, kind, subject, name, why, count) SELECT * FROM due
ON CONFLICT (kind, subject) WHERE cleared_at IS NULL DO UPDATE SET
    name = excluded.name, why = excluded.why, count = excluded.count, seen_at = clock_timestamp()
WHERE (a.name, a.why, a.count) IS DISTINCT FROM (excluded.name, excluded.why, excluded.count)
    OR a.seen_at < clock_timestamp() - interval '1 minute'
RETURNING a.id, a.kind, a.xmax = 0 AS is_new
""")

# uq_alerts_open.
_CLEAR = text(f"""
WITH {_DUE}
UPDATE alerts a SET cleared_at = clock_timestamp()
WHERE a.cleared_at IS NULL AND a.kind = ANY(CAST(:known AS text[]))
    AND NOT EXISTS (SELECT FROM due d WHERE d.kind = a.kind AND d.subject = a.subject)
RETURNING a.id, a.kind
""")

_SEEN_BY = """
SELECT a.id, a.kind, a.subject, a.name, a.why, a.count AS many, a.raised_at, a.seen_at, a.cleared_at,
    m.alert_id IS NULL AS is_new, m.dismissed_at IS NOT NULL AS is_dismissed
FROM alerts a LEFT JOIN alert_marks m ON m.alert_id = a.id AND m.user_id = :user_id
"""

# uq_alerts_open: as many as there are troubles.
_LIST_OPEN = text(f"""{_SEEN_BY}
WHERE a.cleared_at IS NULL AND a.kind = ANY(CAST(:kinds AS text[]))
ORDER BY a.raised_at DESC, a.id DESC LIMIT :limit
""")

# ix_alerts_cleared_at_id, backwards.
_LIST_CLEARED = text(f"""{_SEEN_BY}
WHERE a.cleared_at IS NOT NULL AND (a.cleared_at, a.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))
    AND a.kind = ANY(CAST(:kinds AS text[]))
ORDER BY a.cleared_at DESC, a.id DESC LIMIT :limit
""")

# Primary keys.
_MARK = text("""
INSERT INTO alert_marks (alert_id, user_id)
SELECT id, :user_id FROM alerts WHERE id = ANY(CAST(:ids AS uuid[])) AND kind = ANY(CAST(:kinds AS text[]))
ON CONFLICT DO NOTHING RETURNING alert_id
""")
_DISMISS = text("""
INSERT INTO alert_marks AS m (alert_id, user_id, dismissed_at)
SELECT id, :user_id, CASE WHEN :dismissed THEN clock_timestamp() END FROM alerts
WHERE id = :id AND kind = ANY(CAST(:kinds AS text[]))
ON CONFLICT (alert_id, user_id) DO UPDATE SET dismissed_at = excluded.dismissed_at RETURNING alert_id
""")

# uq_alerts_open; ix_alerts_mailed_at for the last mail. One process mails at a time: the rows are locked.
_CLAIM = text("""
UPDATE alerts SET mailed_at = clock_timestamp()
WHERE id IN (SELECT id FROM alerts WHERE cleared_at IS NULL AND mailed_at IS NULL
        AND raised_at < clock_timestamp() - interval '1 minute' FOR UPDATE SKIP LOCKED)
    AND NOT EXISTS (SELECT FROM alerts WHERE mailed_at > clock_timestamp() - CAST(:every AS interval))
RETURNING id, kind
""")
_UNCLAIM = text("UPDATE alerts SET mailed_at = NULL WHERE id = ANY(CAST(:ids AS uuid[]))")

# ix_alerts_cleared_at_id.
_PURGE = text("""
DELETE FROM alerts WHERE id IN (
    SELECT id FROM alerts WHERE cleared_at < :before ORDER BY cleared_at LIMIT :limit
) RETURNING id
""")


async def take_turn(session: AsyncSession) -> bool:
    """Whether this transaction is the one that looks; False while another one does."""
    return bool(await session.scalar(_TURN, {"key": LOCK_KEY}))


async def open_since(session: AsyncSession) -> dict[Key, datetime]:
    """Since when those are open that are."""
    rows = (await session.execute(_OPEN)).all()
    return {(AlertKind(row.kind), row.subject): row.raised_at for row in rows if row.kind in KINDS}


async def settle(
    session: AsyncSession, due: Sequence[Due]
) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """Open exactly these alerts; returns the kinds of those raised, and of those cleared, by id."""
    told = [
        {
            "id": new_id(), "kind": one.kind, "subject": one.subject, "name": one.name,
            "why": one.why.packed() if one.why else "", "count": one.count,
        }
        for one in {one.key: one for one in due}.values()
    ]  # fmt: skip
    parameters = {"due": orjson.dumps(told, default=str).decode(), "known": sorted(KINDS)}
    raised = (await session.execute(_RAISE, {"due": parameters["due"]})).all()
    cleared = (await session.execute(_CLEAR, parameters)).all()
    return {row.id: row.kind for row in raised if row.is_new}, {row.id: row.kind for row in cleared}


async def list_open(
    session: AsyncSession, user_id: UUID, kinds: Collection[AlertKind], limit: int
) -> list[Alert]:
    """Open alerts of some kinds as a person sees them, the newest first."""
    parameters = {"user_id": user_id, "kinds": sorted(kinds), "limit": limit}
    return [_alert(row) for row in (await session.execute(_LIST_OPEN, parameters)).all()]


async def list_cleared(
    session: AsyncSession,
    user_id: UUID,
    kinds: Collection[AlertKind],
    before: tuple[datetime, UUID],
    limit: int,
) -> list[Alert]:
    """Cleared alerts of some kinds, the last one first, before a given one."""
    at, id_ = before
    parameters = {"user_id": user_id, "kinds": sorted(kinds), "at": at, "id": id_, "limit": limit}
    return [_alert(row) for row in (await session.execute(_LIST_CLEARED, parameters)).all()]


def _alert(row: Row[Any]) -> Alert:
    why = unpacked(row.why) if row.why else None
    due = Due(AlertKind(row.kind), row.subject, row.name, why, row.many)
    return Alert(
        row.id, due, row.raised_at, row.seen_at, row.cleared_at, row.is_new, row.is_dismissed
    )


async def mark_seen(
    session: AsyncSession, user_id: UUID, kinds: Collection[AlertKind], ids: Sequence[UUID]
) -> int:
    """A person has seen these; returns how many were new to them."""
    parameters = {"user_id": user_id, "kinds": sorted(kinds), "ids": list(ids)}
    return len((await session.execute(_MARK, parameters)).all())


async def dismiss(
    session: AsyncSession,
    user_id: UUID,
    kinds: Collection[AlertKind],
    alert_id: UUID,
    *,
    dismissed: bool,
) -> bool:
    """A person no longer wants to see it, or does again; False if there is none of these kinds."""
    parameters = {
        "user_id": user_id, "kinds": sorted(kinds), "id": alert_id, "dismissed": dismissed,
    }  # fmt: skip
    return (await session.execute(_DISMISS, parameters)).first() is not None


async def claim_mail(session: AsyncSession, every: object) -> dict[UUID, str]:
    """The open alerts that no mail told about, unless one was sent within ``every``; commit before sending.

    What is over within a minute is not worth a mail.
    """
    rows = (await session.execute(_CLAIM, {"every": every})).all()
    return {row.id: row.kind for row in rows}


async def give_mail_back(session: AsyncSession, ids: Collection[UUID]) -> None:
    """The mail about these was not sent."""
    await session.execute(_UNCLAIM, {"ids": list(ids)})


async def purge(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete alerts cleared before a time; returns how many."""
    return len((await session.execute(_PURGE, {"before": before, "limit": limit})).all())
