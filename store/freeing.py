"""Numbers of people being deleted: anyone else may take one, and the deletion then happens at once.

A message from a number deleted a moment ago concerns someone new and must not be deleted with its previous owner.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store import removing
from store.faults import Undecided

_ANY = text("SELECT EXISTS (SELECT FROM deletions)")

# Locked so that nobody undoes the deletion in the meantime. Uses uq_contacts_phone_key and pk_leaving.
_HOLD = """
SELECT d.id FROM deletions d WHERE d.id IN (
    SELECT l.deletion_id FROM contacts c JOIN leaving l ON l.contact_id = c.id WHERE c.phone_key IN ({keys}))
ORDER BY d.id FOR SHARE
"""
_THEIRS = """
SELECT c.id FROM contacts c JOIN leaving l ON l.contact_id = c.id
WHERE c.phone_key IN ({keys}) AND l.deletion_id = ANY(CAST(:deletions AS uuid[]))
"""

# A deletion past its time can no longer be undone. Uses pk_leaving and pk_deletions. A locked one, as by an import that
# frees some of its numbers, is decided later: nobody waits for it.
_DECIDE = text("""
UPDATE deletions SET begun = true WHERE id IN (
    SELECT id FROM deletions WHERE NOT begun AND due_at <= clock_timestamp()
        AND id IN (SELECT deletion_id FROM leaving WHERE contact_id = ANY(CAST(:ids AS uuid[])))
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
""")
_GOING = text("""
SELECT l.contact_id, d.begun, greatest(d.due_at, clock_timestamp() + interval '1 second') AS until
FROM leaving l JOIN deletions d ON d.id = l.deletion_id
WHERE l.contact_id = ANY(CAST(:ids AS uuid[]))
""")


async def numbers(session: AsyncSession, keys: Collection[str]) -> None:
    """Free these numbers, by their keys."""
    await free(session, "SELECT unnest(CAST(:freed AS text[]))", {"freed": sorted(keys)})


async def free(session: AsyncSession, keys: str, parameters: Mapping[str, Any]) -> None:
    """Free the numbers whose keys a SELECT returns."""
    if not await session.scalar(_ANY):
        return
    held = (await session.scalars(text(_HOLD.format(keys=keys)), parameters)).all()
    if not held:
        return
    theirs = text(_THEIRS.format(keys=keys))
    found = (await session.scalars(theirs, {**parameters, "deletions": list(held)})).all()
    await removing.these(session, found)


async def decided(session: AsyncSession, contact_ids: Sequence[UUID]) -> None:
    """Delete people whose deletion can no longer be undone; raises Undecided while one still can.

    For messages from customers, which neither undo a deletion nor make it final.
    """
    ids = {"ids": list(contact_ids)}
    await session.execute(_DECIDE, ids)
    going = (await session.execute(_GOING, ids)).all()
    await removing.these(session, [row.contact_id for row in going if row.begun])
    if waits := [row.until for row in going if not row.begun]:
        raise Undecided(max(waits))
