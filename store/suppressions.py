"""Opt-outs of deleted contacts: kept under a hash of their number, and restored if they come back.

The triggers on contacts and their identities that restore them are in the migrations ``0008`` and ``0012``. Kept for
ever: nobody who said no should be asked again because we forgot them.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import consents

_STOPPED = f"""
SELECT c.id, c.blocked_at, coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', l.source, 'keepers', ARRAY[l.keeper], 'at', l.at))
        FROM ({consents.LATEST.format(which="f.contact_id = c.id")}) l WHERE l.action = 'stop'
    ), CASE WHEN c.marketing_opt_out_at IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
        'source', 'earlier', 'keepers', ARRAY['team'], 'at', c.marketing_opt_out_at)) END) AS facts
FROM contacts c WHERE c.id = ANY(CAST(:contacts AS uuid[]))
    AND (c.marketing_opt_out_at IS NOT NULL OR c.blocked_at IS NOT NULL)
"""

# One row per number and id: a person who comes back with one of them may use another later. A number they left is
# somebody else's. Primary key look-ups, ix_consents_contact_id_at and ix_contact_identities_contact_id.
_REMEMBER = text(f"""
INSERT INTO suppressions (phone_hash, bsuid_hash, facts, blocked_at)
SELECT CASE n.kind WHEN 'phone' THEN n.hash END, CASE n.kind WHEN 'user' THEN n.hash END, s.facts, s.blocked_at
FROM ({_STOPPED}) s CROSS JOIN LATERAL (
    SELECT k.kind, sha256(convert_to(k.value, 'UTF8')) AS hash FROM contact_identities k
    WHERE k.contact_id = s.id AND (k.kind = 'user' OR k.until IS NULL)
    UNION SELECT k.kind, sha256(convert_to(k.value, 'UTF8'))
    FROM contacts c, LATERAL (VALUES ('phone', c.phone_key), ('user', c.bsuid)) AS k(kind, value)
    WHERE c.id = s.id AND k.value IS NOT NULL
) n
""")

_REMEMBER_NUMBER = text(f"""
INSERT INTO suppressions (phone_hash, facts, blocked_at)
SELECT sha256(convert_to(c.phone_key, 'UTF8')), s.facts, s.blocked_at
FROM ({_STOPPED}) s JOIN contacts c ON c.id = s.id WHERE c.phone_key <> :key
""")


async def remember(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """Keep the opt-outs of contacts about to be deleted."""
    await consents.lock(session, contact_ids)
    await session.execute(_REMEMBER, {"contacts": list(contact_ids)})


async def remember_number(session: AsyncSession, contact_id: UUID, phone_key: str) -> None:
    """Keep the opt-outs of a contact at its old number before its number changes."""
    await consents.lock(session, [contact_id])
    await session.execute(_REMEMBER_NUMBER, {"contacts": [contact_id], "key": phone_key})
