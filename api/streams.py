"""Files that are sent while they are read: on record before they begin, ended when rights end."""

from collections.abc import AsyncIterator
from time import monotonic

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.security import Principal, identify
from api.state import AppState
from domain.permissions import Permission
from services import audit

LOOK_EVERY_S = 1.0


async def note_export(
    session: AsyncSession, principal: Principal, entity: str, entity_id: object, rows: int
) -> None:
    """Put an export on record in the request's transaction, which commits before the file begins."""
    principal.require(Permission.CONTACTS_EXPORT)
    after = {"rows": rows}
    await audit.record(session, principal.actor, f"{entity}.export", entity, entity_id, after=after)


async def while_allowed(
    request: Request, state: AppState, lines: AsyncIterator[str]
) -> AsyncIterator[str]:
    """The lines, as long as whoever asked may still export: rights are looked at every second."""
    looked = monotonic()
    async for text in lines:
        if monotonic() - looked >= LOOK_EVERY_S:
            if not await _may_export(request, state):
                return
            looked = monotonic()
        yield text


async def _may_export(request: Request, state: AppState) -> bool:
    async with state.sessions.begin() as session:
        principal = await identify(request, session, state, touch=False)
    return principal is not None and principal.may(Permission.CONTACTS_EXPORT)
