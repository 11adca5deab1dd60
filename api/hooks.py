"""The public door of webhook triggers: other systems post JSON to an address that only they know."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from api.deps import StateDep, address_of
from api.errors import describe, problem_response
from api.security import requires
from api.state import AppState
from api.wording import say
from domain.permissions import Permission
from services.automations import hook_calls, reasons
from services.automations.hook_calls import LONGEST_KEY, Heard

MAX_BYTES = 256 * 1024
PATH = "/hooks/automations"

router = APIRouter(prefix=PATH, tags=["automations"], dependencies=[requires(Permission.PUBLIC)])


class HeardOut(BaseModel):
    """The run a call started; without one, the code of the rule that let nobody in, and the rule in words."""

    run: UUID | None
    code: str | None
    detail: str | None


def address_with(state: AppState, token: str) -> str:
    """The whole address with this token, as other systems reach it."""
    return f"{state.settings.public_url.rstrip('/')}{PATH}/{token}"


@router.post(
    "/{token}",
    status_code=202,
    max_body_size=MAX_BYTES,
    response_model=HeardOut,
    responses={422: {"description": "Nobody could be found by this payload; its code says why."}},
)
async def call_automation(
    token: str,
    request: Request,
    state: StateDep,
    key: Annotated[str, Header(alias="Idempotency-Key", max_length=LONGEST_KEY)] = "",
) -> Response:
    """Start a webhook trigger's automation for the person in this JSON; the same call again starts nothing twice."""
    state.limiter.take(f"hooks:{address_of(request)}")
    body = await request.body()
    async with state.hooks, state.sessions.begin() as session:
        heard = await hook_calls.receive(session, token, body, key)
    return _answer(heard)


def _answer(heard: Heard) -> Response:
    if heard.error is not None:
        return problem_response(describe(heard.error))
    why = say(reasons.of_start(heard.why_not)) if heard.why_not else None
    out = HeardOut(run=heard.run_id, code=heard.why_not, detail=why)
    return JSONResponse(out.model_dump(mode="json"), status_code=202)
