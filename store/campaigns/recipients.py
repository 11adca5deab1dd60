"""Recipients of a campaign with the state of their message, page by page in order of seq."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.causes import Members
from domain.messages import MessageState
from domain.recipients import RecipientLine
from store import searches
from store.journal import Place


@dataclass(frozen=True, slots=True)
class RecipientQuery:
    """Which recipients; None matches everybody."""

    states: Sequence[str] | None = None
    replied: bool = False
    cause: Members | None = None
    search: str = ""


_EVERYBODY = """campaign_recipients r LEFT JOIN LATERAL (
    SELECT * FROM messages m WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq LIMIT 1) m ON true"""

_WRITTEN_TO = """messages m JOIN LATERAL (
    SELECT * FROM campaign_recipients r WHERE r.campaign_id = m.campaign_id AND r.seq = m.seq LIMIT 1) r ON true"""

# Walks pk_campaign_recipients from ``after`` on, or uq_messages_campaign_id_seq if only people with a message are
# wanted, and looks up the other row by key, whatever the statistics say: right after a launch, a joined plan would read
# every message of the campaign for each recipient.
_SELECT = """
SELECT r.seq, r.contact_id, r.phone, c.name, m.id AS message_id, coalesce(m.state, 'queued') AS state,
    m.attempt, m.wamid, m.error_code, m.error_detail, m.next_try_at, m.claimed_at, m.accepted_at,
    m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.replied_at
FROM {people} LEFT JOIN contacts c ON c.id = r.contact_id
WHERE {first}.campaign_id = :campaign_id AND {first}.seq > :after {conditions}
ORDER BY {first}.seq LIMIT :limit
"""

_EXPLAINED = """(m.error_code = ANY(CAST(:codes AS int[]))
    OR (m.error_code IS NULL AND m.error_detail = ANY(CAST(:reasons AS text[]))))"""

_UNEXPLAINED = """(m.error_code IS NULL AND CAST(:codes AS int[]) IS NOT NULL
    AND coalesce(m.error_detail, '') <> ALL(CAST(:reasons AS text[])))"""


# Walks the same keys once.
_COUNT = """
SELECT count(*) FROM {people} LEFT JOIN contacts c ON c.id = r.contact_id
WHERE {first}.campaign_id = :campaign_id {conditions}
"""

# Walks the same keys once; a deleted contact is in no group. Who is new there is written down in the journal.
_INTO_GROUP = """
WITH added AS (
    INSERT INTO group_members (group_id, contact_id)
    SELECT :group_id, c.id
    FROM {people} JOIN contacts c ON c.id = r.contact_id
    WHERE {first}.campaign_id = :campaign_id {conditions}
    ORDER BY c.id
    ON CONFLICT DO NOTHING
    RETURNING contact_id
)
INSERT INTO journal_contacts (contact_id, entry_id, at) SELECT contact_id, :entry_id, :at FROM added
"""


async def put_into(
    session: AsyncSession, campaign_id: UUID, wanted: RecipientQuery, group_id: UUID, place: Place
) -> int:
    """Add these people to a group; returns how many are new there."""
    statement, parameters = _filled(_INTO_GROUP, wanted)
    parameters |= {"campaign_id": campaign_id, "group_id": group_id}
    parameters |= {"entry_id": place.id, "at": place.at}
    put: Any = await session.execute(statement, parameters)
    return int(put.rowcount)


async def page(
    session: AsyncSession, campaign_id: UUID, wanted: RecipientQuery, *, after: int, limit: int
) -> list[RecipientLine]:
    """Recipients after a seq, in order."""
    statement, parameters = _filled(_SELECT, wanted)
    parameters |= {"campaign_id": campaign_id, "after": after, "limit": limit}
    rows = (await session.execute(statement, parameters)).all()
    return [RecipientLine(**row._mapping) for row in rows]


async def count(session: AsyncSession, campaign_id: UUID, wanted: RecipientQuery) -> int:
    """How many recipients match."""
    statement, parameters = _filled(_COUNT, wanted)
    found = await session.scalar(statement, parameters | {"campaign_id": campaign_id})
    return int(found or 0)


@dataclass(frozen=True, slots=True)
class FrozenValues:
    """One recipient with the values frozen for the message."""

    name: str
    phone: str
    variables: list[str]


# The first row of the primary key, except for deleted people.
_FIRST = text("""
SELECT r.phone, coalesce(c.name, '') AS name, r.variables
FROM campaign_recipients r LEFT JOIN contacts c ON c.id = r.contact_id
WHERE r.campaign_id = :campaign_id AND r.phone <> '' ORDER BY r.seq LIMIT 1
""")


async def first(session: AsyncSession, campaign_id: UUID) -> FrozenValues | None:
    """The first recipient of a launched campaign; None before there is one."""
    row = (await session.execute(_FIRST, {"campaign_id": campaign_id})).first()
    return FrozenValues(row.name, row.phone, list(row.variables)) if row is not None else None


def _filled(statement: str, wanted: RecipientQuery) -> tuple[TextClause, dict[str, object]]:
    conditions, parameters = _conditions(wanted)
    written_to = wanted.states is not None and MessageState.QUEUED not in wanted.states
    people, first = (_WRITTEN_TO, "m") if written_to else (_EVERYBODY, "r")
    return text(statement.format(people=people, first=first, conditions=conditions)), parameters


def _conditions(wanted: RecipientQuery) -> tuple[str, dict[str, object]]:
    found: list[str] = []
    parameters: dict[str, object] = {}
    if wanted.states is not None:
        found.append("coalesce(m.state, 'queued') = ANY(CAST(:states AS text[]))")
        parameters["states"] = list(wanted.states)
    if wanted.replied:
        found.append("m.replied_at IS NOT NULL")
    if wanted.cause is not None:
        found.append(_UNEXPLAINED if wanted.cause.unexplained else _EXPLAINED)
        parameters |= {"codes": list(wanted.cause.codes), "reasons": list(wanted.cause.reasons)}
    if wanted.search:
        # What a file said about a person is in the message's values.
        values = "array_to_string(r.variables, ' ')"
        found.append(searches.people(wanted.search, parameters, phone="r.phone", further=values))
    return "".join(f" AND {condition}" for condition in found if condition), parameters
