"""Contacts made by the database itself, for benchmarks and failure tests."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import statistics

_CONTACTS = text("""
WITH made AS (
    INSERT INTO contacts (id, phone, phone_key, name, language, fields, source)
    SELECT gen_random_uuid(), '+' || n, n::text, 'Person ' || (n % 100000), 'en',
        jsonb_build_object('first_name', 'Person', 'city', 'Madrid'), 'api'
    FROM generate_series(34600000000, 34600000000 + :count - 1) AS n
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO group_members (group_id, contact_id) SELECT :group_id, id FROM made
""")


async def contacts(session: AsyncSession, group_id: UUID, count: int) -> None:
    """Put ``count`` people with Spanish mobile numbers into a group."""
    await session.execute(_CONTACTS, {"group_id": group_id, "count": count})
    await statistics.refresh(session, count, "contacts", "group_members")
