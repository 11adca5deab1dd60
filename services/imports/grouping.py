"""Add imported people to groups; where an automation listens, each of them is named."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.journal.people import ContactsGrouped
from services import journal
from services.automations import candidates
from store.imports import staging


async def add(session: AsyncSession, group_ids: Sequence[UUID]) -> int:
    """Add every staged contact to the groups; returns how many memberships are new."""
    heard = await candidates.groups_heard(session)
    quiet = [group_id for group_id in group_ids if group_id not in heard]
    grouped = await staging.add_to_groups(session, quiet, dry_run=False)
    for group_id in heard.intersection(group_ids):
        place = await journal.place(session)
        added = await staging.add_listed(session, group_id, place)
        if added:
            fact = ContactsGrouped(contacts=added, group_id=group_id)
            await journal.note_many(session, SYSTEM, place, fact)
        grouped += added
    return grouped
