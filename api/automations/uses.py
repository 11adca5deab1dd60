"""Which automations use a thing: to be asked before it is deleted."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.automations.shapes import Read
from api.automations.who import Reader
from api.deps import ReadSessionDep
from domain.automations.status import AutomationStatus
from services.automations import uses
from services.automations.uses import Thing

router = APIRouter(prefix="/api/automations/uses", tags=["automations"])

Name = Annotated[
    str,
    Query(
        min_length=1,
        max_length=600,
        description="The id; of a field its key, of a template or secret its name.",
    ),
]


class PlaceOut(Read):
    """A node or trigger that names it."""

    id: str
    title: str
    type: str


class AutomationUseOut(Read):
    """An automation that names it; ``acts``: in a version that is live, or that somebody is inside; ``draft``: in its draft."""

    id: UUID
    name: str
    status: AutomationStatus
    acts: bool
    draft: bool
    places: list[PlaceOut]


@router.get("")
async def list_uses(
    thing: Thing, name: Name, _principal: Reader, session: ReadSessionDep
) -> list[AutomationUseOut]:
    """The automations that would miss it: steps that need it fail, and triggers on it start nobody."""
    return [AutomationUseOut.model_validate(one) for one in await uses.of(session, thing, name)]
