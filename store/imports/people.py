"""Rows of a file about people we know under another number."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import owners

# A row with another number of a known person is about them: one pass over the staging table.
RECOGNISE = f"""
UPDATE import_stage AS s SET phone = f.own_phone, phone_key = f.own_key, written = s.phone
FROM ({owners.FURTHER}) AS f WHERE s.phone_key = f.phone_key
"""


async def recognise(session: AsyncSession) -> None:
    """Assign rows with other numbers of known people to those people, who keep their number."""
    await session.execute(text(RECOGNISE))
