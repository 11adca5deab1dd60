"""The consent ledger: facts about marketing, and the two contact columns derived from them.

The columns change in the transaction that writes a fact, so the gate reads one row. Writers of facts about a person
take turns by locking the contact's row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.consent import Action, Source, keepers

# Within one second of Meta's clock, a stop beats its end; what people write or do in one second counts in order of
# arrival.
LATEST = """
SELECT DISTINCT ON (f.contact_id, keeper) f.contact_id, keeper, f.action, f.source, f.at
FROM consents f, unnest(f.keepers) AS keeper
WHERE {which}
ORDER BY f.contact_id, keeper, f.at DESC, keeper = 'meta' AND f.action = 'stop' DESC, f.id DESC
"""
"""SELECT of the fact that counts for each keeper of each contact; uses ix_consents_contact_id_at."""

# START takes back the person's stop: someone never asked before still was not asked.
AGREED = """
SELECT max(f.at) FROM consents f WHERE f.contact_id = {contact} AND f.action = 'agree'
    AND f.source NOT IN ('keyword', 'button')
"""

_LOCK = text("""
SELECT id FROM contacts WHERE id = ANY(CAST(:contacts AS uuid[])) ORDER BY phone_key NULLS FIRST, id
FOR NO KEY UPDATE
""")

# An opt-out from before the ledger becomes a fact first, or the next fact would erase it.
_ADD = text("""
WITH earlier AS (
    INSERT INTO consents (contact_id, action, source, keepers, at)
    SELECT c.id, 'stop', 'earlier', '{team}', c.marketing_opt_out_at FROM contacts c
    WHERE c.id = ANY(CAST(:contacts AS uuid[])) AND c.marketing_opt_out_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM consents f WHERE f.contact_id = c.id AND f.action = 'stop')
)
INSERT INTO consents (contact_id, action, source, keepers, at, user_id, message_id, words)
SELECT i.contact_id, i.action, i.source, coalesce(string_to_array(nullif(i.keepers, ''), ','), '{}'),
    least(i.at, clock_timestamp()), i.user_id, i.message_id, left(i.words, 500)
FROM unnest(CAST(:contacts AS uuid[]), CAST(:actions AS text[]), CAST(:sources AS text[]),
    CAST(:keepers AS text[]), CAST(:ats AS timestamptz[]), CAST(:users AS uuid[]),
    CAST(:messages AS uuid[]), CAST(:words AS text[])) WITH ORDINALITY
    AS i(contact_id, action, source, keepers, at, user_id, message_id, words, n)
WHERE NOT EXISTS (
    SELECT FROM consents f WHERE f.contact_id = i.contact_id AND f.action = i.action
        AND f.source = i.source AND f.at = i.at AND i.source IN ('whatsapp', 'refusal'))
ORDER BY i.n
ON CONFLICT (message_id) WHERE message_id IS NOT NULL DO NOTHING
RETURNING id, contact_id, message_id
""")

_FOLLOW = text(f"""
UPDATE contacts c SET marketing_opt_out_at = n.stopped_at, marketing_agreed_at = n.agreed_at,
    updated_at = clock_timestamp()
FROM (
    SELECT i.id, min(l.at) FILTER (WHERE l.action = 'stop') AS stopped_at,
        ({AGREED.format(contact="i.id")}) AS agreed_at
    FROM (SELECT DISTINCT unnest(CAST(:contacts AS uuid[])) AS id) i
    LEFT JOIN ({LATEST.format(which="f.contact_id = ANY(CAST(:contacts AS uuid[]))")}) l
        ON l.contact_id = i.id
    GROUP BY i.id
) n
WHERE c.id = n.id
    AND (c.marketing_opt_out_at, c.marketing_agreed_at) IS DISTINCT FROM (n.stopped_at, n.agreed_at)
RETURNING c.id, c.marketing_opt_out_at
""")

_STANDING = text(f"""
SELECT contact_id, keeper, at FROM (
    {LATEST.format(which="f.contact_id = ANY(CAST(:contacts AS uuid[]))")}
) l WHERE action = 'stop'
""")

# Uses ix_consents_contact_id_at.
_HISTORY = text("""
SELECT f.id, f.action, f.source, f.keepers, f.at, f.user_id, u.name AS user_name, f.message_id,
    f.import_id, i.file_name, f.campaign_id, k.name AS campaign_name, f.words
