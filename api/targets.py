"""Response targets: how soon customers are to be answered, in working time."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ReadSessionDep, SessionDep
from api.security import Principal, requires
from api.strict import Strict
from domain.permissions import Permission
from domain.targets import Target
from services import targets

router = APIRouter(prefix="/api/targets", tags=["conversations"])

Reader = Annotated[Principal, requires(Permission.CONVERSATIONS_READ)]
Writer = Annotated[Principal, requires(Permission.CALENDARS_WRITE)]


class TargetIn(Strict):
    """Minutes of working time until the first reply, each next one, and the end; null is no target.

    For the conversations with a label, for those of a number, or, without either, for all. The strictest label counts
    before the number, and the number before all, for each of the three by itself.
    """

    label_id: UUID | None = None
    channel_id: UUID | None = None
    first_reply: int | None = None
    next_reply: int | None = None
    resolution: int | None = None


class TargetsIn(Strict):
    """Every target."""

    targets: list[TargetIn] = Field(max_length=1000)


class TargetOut(BaseModel):
    """A target, in minutes of working time."""

    model_config = ConfigDict(from_attributes=True)

    label_id: UUID | None
    channel_id: UUID | None
    first_reply: int | None
    next_reply: int | None
    resolution: int | None


@router.get("")
async def list_targets(_principal: Reader, session: ReadSessionDep) -> list[TargetOut]:
    """All targets: those of all conversations first."""
    return [TargetOut.model_validate(one) for one in await targets.every(session)]


@router.put("")
async def put_targets(body: TargetsIn, principal: Writer, session: SessionDep) -> list[TargetOut]:
    """Replace all targets; conversations are due by these from now on."""
    wanted = [Target(**one.model_dump()) for one in body.targets]
    put = await targets.put(session, principal.actor, wanted)
    return [TargetOut.model_validate(one) for one in put]
