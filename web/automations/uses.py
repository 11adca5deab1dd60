"""Which automations use a thing, as the dialog tells that asks whether to delete it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import ReadSessionDep
from api.security import Principal, requires
from domain.permissions import Permission
from services.automations import uses
from services.automations.uses import Place, Thing
from web.automations import run_words, words
from web.rendering import render_fragment

router = APIRouter(prefix="/automations/uses", include_in_schema=False)

Reader = Annotated[Principal, requires(Permission.AUTOMATIONS_READ)]


@router.get("")
async def used_by(
    request: Request,
    thing: Thing,
    name: Annotated[str, Query(max_length=600)],
    _principal: Reader,
    session: ReadSessionDep,
) -> Response:
    """The automations with the steps that name it; nothing where there are none."""
    context = {"uses": await uses.of(session, thing, name), "words": words, "place": place}
    return render_fragment(request, "automations/uses.html", context)


def place(one: Place) -> str:
    """A node or trigger by its title, else by its type."""
    if one.title:
        return one.title
    return run_words.node_type(one.type) if one.type in run_words.ICONS else words.trigger(one.type).text  # fmt: skip
