"""People of time triggers, in portions, and what conditions may ask about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.automations.facts import Person
from store.leaving import staying


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a trigger is for: everybody or members of groups, in some zones, with a date in a field.

    ``zones`` None: wherever they are; ``unzoned``: also who has no zone.
    """

    groups: Sequence[UUID] = ()
    everybody: bool = False
    zones: Collection[str] | None = None
    unzoned: bool = False
    field: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """A conversation whose window closes at ``closes_at``."""

    conversation_id: UUID
    contact_id: UUID
    channel_id: UUID
    closes_at: datetime


async def people(
    session: AsyncSession, audience: Audience, after: UUID | None, limit: int
) -> list[UUID]:
    """The next of them, by id: contacts' primary key, and that of group_members for each.

    Dates in fields have no index: everybody is looked at, in order, once for each time the trigger fires.
    """
    conditions, parameters = [staying("c.id")], dict[str, Any]()
    if not audience.everybody:
        conditions.append(
            "EXISTS (SELECT FROM group_members m WHERE m.contact_id = c.id"
            " AND m.group_id = ANY(CAST(:groups AS uuid[])))"
        )
        parameters["groups"] = list(audience.groups)
    if audience.zones is not None:
        conditions.append(
            "coalesce(c.timezone = ANY(CAST(:zones AS text[])), CAST(:unzoned AS boolean))"
        )
        parameters |= {"zones": list(audience.zones), "unzoned": audience.unzoned}
    if audience.field:
        conditions.append("left(c.fields ->> CAST(:field AS text), 10) = :day")
        parameters |= {"field": audience.field, "day": f"{audience.day:%Y-%m-%d}"}
    if after is not None:
        conditions.append("c.id > :after")
        parameters["after"] = after
    statement = f"""
SELECT c.id FROM contacts c WHERE {" AND ".join(conditions)} ORDER BY c.id LIMIT :limit"""
    return list((await session.scalars(text(statement), parameters | {"limit": limit})).all())


# Primary keys; uq_conversations_channel_id_contact_id, ix_group_members_contact_id.
_PERSONS = text("""
SELECT c.id, c.name, c.phone, c.language, c.timezone, c.fields, c.marketing_opt_out_at IS NOT NULL AS stopped,
    c.marketing_agreed_at IS NOT NULL AS agreed, v.window_expires_at AS window_until,
    ARRAY(SELECT m.group_id FROM group_members m WHERE m.contact_id = c.id) AS groups,
    ARRAY(SELECT l.label_id FROM conversation_labels l WHERE l.conversation_id = v.id) AS labels
FROM contacts c LEFT JOIN conversations v ON v.channel_id = :channel_id AND v.contact_id = c.id
WHERE c.id = ANY(CAST(:contacts AS uuid[]))
""")


async def persons(
    session: AsyncSession, contact_ids: Sequence[UUID], channel_id: UUID
) -> dict[UUID, Person]:
    """What conditions may ask about these contacts, on a number."""
    parameters = {"contacts": list(contact_ids), "channel_id": channel_id}
    return {
        row.id: Person(
            name=row.name,
            phone=row.phone,
            language=row.language,
            timezone=row.timezone,
            fields=row.fields,
            stopped=row.stopped,
            agreed=row.agreed,
            window_until=row.window_until,
            labels=row.labels,
            groups=row.groups,
        )
        for row in await session.execute(_PERSONS, parameters)
    }


LAST = UUID(int=2**128 - 1)
"""After every conversation."""

# Uses ix_conversations_last_message_at_id: a window closes 24 hours after a message that is on record within an hour of
# when it was written, so only conversations of the last day are looked at.
_CLOSING = text("""
SELECT v.id AS conversation_id, v.contact_id, v.channel_id, v.window_expires_at AS closes_at FROM conversations v
WHERE v.last_message_at > CAST(:after AS timestamptz) - interval '26 hours'
    AND (v.window_expires_at, v.id) > (:after, CAST(:passed AS uuid)) AND v.window_expires_at <= :until
    AND v.window_closed_at IS NULL AND v.contact_id IS NOT NULL
    AND (cardinality(CAST(:channels AS uuid[])) = 0 OR v.channel_id = ANY(CAST(:channels AS uuid[])))
ORDER BY v.window_expires_at, v.id LIMIT :limit
""")
_NEXT_CLOSING = text("""
SELECT min(v.window_expires_at) FROM conversations v
WHERE v.last_message_at > CAST(:after AS timestamptz) - interval '26 hours' AND v.window_expires_at > :after
    AND v.window_closed_at IS NULL AND v.contact_id IS NOT NULL
""")


async def closing(
    session: AsyncSession,
    after: datetime,
    until: datetime,
    channels: Sequence[UUID],
    limit: int,
    passed: UUID = LAST,
) -> list[Closing]:
    """Windows that close after a moment, or at that moment in a conversation after one, up to another moment."""
    parameters = {
        "after": after, "until": until, "channels": list(channels), "limit": limit,
        "passed": passed,
    }  # fmt: skip
    return [Closing(**row._mapping) for row in await session.execute(_CLOSING, parameters)]


async def next_closing(session: AsyncSession, after: datetime) -> datetime | None:
    """When the next window closes after a moment."""
    found: datetime | None = await session.scalar(_NEXT_CLOSING, {"after": after})
    return found


# Reads the part of journal_contacts that has the entry's month once, whose key begins with the contact.
_OF_ENTRY = text("""
SELECT p.contact_id FROM journal_contacts p
WHERE p.entry_id = :entry_id AND p.at = (SELECT j.at FROM journal_kept j WHERE j.id = :entry_id)
ORDER BY p.contact_id
""")
# Uses ix_journal_kept_id.
_BEFORE = text("SELECT before FROM journal_kept WHERE id = :entry_id")


async def of_entry(session: AsyncSession, entry_id: int) -> list[UUID]:
    """The contacts listed under an entry of the journal."""
    return list((await session.scalars(_OF_ENTRY, {"entry_id": entry_id})).all())


async def before(session: AsyncSession, entry_id: int) -> Mapping[str, Any]:
    """What an entry changed, as it was."""
    found: Mapping[str, Any] | None = await session.scalar(_BEFORE, {"entry_id": entry_id})
    return found or {}


# The active runs by one of their partial indexes, ix_consents_contact_id_at for each.
_STOPPED_BY_FILE = text("""
SELECT DISTINCT r.contact_id FROM automation_runs r
WHERE r.ended_at IS NULL AND r.marketing AND EXISTS (
    SELECT FROM consents k WHERE k.contact_id = r.contact_id AND k.import_id = :import_id AND k.action = 'stop')
""")


async def stopped_by_file(session: AsyncSession, import_id: UUID) -> list[UUID]:
    """The contacts in a marketing automation to whom an imported file stopped marketing."""
    return list((await session.scalars(_STOPPED_BY_FILE, {"import_id": import_id})).all())
