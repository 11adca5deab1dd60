"""The team: list, invite, change role, deactivate, reset a password."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.clock import now
from api.deps import ReadSessionDep, SessionDep
from api.schemas import UserOut
from api.security import Principal, requires
from api.strict import Strict
from domain.permissions import Permission, Role
from services import users

router = APIRouter(prefix="/api/users", tags=["users"])

Reader = Annotated[Principal, requires(Permission.USERS_READ)]
Writer = Annotated[Principal, requires(Permission.USERS_WRITE)]


class UserIn(Strict):
    """A person to invite; without a password one is generated and returned once."""

    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    role: Role
    password: str | None = Field(default=None, max_length=300)


class UserChangeIn(Strict):
    """A new role, or deactivation; omitted parts stay."""

    role: Role | None = None
    is_active: bool | None = None


class InvitedOut(UserOut):
    """A new person, with the generated password to pass on (None if one was given)."""

    one_time_password: str | None


class PasswordOut(BaseModel):
    """A generated password to pass on; it is shown only here."""

    one_time_password: str


@router.get("")
async def list_users(_principal: Reader, session: ReadSessionDep) -> list[UserOut]:
    """The whole team, active people first."""
    return [UserOut.model_validate(user) for user in await users.everyone(session)]


@router.post("", status_code=201)
async def create_user(body: UserIn, principal: Writer, session: SessionDep) -> InvitedOut:
    """Add a person to the team; a token cannot grant a role with more rights than it has."""
    principal.require_to_grant(body.role)
    user, password = await users.create(
        session,
        principal.actor,
        email=body.email,
        name=body.name,
        role=body.role,
        password=body.password,
    )
    shown = password if body.password is None else None
    return InvitedOut(**UserOut.model_validate(user).model_dump(), one_time_password=shown)


@router.get("/{user_id}")
async def get_user(user_id: UUID, _principal: Reader, session: ReadSessionDep) -> UserOut:
    """One person."""
    return UserOut.model_validate(await users.get(session, user_id))


@router.put("/{user_id}")
async def change_user(
    user_id: UUID, body: UserChangeIn, principal: Writer, session: SessionDep
) -> UserOut:
    """Change a person's role, or deactivate and reactivate them."""
    await _check_target(principal, session, user_id)
    if body.role is not None:
        principal.require_to_grant(body.role)
    changed = await users.change(
        session, principal.actor, user_id, role=body.role, is_active=body.is_active, now=now()
    )
    return UserOut.model_validate(changed)


@router.post("/{user_id}/password")
async def reset_password(user_id: UUID, principal: Writer, session: SessionDep) -> PasswordOut:
    """Generate a new password for a person; they are signed out everywhere and their tokens are revoked."""
    await _check_target(principal, session, user_id)
    fresh = await users.reset_password(session, principal.actor, user_id, now())
    return PasswordOut(one_time_password=fresh)


async def _check_target(principal: Principal, session: SessionDep, user_id: UUID) -> None:
    """A token cannot change anyone with more rights than itself, nor its own owner."""
    if principal.via == "session":
        return
    if user_id == principal.user_id:
        principal.require_person()
    principal.require_to_grant((await users.get(session, user_id)).role)
