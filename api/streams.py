"""Downloads of people's data: recorded before they start, ended when the requester loses their rights."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from time import monotonic

from fastapi import Request

from api.downloads import CsvResponse, spooled
from api.security import Principal, identify
from api.state import AppState
from domain.permissions import Permission
from services.exports import PeopleFile

LOOK_EVERY_S = 1.0


def people_file(
    request: Request, principal: Principal, state: AppState, file: PeopleFile
) -> CsvResponse:
    """The download of a recorded file; the request commits before its first line."""
    principal.require(Permission.CONTACTS_EXPORT)
    return CsvResponse.named(while_allowed(request, state, spooled(state, file.lines)), file.name)


async def while_allowed(
    request: Request, state: AppState, pieces: AsyncGenerator[bytes]
) -> AsyncIterator[bytes]:
    """The chunks, as long as the requester may still export: rights are checked every second."""
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
