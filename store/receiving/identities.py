"""Who deliveries are about: look people up by every number and id, and write changes in sets."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import ACTIVE
from domain.identity import Outcome, Person, Tie
from domain.ids import new_id
from store.leaving import staying

_ACTIVE = ", ".join(f"'{status}'" for status in ACTIVE)

LOCK = 0x1DE7
"""Advisory lock for changes of identity: one transaction at a time, whatever order updates arrive in."""

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")

# Uses uq_contacts_phone_key, uq_contacts_bsuid and pk_contact_identities.
_IDS = """
SELECT id FROM contacts WHERE phone_key = ANY(CAST(:keys AS text[]))
UNION SELECT id FROM contacts WHERE bsuid = ANY(CAST(:users AS text[]))
UNION SELECT contact_id FROM contact_identities
    WHERE kind = 'user' AND value = ANY(CAST(:users AS text[]))
UNION SELECT contact_id FROM contact_identities
    WHERE kind = 'phone' AND value = ANY(CAST(:keys AS text[]))
"""

# Primary key look-ups, and ix_contact_identities_contact_id.
_FIND = text(f"""
SELECT c.id, c.created_at, c.phone, c.phone_key, c.phone_at, c.bsuid, c.name, k.ties,
    NOT {staying("c.id")} AS leaving
FROM contacts c LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(k.kind, k.value, k.since, k.until)) AS ties
    FROM contact_identities k WHERE k.contact_id = c.id
) k ON true
WHERE c.id IN ({_IDS})
""")

# Keeps these people from being deleted or merged before the transaction ends. In the order in which imports lock
# contacts.
_HOLD = text("""
SELECT id FROM contacts WHERE id = ANY(CAST(:ids AS uuid[]))
ORDER BY phone_key NULLS FIRST, id FOR KEY SHARE
""")

# Which pairs of number and id are new, and the first id of people known by number alone; anything less simple is left
# to ``settle``, which also fills ``contacts.bsuid`` when they next appear: a contact has five indexes, and this runs
# for everybody messaged for the first time. In the order in which imports lock contacts. uq_contacts_phone_key,
# uq_contacts_bsuid, pk_contact_identities, ix_contact_identities_contact_id. Look-ups one by one, and OFFSET 0: as
# joins these would read every id ever learned, and right after an import the planner has no statistics.
_TEACH = text("""
WITH news AS MATERIALIZED (
    SELECT i.place, i.phone_key, i.user_id, i.at, i.alone, c.id AS contact_id, c.bsuid
    FROM json_to_recordset(CAST(:rows AS json))
        AS i(place int, phone_key text, user_id text, at timestamptz, alone boolean)
    LEFT JOIN LATERAL (
        SELECT n.id, n.bsuid FROM contacts n WHERE n.phone_key = i.phone_key OFFSET 0
    ) c ON true
    WHERE ((SELECT k.contact_id FROM contact_identities k WHERE k.kind = 'user' AND k.value = i.user_id)
        = c.id) IS NOT TRUE
),
taught AS (
    INSERT INTO contact_identities (kind, value, contact_id, since)
    SELECT 'user', i.user_id, i.contact_id, i.at FROM news i
    WHERE i.alone AND i.contact_id IS NOT NULL AND i.bsuid IS NULL
        AND (SELECT k.value FROM contact_identities k WHERE k.kind = 'user' AND k.value = i.user_id) IS NULL
        AND (SELECT k.value FROM contact_identities k WHERE k.contact_id = i.contact_id LIMIT 1) IS NULL
        AND (SELECT k.value FROM contact_identities k WHERE k.kind = 'phone' AND k.value = i.phone_key) IS NULL
        AND (SELECT o.id FROM contacts o WHERE o.bsuid = i.user_id) IS NULL
    ORDER BY i.phone_key ON CONFLICT DO NOTHING RETURNING value
)
SELECT place FROM news WHERE user_id NOT IN (SELECT value FROM taught)
""")

_INSERT = text("""
INSERT INTO contacts (id, phone, phone_key, phone_at, bsuid, name, source)
SELECT id, phone, phone_key, phone_at, bsuid, name, 'inbound'
FROM json_to_recordset(CAST(:rows AS json))
    AS i(id uuid, phone text, phone_key text, phone_at timestamptz, bsuid text, name text)
