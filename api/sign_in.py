"""Signing a browser in or out: the cookies, which both edges set alike."""

from dataclasses import dataclass

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api import csrf
from api.clock import now
from api.cookies import clear_session, device_cookie, session_cookie, set_device, set_session
from api.deps import address_of
from api.errors import Unauthorized
from api.proxies import hides_clients
from api.security import identify
from api.state import AppState
from domain.users import User
from services import devices, sessions, signin
from services.signin import Browser


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who just signed in, and the CSRF token for writes by cookie."""

    user: User
    csrf_token: str


async def open_session(
    request: Request, response: Response, state: AppState, email: str, password: str
) -> SignedIn:
    """Check the password and set the session cookie, or raise Unauthorized."""
    opened = await signin.open_session(
        state.sessions,
        state.session_secret,
        Browser(
            ip=address_of(request),
            agent=request.headers.get("user-agent", ""),
            mark=device_cookie(request, state.settings),
            token=session_cookie(request, state.settings),
            proxied=hides_clients(request, state.settings.public_url),
        ),
        email,
        password,
        hours=state.settings.session_hours,
        now=now(),
    )
    if opened is None:
        raise Unauthorized("login_failed")
    set_session(response, opened.token, int(sessions.LONGEST.total_seconds()), state.settings)
    if opened.mark:
        set_device(response, opened.mark, int(devices.KEPT.total_seconds()), state.settings)
    csrf_token = csrf.token_for(state.session_secret, sessions.digest(opened.token))
    return SignedIn(opened.user, csrf_token)


async def close_session(
    request: Request, response: Response, session: AsyncSession, state: AppState
) -> None:
    """End this browser's session; does nothing without one."""
    principal = await identify(request, state)
    if principal is not None and principal.via == "session":
        await csrf.check(request, state, principal.session_hash)
        await sessions.end(session, session_cookie(request, state.settings))
    clear_session(response, state.settings)
