"""The doctor's checks, each on its own when somebody asks: none holds up the page or another one."""

import asyncio
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from api.deps import StateDep
from api.security import Principal, requires
from api.state import AppState
from domain.permissions import Permission
from domain.sentences import Sentence
from domain.system import Sign, Tone
from services import checks
from web.rendering import render_fragment
from workflows import checks as of_workflows

router = APIRouter(prefix="/settings/system/checks", include_in_schema=False)

Checker = Annotated[Principal, requires(Permission.SYSTEM_CHECK)]

Key = Literal[
    "postgres", "server_log", "receiving", "temporal", "keys", "files", "data_folder", "sign_ins",
    "channels", "mail",
]  # fmt: skip

LONGEST_S = 30.0
"""A folder on a share that is gone may never answer."""


@router.get("")
async def begin(request: Request, _principal: Checker) -> Response:
    """Every check, waiting to be made: each line fetches its own result."""
    parts = [(key, checks.part(key)) for key in get_args(Key)]
    return render_fragment(request, "settings/checks.html", {"parts": parts})


@router.get("/{key}")
async def result(request: Request, key: Key, _principal: Checker, state: StateDep) -> Response:
    """What one check found."""
    try:
        sign = await asyncio.wait_for(_look(key, state), LONGEST_S)
    except TimeoutError:
        sign = Sign(key, checks.part(key), Tone.DOWN, Sentence("system_silent"))
    return render_fragment(request, "settings/check.html", {"sign": sign})


async def _look(key: Key, state: AppState) -> Sign:
    settings = state.settings
    if key == "temporal":
        return await of_workflows.temporal(settings)
    if key == "mail":
        return await checks.mail(settings)
    if key == "channels":
        return checks.channels(settings)
    if key == "data_folder":
        return await asyncio.to_thread(checks.data_folder, state.data_dir)
    try:
        async with state.reads() as session:
            return await checks.ON_DATABASE[key](session, settings)
    except (SQLAlchemyError, OSError) as error:
        return checks.unknown(key, error)
