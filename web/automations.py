"""The place of automations in the navigation: says honestly that the builder is not there yet."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.security import Principal, requires
from domain.permissions import Permission
from web.pages import page

router = APIRouter(prefix="/automations", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]


@router.get("")
async def automations_page(request: Request, principal: Reader) -> Response:
    """What automations will do, and what works without them today."""
    return page(request, principal, "automations/empty.html")