ORDER BY phone_key NULLS FIRST, bsuid ON CONFLICT DO NOTHING RETURNING id
""")

# A number or id that moves from one of them to another is free in between.
_RELEASE = text("""
UPDATE contacts c SET phone = CASE WHEN c.phone_key IS DISTINCT FROM i.phone_key THEN NULL ELSE c.phone END,
    phone_key = CASE WHEN c.phone_key IS DISTINCT FROM i.phone_key THEN NULL ELSE c.phone_key END,
    bsuid = CASE WHEN c.bsuid IS DISTINCT FROM i.bsuid THEN NULL ELSE c.bsuid END
FROM json_to_recordset(CAST(:rows AS json)) AS i(id uuid, phone_key text, bsuid text)
WHERE c.id = i.id AND (c.phone_key <> coalesce(i.phone_key, '') OR c.bsuid <> coalesce(i.bsuid, ''))
""")

_UPDATE = text("""
UPDATE contacts c SET phone = i.phone, phone_key = i.phone_key, phone_at = i.phone_at, bsuid = i.bsuid,
    name = i.name, updated_at = clock_timestamp()
FROM json_to_recordset(CAST(:rows AS json))
    AS i(id uuid, phone text, phone_key text, phone_at timestamptz, bsuid text, name text)
WHERE c.id = i.id AND (c.phone_key, c.bsuid, c.name, c.phone_at)
    IS DISTINCT FROM (i.phone_key, i.bsuid, i.name, i.phone_at)
""")

# People still waiting in a running campaign get it at the new number. One probe of the unique index on (campaign_id,
# contact_id) per running campaign.
_READDRESS = text(f"""
UPDATE campaign_recipients r SET phone = i.phone
FROM json_to_recordset(CAST(:rows AS json)) AS i(id uuid, phone text), campaigns c
WHERE c.status IN ({_ACTIVE})
    AND r.campaign_id = c.id AND r.contact_id = i.id AND r.phone <> i.phone
    AND NOT EXISTS (SELECT FROM messages m WHERE m.campaign_id = r.campaign_id AND m.seq = r.seq
        AND m.state <> 'queued')
""")

# An id that a status assigned to someone else in the meantime stays theirs: the next look finds both and merges them.
_TIES = text("""
INSERT INTO contact_identities (kind, value, contact_id, since, until)
SELECT kind, value, contact_id, since, until FROM json_to_recordset(CAST(:rows AS json))
    AS i(kind text, value text, contact_id uuid, since timestamptz, until timestamptz)
ORDER BY kind, value
ON CONFLICT (kind, value) DO UPDATE SET
    contact_id = excluded.contact_id, since = excluded.since, until = excluded.until
WHERE contact_identities.contact_id = excluded.contact_id
    OR contact_identities.kind = 'phone' AND contact_identities.until IS NOT NULL
        AND (excluded.until IS NULL OR excluded.until > contact_identities.until)
""")

# A number that is the contact's main one again is no longer another number.
_UNTIE = text("""
DELETE FROM contact_identities k USING json_to_recordset(CAST(:rows AS json)) AS i(id uuid, phone_key text)
WHERE k.kind = 'phone' AND k.value = i.phone_key AND k.contact_id = i.id
""")


# Few people have other numbers: one pass over those, then uq_contacts_phone_key.
_SHARED = text(f"""
SELECT k.value FROM contact_identities k JOIN contacts c ON c.phone_key = k.value
WHERE k.kind = 'phone' AND k.until IS NULL AND k.contact_id <> c.id
    AND {staying("k.contact_id")} AND {staying("c.id")} ORDER BY k.value LIMIT :limit
