"""An automation's row, or the error that there is none."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, NotFound
from store.automations import designs
from store.automations.designs import AutomationRow


async def row(session: AsyncSession, automation_id: UUID) -> AutomationRow:
    """The row to read; raises NotFound when there is none."""
    found = await designs.get(session, automation_id)
    if found is None:
        raise unknown()
    return found


async def locked(session: AsyncSession, automation_id: UUID) -> AutomationRow:
    """The row to change, locked until the transaction ends; raises NotFound when there is none."""
    found = await designs.locked(session, automation_id)
    if found is None:
        raise unknown()
    return found


async def acting(session: AsyncSession, automation_id: UUID) -> AutomationRow:
    """The row to change of one that is not archived, locked."""
    found = await locked(session, automation_id)
    if found.archived_at is not None:
        raise Conflict("automation_archived")
    return found


def unknown() -> NotFound:
    """The error for an id that is no automation."""
    return NotFound("automation_unknown")
