"""What a file says about marketing: the strictest row of each number, kept as facts of its contact."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.imports.staging import FIRST, KNOWN

STRICTEST = """
UPDATE import_stage AS s SET opt_out = true FROM import_stage AS o
WHERE o.opt_out AND o.phone_key = s.phone_key AND s.opt_out IS DISTINCT FROM true
"""
# A yes lifts nothing; a file imported every month stays one fact. Uses ix_consents_contact_id_at.
CONSENTS = f"""
INSERT INTO consents (contact_id, action, source, keepers, at, user_id, import_id)
SELECT c.id, said.action, 'import', CASE WHEN s.opt_out THEN ARRAY['team'] ELSE ARRAY[]::text[] END,
    :now, :user_id, :import_id
FROM ({FIRST}) AS s JOIN contacts AS c ON c.phone_key = s.phone_key
CROSS JOIN LATERAL (SELECT CASE WHEN s.opt_out THEN 'stop' ELSE 'agree' END AS action) said
WHERE s.opt_out IS NOT NULL AND NOT EXISTS (
    SELECT FROM (SELECT f.action, f.source FROM consents AS f
        WHERE f.contact_id = c.id AND (f.keepers && ARRAY['team'] OR f.source = 'import')
        ORDER BY f.at DESC, f.id DESC LIMIT 1) AS latest
    WHERE latest.action = said.action AND latest.source = 'import')
ORDER BY c.id
"""


async def take_strictest(session: AsyncSession) -> None:
    """Let a no in any row of a number count, whichever of its rows is kept."""
    await session.execute(text(STRICTEST))


# One pass over the staging table; contacts are found by uq_contacts_phone_key.
COUNTED = f"""
SELECT count(*) FILTER (WHERE s.opt_out = false AND c.marketing_opt_out_at IS NULL) AS agreed,
    count(*) FILTER (WHERE s.opt_out AND NOT coalesce(s.notes LIKE '%"consent_unclear"%', false)) AS opted_out,
    count(*) FILTER (WHERE s.opt_out AND s.notes LIKE '%"consent_unclear"%') AS unclear,
    count(*) FILTER (WHERE s.opt_out IS NOT true AND c.marketing_opt_out_at IS NOT NULL) AS left_alone
FROM ({FIRST}) AS s LEFT JOIN {KNOWN} AS c ON c.phone_key = s.phone_key
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """How many people a file says yes, no and nothing clear for; and whose earlier opt-out it does not lift."""

    agreed: int
    opted_out: int
    unclear: int
    left_alone: int


async def count(session: AsyncSession) -> Answers:
    """What the file says about marketing, person by person."""
    row = (await session.execute(text(COUNTED))).one()
    return Answers(row.agreed, row.opted_out, row.unclear, row.left_alone)


async def note(session: AsyncSession, import_id: UUID, user_id: UUID | None, now: datetime) -> None:
    """Keep what the file said about marketing as facts of its contacts, where it is new."""
    parameters = {"import_id": import_id, "user_id": user_id, "now": now}
    await session.execute(text(CONSENTS), parameters)
