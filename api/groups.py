"""Groups of contacts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ReadSessionDep, SessionDep
from api.idempotency import IdempotentRoute
from api.security import Principal, requires
from api.strict import Strict
from domain.permissions import Permission
from services.contacts import groups
from services.contacts.groups import NAME_LIMIT

router = APIRouter(prefix="/api/groups", tags=["contacts"], route_class=IdempotentRoute)

Reader = Annotated[Principal, requires(Permission.CONTACTS_READ)]
Writer = Annotated[Principal, requires(Permission.CONTACTS_WRITE)]


class GroupIn(Strict):
    """A group's name."""

    name: str = Field(max_length=NAME_LIMIT)


class GroupOut(BaseModel):
    """A group and its number of contacts."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    members: int
    created_at: datetime | None


@router.get("")
async def list_groups(_principal: Reader, session: ReadSessionDep) -> list[GroupOut]:
    """All groups by name."""
    return [GroupOut.model_validate(group) for group in await groups.every(session)]


@router.post("", status_code=201)
async def create_group(body: GroupIn, principal: Writer, session: SessionDep) -> GroupOut:
    """Create a group."""
    made = await groups.create(session, principal.actor, body.name)
    return GroupOut.model_validate(await groups.get(session, made.id))


@router.get("/{group_id}")
async def get_group(group_id: UUID, _principal: Reader, session: ReadSessionDep) -> GroupOut:
    """One group."""
    return GroupOut.model_validate(await groups.get(session, group_id))


@router.put("/{group_id}")
async def rename_group(
    group_id: UUID, body: GroupIn, principal: Writer, session: SessionDep
) -> GroupOut:
    """Rename a group."""
    return GroupOut.model_validate(
        await groups.rename(session, principal.actor, group_id, body.name)
    )


@router.delete("/{group_id}", status_code=204)
async def delete_group(group_id: UUID, principal: Writer, session: SessionDep) -> None:
    """Delete a group; its contacts stay."""
    await groups.delete(session, principal.actor, group_id)
