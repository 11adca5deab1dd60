"""The state of the installation: every part, since when, how slow, and what to do about problems."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.deps import ReadSessionDep, StateDep
from api.security import Principal, requires
from api.state import AppState
from domain.permissions import Permission
from domain.system import Tone
from services import system
from services.releases import UPDATE, VERSION
from web.rendering import render_fragment
from web.settings.frame import settings_page

router = APIRouter(prefix="/settings/system", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.SYSTEM_READ)]

BACKLOG_S = 2.0


@router.get("")
async def system_page(
    request: Request,
    principal: Reader,
    session: ReadSessionDep,
    state: StateDep,
    part: Literal["", "signs"] = "",
) -> Response:
    """The page, or its lines that refresh themselves."""
    context = await _signs(session, state)
    if part == "signs":
        return render_fragment(request, "settings/signs.html", context)
    return settings_page(request, principal, "system", context)


async def _signs(session: AsyncSession, state: AppState) -> dict[str, Any]:
    try:
        backlog = await asyncio.wait_for(state.workflows.backlog(), BACKLOG_S)
    except TimeoutError:
        backlog = {}
    found = await system.examine(session, state.data_dir, backlog)
    worst = [tone for tone in Tone if tone is not Tone.OK]
    trouble = [sign for tone in worst for sign in found if sign.tone is tone]
    return {"signs": found, "trouble": trouble, "release": VERSION, "update": UPDATE}
