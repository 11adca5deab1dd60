"""What deleted contacts had stopped: kept by a hash of their number, given back when they come again.

The triggers on contacts that give it back stand in the migration ``0008``. Kept for ever: a person who said
no once is not to be asked again because we forgot them.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import consents

# Primary key look-ups and ix_consents_contact_id_at.
_REMEMBER = text(f"""
INSERT INTO suppressions (phone_hash, bsuid_hash, facts, blocked_at)
SELECT sha256(convert_to(c.phone_key, 'UTF8')), sha256(convert_to(c.bsuid, 'UTF8')),
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', l.source, 'keepers', ARRAY[l.keeper], 'at', l.at))
        FROM ({consents.LATEST.format(which="f.contact_id = c.id")}) l WHERE l.action = 'stop'
    ), CASE WHEN c.marketing_opt_out_at IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
        'source', 'earlier', 'keepers', ARRAY['team'], 'at', c.marketing_opt_out_at)) END),
    c.blocked_at
FROM contacts c WHERE c.id = ANY(CAST(:contacts AS uuid[]))
    AND (c.marketing_opt_out_at IS NOT NULL OR c.blocked_at IS NOT NULL)
""")


async def remember(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """Keep the stops of contacts that are about to be deleted."""
    await consents.lock(session, contact_ids)
    await session.execute(_REMEMBER, {"contacts": list(contact_ids)})
