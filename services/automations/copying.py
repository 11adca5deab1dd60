"""Duplicate automations, archive them, and bring them back."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations.status import AutomationStatus
from domain.errors import Conflict
from domain.journal.automations import AutomationArchived, AutomationUnarchived
from services import clock, journal
from services.automations import drafts, find, listing
from services.automations.drafts import LONGEST_NAME
from services.automations.listing import AutomationView
from store.automations import designs

COPY = " (copy)"


async def duplicate(
    session: AsyncSession, actor: Actor, automation_id: UUID, name: str = ""
) -> AutomationView:
    """A new draft with the same document."""
    row = await find.row(session, automation_id)
    wanted = name or row.name[: LONGEST_NAME - len(COPY)] + COPY
    return await drafts.create(session, actor, wanted, document=row.draft, copied=row.id)


async def archive(session: AsyncSession, actor: Actor, automation_id: UUID) -> AutomationView:
    """Take it out of the list, so that it starts nobody; raises Conflict while people are inside."""
    row = await find.locked(session, automation_id)
    if row.archived_at is None:
        if runs := await designs.active_runs(session, automation_id):
            raise Conflict("automation_has_runs", runs=runs)
        if row.status == AutomationStatus.LIVE:
            row.status = AutomationStatus.PAUSED
        row.archived_at = clock.now()
        await session.flush()
        await journal.note(session, actor, AutomationArchived(automation_id=row.id))
    return await listing.one(session, automation_id)


async def unarchive(session: AsyncSession, actor: Actor, automation_id: UUID) -> AutomationView:
    """Put it back into the list; it acts when somebody resumes or publishes it."""
    row = await find.locked(session, automation_id)
    if row.archived_at is not None:
        row.archived_at = None
        await session.flush()
        await journal.note(session, actor, AutomationUnarchived(automation_id=row.id))
    return await listing.one(session, automation_id)
