"""Files of people: on record before they begin, ended when the rights of whoever asked end."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from time import monotonic

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.downloads import CsvResponse, Lines, spooled
from api.security import Principal, identify
from api.state import AppState
from domain.journal.team import Exported
from domain.permissions import Permission
from services import journal

LOOK_EVERY_S = 1.0


async def note_export(
    session: AsyncSession,
    principal: Principal,
    fact: type[Exported],
    of: object,
    rows: int,
    filters: Mapping[str, object] | None = None,
) -> None:
    """Put an export on record in the request's transaction, which commits before the file begins.

    ``filters`` say whose lines they are; a ``searched`` name is left out, which may be somebody's.
    """
    principal.require(Permission.CONTACTS_EXPORT)
    told = {name: value for name, value in (filters or {}).items() if value}
    told |= {"searched": True} if told.get("searched") else {}
    await journal.note(session, principal.actor, fact(of=str(of), rows=rows, after=told))


def people_file(request: Request, state: AppState, lines: Lines, file_name: str) -> CsvResponse:
    """The download of what ``lines`` reads; call ``note_export`` before."""
    return CsvResponse.named(while_allowed(request, state, spooled(state, lines)), file_name)


async def while_allowed(
    request: Request, state: AppState, pieces: AsyncGenerator[bytes]
) -> AsyncIterator[bytes]:
    """The pieces, as long as whoever asked may still export: rights are looked at every second."""
    looked = monotonic()
    async with aclosing(pieces):
        async for piece in pieces:
            if monotonic() - looked >= LOOK_EVERY_S:
                if not await _may_export(request, state):
                    return
                looked = monotonic()
            yield piece


async def _may_export(request: Request, state: AppState) -> bool:
    principal = await identify(request, state, touch=False)
    return principal is not None and principal.may(Permission.CONTACTS_EXPORT)