FROM consents f
LEFT JOIN users u ON u.id = f.user_id
LEFT JOIN imports i ON i.id = f.import_id
LEFT JOIN campaigns k ON k.id = f.campaign_id
WHERE f.contact_id = :contact_id ORDER BY f.at DESC, f.id DESC LIMIT :limit
""")


# Uses ix_consents_contact_id_at. Only the latest fact, and only while it is recent.
_TAKE_BACK = text("""
DELETE FROM consents WHERE id = (
    SELECT id FROM consents WHERE contact_id = :contact_id ORDER BY id DESC LIMIT 1
) AND user_id = :user_id AND source = 'agent' AND created_at > clock_timestamp() - interval '10 minutes'
RETURNING id
""")


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One statement about marketing to a contact."""

    contact_id: UUID
    action: Action
    source: Source
    at: datetime
    user_id: UUID | None = None
    message_id: UUID | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A fact with the names that people see."""

    id: int
    action: str
    source: str
    keepers: Sequence[str]
    at: datetime
    user_id: UUID | None
    user_name: str | None
    message_id: UUID | None
    import_id: UUID | None
    file_name: str | None
    campaign_id: UUID | None
    campaign_name: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch of facts changed.

    ``messages`` are those with a new fact. ``contacts`` are those that changed, each with the time marketing was
    stopped, None where it is allowed.
    """

    messages: frozenset[UUID]
    contacts: Mapping[UUID, datetime | None]


async def lock(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """Lock these contacts until the transaction ends, in one order."""
    await session.execute(_LOCK, {"contacts": list(contact_ids)})


async def tell(session: AsyncSession, facts: Sequence[ConsentFact]) -> Told:
    """Write facts and update the contacts; a fact known by its message or time is not repeated."""
    contacts = [fact.contact_id for fact in facts]
    await lock(session, contacts)
    parameters = {
        "contacts": contacts,
        "actions": [fact.action for fact in facts],
        "sources": [fact.source for fact in facts],
        "keepers": [",".join(keepers(fact.action, fact.source)) for fact in facts],
        "ats": [fact.at for fact in facts],
        "users": [fact.user_id for fact in facts],
        "messages": [fact.message_id for fact in facts],
        "words": [fact.words for fact in facts],
    }
    added = (await session.execute(_ADD, parameters)).all()
    return Told(
        frozenset(row.message_id for row in added if row.message_id),
        await follow(session, contacts),
    )


async def stops(
    session: AsyncSession, contact_ids: Sequence[UUID]
) -> dict[UUID, dict[str, datetime]]:
    """Whose stop is in force for each contact, and since when."""
    found: dict[UUID, dict[str, datetime]] = {}
    for row in (await session.execute(_STANDING, {"contacts": list(contact_ids)})).all():
        found.setdefault(row.contact_id, {})[row.keeper] = row.at
    return found


async def history(session: AsyncSession, contact_id: UUID, limit: int = 100) -> list[ConsentEntry]:
    """Everything known about a contact's consent, newest first."""
    rows = await session.execute(_HISTORY, {"contact_id": contact_id, "limit": limit})
    return [ConsentEntry(**row._mapping) for row in rows]


async def take_back(session: AsyncSession, contact_id: UUID, user_id: UUID) -> bool:
    """Undo what this teammate just recorded about a contact; False when it is too late."""
    await lock(session, [contact_id])
    parameters = {"contact_id": contact_id, "user_id": user_id}
    gone = (await session.execute(_TAKE_BACK, parameters)).first() is not None
    if gone:
        await follow(session, [contact_id])
    return gone


async def follow(
    session: AsyncSession, contact_ids: Sequence[UUID]
) -> Mapping[UUID, datetime | None]:
    """Update contact columns from their facts; returns those that changed, and since when they are stopped."""
    rows = (await session.execute(_FOLLOW, {"contacts": list(contact_ids)})).all()
    return {row.id: row.marketing_opt_out_at for row in rows}
