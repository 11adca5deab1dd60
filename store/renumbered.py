"""Contacts whose number is stored in the form of an old numbering plan."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Ranges of uq_contacts_phone_key: Ivory Coast and Benin with eight digits instead of ten.
_OLD = text("""
SELECT phone, phone_key FROM contacts
WHERE (phone_key BETWEEN '22500000000' AND '22599999999' OR phone_key BETWEEN '22900000000' AND '22999999999')
    AND length(phone_key) = 11
ORDER BY phone_key LIMIT :limit
""")


async def old_forms(session: AsyncSession, limit: int) -> list[tuple[str, str]]:
    """Number and key of the first contacts stored in an old form."""
    rows = (await session.execute(_OLD, {"limit": limit})).all()
    return [(row.phone, row.phone_key) for row in rows]
