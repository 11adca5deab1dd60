"""The sign-in page and signing out."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from api import csrf
from api.cookies import set_sign_in, sign_in_cookie
from api.deps import SessionDep, StateDep
from api.errors import Unauthorized, describe
from api.security import identify, requires
from api.sign_in import close_session, open_session
from api.state import AppState
from domain.errors import DomainError
from domain.permissions import Permission
from web.i18n import gettext as _
from web.page import PageContext
from web.pages import demo_links, safe_next
from web.rendering import page_of, redirect, render
from web.wording import speech

router = APIRouter(include_in_schema=False, dependencies=[requires(Permission.PUBLIC)])


@router.get("/login")
async def sign_in_page(request: Request, state: StateDep, next: str = "/") -> Response:
    """The form; signed-in people are redirected."""
    if await identify(request, state) is not None:
        return redirect(request, safe_next(next))
    return _form(request, state, next_page=safe_next(next))


@router.post("/login")
async def sign_in(
    request: Request,
    state: StateDep,
    email: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Sign in, or show the form again with an error."""
    next_page = safe_next(next)
    response = redirect(request, next_page)
    try:
        await csrf.check(request, state, sign_in_cookie(request, state.settings).encode())
        await open_session(request, response, state, email, password)
    except (DomainError, Unauthorized) as error:
        return _form(request, state, next_page=next_page, email=email, error=error)
    return response


@router.post("/logout")
async def sign_out(request: Request, session: SessionDep, state: StateDep) -> Response:
    """End this browser's session and show the sign-in page."""
    response = redirect(request, "/login", flash=_("You are signed out."))
    await close_session(request, response, session, state)
    return response


def _form(
    request: Request,
    state: AppState,
    *,
    next_page: str,
    email: str = "",
    error: DomainError | Unauthorized | None = None,
) -> Response:
    """The form, tied to this browser by a cookie whose signed value is in the form."""
    problem = describe(error, speech(page_of(request))) if error else None
    value = sign_in_cookie(request, state.settings) or secrets.token_urlsafe(24)
    request.state.page = PageContext(
        csrf_token=csrf.token_for(state.session_secret, value.encode()), demo=demo_links(state)
    )
    context = {"email": email, "next": next_page, "error": problem.detail if problem else ""}
    response = render(
        request,
        "auth/login.html",
        context,
        status=problem.status if problem else 200,
        headers=problem.headers if problem else None,
    )
    set_sign_in(response, value, state.settings)
    return response
