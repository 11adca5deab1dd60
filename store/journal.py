"""The journal's rows: append them, and read what a reader has not seen yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.journal.facts import COLUMNS, Entry, Fact
from domain.journal.rules import RULES, Life
from store.live import CHANNEL
from store.together import together

WAKE = "journal"
"""Notified with a stream's name when a command is noted for it."""

HEARD = sorted(kind for kind, rule in RULES.items() if rule.heard or rule.everywhere)
"""Kinds that some page hears about."""

# One statement, however many facts: entries in the order they were noted, the pages concerned, and the readers that run
# commands. All of it takes effect at the commit.
_ADD = text("""
WITH noted AS (
    INSERT INTO journal (id, at, kind, life, stream, audited, user_id, actor, ip, entity, entity_id,
        contact_id, conversation_id, message_id, campaign_id, before, data)
    SELECT coalesce(CAST(:id AS bigint), nextval('journal_id_seq')),
        coalesce(CAST(:at AS timestamptz), clock_timestamp()), kind, life, stream, audited,
        user_id, actor, ip, entity, entity_id,
        contact_id, conversation_id, message_id, campaign_id, before, data
    FROM ROWS FROM (jsonb_to_recordset(CAST(:facts AS jsonb)) AS (
        user_id uuid, actor text, ip text, kind text, life text, stream text, audited boolean, entity text, entity_id text,
        contact_id uuid, conversation_id uuid, message_id uuid, campaign_id uuid,
        before jsonb, data jsonb
    )) WITH ORDINALITY
    ORDER BY ordinality
    RETURNING id, kind, stream, entity_id, contact_id, conversation_id, message_id, campaign_id
)
SELECT pg_notify(:channel, jsonb_strip_nulls(jsonb_build_object(
    'id', id, 'kind', kind, 'entity_id', entity_id, 'contact_id', contact_id,
    'xmin', pg_snapshot_xmin(pg_current_snapshot())::text,
    'conversation_id', conversation_id, 'message_id', message_id, 'campaign_id', campaign_id
))::text)
FROM noted WHERE kind = ANY(CAST(:heard AS text[]))
UNION ALL
SELECT pg_notify(:wake, stream) FROM (SELECT DISTINCT stream FROM noted WHERE stream IS NOT NULL) streams
""")

# Uses ix_journal_xact from a reader's position, up to a limit. Another server's transaction ids are beyond it.
_SINCE = text("""
SELECT id, kind, entity_id, contact_id, conversation_id, message_id, campaign_id, NULL AS data
FROM journal
WHERE xact >= CAST(:xmin AS xid8) AND xact < pg_snapshot_xmax(pg_current_snapshot())
ORDER BY xact LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Place:
    """Number and time of an entry that is about to be added: its contacts can be listed before it."""

    id: int
    at: datetime


async def place(session: AsyncSession) -> Place:
    """Reserve the place of the next entry."""
    return Place(*(await session.execute(_PLACE)).one())


_PLACE = text("SELECT nextval('journal_id_seq'), clock_timestamp()")

_ABOUT = text("""
INSERT INTO journal_contacts (contact_id, entry_id, at)
SELECT unnest(CAST(:contacts AS uuid[])), :id, :at ON CONFLICT DO NOTHING
""")


async def about(session: AsyncSession, place: Place, contact_ids: Sequence[UUID]) -> None:
    """List contacts that an entry is about."""
    parameters = {"contacts": list(contact_ids), "id": place.id, "at": place.at}
    await session.execute(_ABOUT, parameters)


async def add(
    session: AsyncSession, actor: Actor, facts: Sequence[Fact], place: Place | None = None
) -> None:
    """Append facts in the caller's transaction; pages and readers hear about them at commit.

    A single fact may take a ``place`` reserved before.
    """
    rows = [_row(actor, fact) for fact in facts]
    if place is None:
        await together(session, _add, rows)
    else:
        await _append(session, rows, place)


async def _add(session: AsyncSession, noted: Sequence[Sequence[dict[str, Any]]]) -> Sequence[None]:
    await _append(session, [row for rows in noted for row in rows], None)
    return [None] * len(noted)


async def _append(
    session: AsyncSession, rows: Sequence[dict[str, Any]], place: Place | None
) -> None:
    parameters = {
        "facts": orjson.dumps(rows, default=str).decode(),
        "channel": CHANNEL,
        "wake": WAKE,
        "heard": HEARD,
        "id": place.id if place else None,
        "at": place.at if place else None,
    }
    await session.execute(_ADD, parameters)


def _row(actor: Actor, fact: Fact) -> dict[str, Any]:
    rule = RULES[fact.kind]
    return {
        "user_id": actor.user_id,
        "actor": actor.label,
        "ip": actor.ip,
        "kind": fact.kind,
        "life": rule.life,
        "stream": rule.command.stream if rule.command else None,
        "audited": rule.audited,
        "entity": fact.entity,
        "entity_id": fact.entity_id,
        **fact.ids(),
        "before": fact.before,
        "data": fact.data(),
    }


async def since(session: AsyncSession, xmin: int, limit: int) -> list[Entry]:
    """Entries of transactions from ``xmin`` on, in order; some may have been delivered already."""
    found = await session.execute(_SINCE, {"xmin": str(xmin), "limit": limit})
    return sorted(map(entry_of, found), key=lambda entry: entry.id)


async def newest(session: AsyncSession) -> int:
    """The id of the next transaction."""
    query = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    return int((await session.execute(query)).scalar_one())


def entry_of(row: Row[Any]) -> Entry:
    """An entry, as its row is read."""
    ids = {name: value for name in COLUMNS if (value := getattr(row, name)) is not None}
    return Entry(row.id, row.kind, row.entity_id, ids, row.data or {})


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a campaign's history: ``launched``, ``paused``, …"""

    at: datetime
    kind: str
    by: str | None
    detail: dict[str, Any]


HISTORY = sorted(kind for kind, rule in RULES.items() if rule.history)

# Uses ix_journal_kept_campaign_id_id of each month.
_HISTORY = text("""
SELECT j.at, split_part(j.kind, '.', 2) AS kind, u.name AS by, coalesce(j.data, '{}') AS detail
FROM journal_kept j LEFT JOIN users u ON u.id = j.user_id
WHERE j.campaign_id = :campaign_id AND j.kind = ANY(CAST(:kinds AS text[]))
ORDER BY j.id DESC LIMIT :limit
""")


async def of_campaign(
    session: AsyncSession, campaign_id: UUID, limit: int = 200
) -> list[HistoryEntry]:
    """What happened to a campaign and who did it, newest first."""
    parameters = {"campaign_id": campaign_id, "kinds": HISTORY, "limit": limit}
    return [HistoryEntry(**row) for row in (await session.execute(_HISTORY, parameters)).mappings()]


# Creates and drops tables (store/migrations/versions/0020_journal_contacts.py).
_TURN = text("SELECT turn_journal(:parent, :keep, :ahead)")
_PARENTS = {
    Life.KEPT: ("journal_kept", "journal_contacts"),
    Life.TRAFFIC: ("journal_traffic",),
}
AHEAD = 3


async def turn(session: AsyncSession, life: Life, keep: timedelta) -> None:
    """Create the next partitions of a life, and drop those older than it."""
    for parent in _PARENTS[life]:
        await session.execute(_TURN, {"parent": parent, "keep": keep, "ahead": AHEAD})