""")


async def shared(session: AsyncSession, limit: int) -> list[str]:
    """Numbers that are one contact's main and another contact's other number, among those not being deleted."""
    return list((await session.scalars(_SHARED, {"limit": limit})).all())


async def lock(session: AsyncSession) -> None:
    """Wait for other changes of identity, then block them until the transaction ends."""
    await session.execute(_LOCK, {"key": LOCK})


async def find(session: AsyncSession, keys: Sequence[str], users: Sequence[str]) -> list[Person]:
    """Everybody who has or had one of these numbers or ids."""
    rows = (await session.execute(_FIND, {"keys": list(keys), "users": list(users)})).all()
    found = []
    for row in rows:
        person = Person(
            row.id, row.created_at, row.phone, row.phone_key, row.phone_at, row.bsuid, row.name,
            leaving=row.leaving,
        )  # fmt: skip
        for kind, value, since, until in row.ties or ():
            ties = person.users if kind == "user" else person.phones
            ties[value] = Tie(_moment(since), _moment(until))
        found.append(person)
    return found


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def hold(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    """Keep these contacts from being deleted or merged until the transaction ends; returns those still there."""
    return set((await session.scalars(_HOLD, {"ids": list(ids)})).all())


async def teach(
    session: AsyncSession, keys: Sequence[str], users: Sequence[str], ats: Sequence[datetime]
) -> list[int]:
    """Link ids to contacts known by number alone; returns the positions of pairs neither simple nor known.

    A number or id that appears twice is never simple.
    """
    numbers, ids = Counter(keys), Counter(users)
    rows: list[dict[str, object]] = [
        {"place": place, "phone_key": key, "user_id": user, "at": at,
         "alone": numbers[key] == ids[user] == 1}
        for place, (key, user, at) in enumerate(zip(keys, users, ats, strict=True))
    ]  # fmt: skip
    return list((await session.scalars(_TEACH, {"rows": _json(rows)})).all())


async def readdress(session: AsyncSession, contact_id: UUID, phone: str) -> None:
    """Send running campaigns to the new number of people whose number the team changed."""
    await session.execute(_READDRESS, {"rows": _json([{"id": contact_id, "phone": phone}])})


async def write(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
    """Create new contacts and bring the others to their final state; merges were done before.

    A new contact is not created if its number was taken in the meantime: look again.
    """
    new = [(new_id(), outcome) for outcome in outcomes if outcome.id is None]
    old = [(outcome.id, outcome) for outcome in outcomes if outcome.id is not None]
    if old:
        rows = _json([_row(contact_id, outcome) for contact_id, outcome in old])
        for statement in (_RELEASE, _UPDATE, _READDRESS, _UNTIE):
            await session.execute(statement, {"rows": rows})
    made = set()
    if new:
        rows = _json([_row(contact_id, outcome) for contact_id, outcome in new])
        made = set((await session.scalars(_INSERT, {"rows": rows})).all())
    ties: list[dict[str, object]] = [
        {"kind": kind, "value": value, "contact_id": contact_id, "since": tie.since, "until": tie.until}
        for contact_id, outcome in [*old, *(pair for pair in new if pair[0] in made)]
        for kind, held in (("user", outcome.users), ("phone", outcome.phones))
        for value, tie in held.items()
    ]  # fmt: skip
    if ties:
        await session.execute(_TIES, {"rows": _json(ties)})


def _row(contact_id: UUID, outcome: Outcome) -> dict[str, object]:
    return {
        "id": contact_id, "phone": outcome.phone, "phone_key": outcome.key,
        "phone_at": outcome.phone_at, "bsuid": outcome.bsuid, "name": outcome.name,
    }  # fmt: skip


def _json(rows: Sequence[dict[str, object]]) -> str:
    return orjson.dumps(rows).decode()
