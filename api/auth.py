"""Sign in and out; one's own identity, profile, password and sessions."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api import csrf
from api.clock import now
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.schemas import SessionOut, UserOut
from api.security import Principal, requires
from api.sign_in import close_session, open_session
from api.strict import Strict
from domain.permissions import Permission
from services import sessions, signin, users

router = APIRouter(prefix="/api/auth", tags=["auth"])

SignedIn = Annotated[Principal, requires(Permission.SIGNED_IN)]


class LoginIn(Strict):
    """A person's credentials."""

    email: str = Field(max_length=254, examples=["name@example.com"])
    password: str = Field(max_length=200)


class MeOut(UserOut):
    """The signed-in person; send ``csrf_token`` as X-CSRF-Token with cookie-authenticated writes."""

    permissions: list[str]
    csrf_token: str | None
    via: str


class ProfileIn(Strict):
    """What people may change about themselves."""

    name: str = Field(max_length=200)
    timezone: str = Field(
        max_length=100, examples=["Europe/Lisbon"], description="Empty: the browser's."
    )
    locale: str = Field(default="en", max_length=20)


class PasswordIn(Strict):
    """A new password, proven with the current one."""

    current_password: str = Field(max_length=200)
    new_password: str = Field(max_length=300)


class LoginOut(BaseModel):
    """The person who just signed in; the session is in the cookie."""

    user: UserOut
    csrf_token: str


@router.post("/login", dependencies=[requires(Permission.PUBLIC)])
async def login(body: LoginIn, request: Request, response: Response, state: StateDep) -> LoginOut:
    """Sign in; the answer sets the session cookie."""
    csrf.check_origin(request, state)
    opened = await open_session(request, response, state, body.email, body.password)
    return LoginOut(user=UserOut.model_validate(opened.user), csrf_token=opened.csrf_token)


@router.post("/logout", status_code=204, dependencies=[requires(Permission.PUBLIC)])
async def logout(
    request: Request, response: Response, session: SessionDep, state: StateDep
) -> None:
    """Sign this browser out; does nothing without a session."""
    await close_session(request, response, session, state)


@router.get("/me")
async def me(principal: SignedIn, session: ReadSessionDep, state: StateDep) -> MeOut:
    """The signed-in person, with what this request may do."""
    user = await users.get(session, principal.user_id)
    by_cookie = principal.via == "session"
    return MeOut(
        **UserOut.model_validate(user).model_dump(),
        permissions=sorted(principal.permissions),
        csrf_token=csrf.token_for(state.session_secret, principal.session_hash)
        if by_cookie
        else None,
        via=principal.via,
    )


@router.put("/me")
async def change_profile(body: ProfileIn, principal: SignedIn, session: SessionDep) -> UserOut:
    """Change one's own name, time zone and language."""
    principal.require_person()
    user = await users.change_profile(
        session,
        principal.actor,
        principal.user_id,
        name=body.name,
        timezone=body.timezone,
        locale=body.locale,
    )
    return UserOut.model_validate(user)


@router.put("/password", status_code=204)
async def change_password(body: PasswordIn, principal: SignedIn, state: StateDep) -> None:
    """Change one's own password; other browsers are signed out and API tokens are revoked."""
    principal.require_person()
    await signin.change_password(
        state.sessions,
        principal.actor,
        principal.user_id,
        current=body.current_password,
        new=body.new_password,
        keep_session=principal.session_hash,
        now=now(),
    )


@router.get("/sessions")
async def list_sessions(principal: SignedIn, session: ReadSessionDep) -> list[SessionOut]:
    """Browsers this person is signed in with."""
    principal.require_person()
    found = await sessions.list_for(session, principal.user_id, now())
    return [SessionOut.of(browser, principal.session_hash) for browser in found]


@router.delete("/sessions/{handle}", status_code=204)
async def revoke_session(handle: str, principal: SignedIn, session: SessionDep) -> None:
    """Sign one of one's own browsers out."""
    principal.require_person()
    await sessions.revoke(session, principal.user_id, handle)
