"""Give every run its workflow again after Temporal's store was lost (law 7)."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.automations import stopping
from store.automations import runs
from store.automations.waiting import RunIds

PORTION = 50


async def portion(session: AsyncSession, after: UUID) -> UUID | None:
    """Wake the next runs that have not ended; returns after which to go on, None when that was all.

    A run that has nothing to do looks at its row and waits on; one without a workflow is started again for that.
    """
    found = await runs.inside(session, after, PORTION)
    await stopping.wake(
        session, (RunIds(run.id, run.contact_id, run.automation_id) for run in found)
    )
    return found[-1].id if len(found) == PORTION else None
