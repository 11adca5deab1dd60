"""Pages for signed-in people: their context, and errors as pages, fragments or the sign-in page."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response

from api import csrf
from api.deps import address_of, discard
from api.errors import PROBLEM_JSON, Pages, Problem, problem_response
from api.proxies import hides_clients
from api.security import Principal, identify
from api.state import AppState, state_of
from domain.links import parts_of
from domain.permissions import Permission
from services.users import ANY_ZONE
from web import ignored
from web.i18n import gettext as _
from web.nearby import pages_ending
from web.page import DemoLinks, PageContext, PageUser, current_page
from web.rendering import page_of, redirect, render, render_error
from web.wording import speech


def page(
    request: Request,
    principal: Principal | None,  # noqa: ARG001 - says at the call that the page knows its viewer
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A whole page; an error status (a form shown again) rolls back the transaction."""
    if status >= 400:
        discard(request)
    return render(request, template, context, status=status, headers=headers)


def prepare(connection: HTTPConnection, principal: Principal) -> None:
    """Give templates their viewer; called once a request is authenticated."""
    state = state_of(connection)
    zone = "" if principal.timezone == ANY_ZONE else principal.timezone
    page = PageContext(
        user=PageUser(str(principal.user_id), principal.name, principal.email, principal.role),
        permissions=frozenset(permission.value for permission in principal.permissions),
        csrf_token=csrf.token_for(state.session_secret, principal.session_hash),
        locale=principal.locale,
        timezone=zone,
        demo=demo_links(state),
        trouble=state.condition or "",
        live_position=str(state.hub.position),
        warning=_proxy_warning(connection, principal, state),
    )
    connection.state.page = page
    current_page.set(page)  # what routes say is in the viewer's language too


def _proxy_warning(connection: HTTPConnection, principal: Principal, state: AppState) -> str:
    """For administrators, while this request shows that the proxy is not set up."""
    hidden = hides_clients(connection, state.settings.public_url)
    if not hidden or not principal.may(Permission.USERS_WRITE):
        return ""
    return _(
        "Everyone seems to sign in from %(address)s: the proxy in front is not set up, so one "
        "person's wrong passwords can lock everyone out. Add it to FORWARDED_ALLOW_IPS."
    ) % {"address": address_of(connection)}


def demo_links(state: AppState) -> DemoLinks | None:
    """Where the phone and Temporal's pages are, in a demo."""
    settings = state.settings
    if not settings.is_demo or not settings.simulator_url:
        return None
    return DemoLinks(phone_url=settings.simulator_url, temporal_url=settings.temporal_ui_url)


async def problem_page(request: Request, problem: Problem) -> Response:
    """An error for people: the sign-in page if needed, or else a page or fragment."""
    if problem.status == 401:
        return redirect(request, sign_in_url(request))
    if PROBLEM_JSON in request.headers.get("accept", ""):
        return problem_response(problem)  # for a form that marks its own fields
    readable = ignored.without_cursor(request, problem)
    if readable is not None:
        address, told = readable
        return redirect(request, address, flash=told, tone="warning")
    if (shown_by := ignored.page_of_file(request, problem)) is not None:
        return redirect(request, shown_by)
    if problem.status < 500 and getattr(request.state, "page", None) is None:
        await _look_around(request, problem.status)
    # The same sentence may be about the whole and about its field.
    more = [words for words in problem.fields.values() if words not in problem.detail]
    detail = " ".join(dict.fromkeys([problem.detail, *more]))
    response = render_error(request, problem.status, problem.title, detail, problem.code)
    response.headers.update(problem.headers)
    return response


PAGES = Pages(problem_page, lambda request: speech(page_of(request)))
"""Problems as people see them, in their language."""


async def _look_around(request: Request, status: int) -> None:
    """Identify the viewer even if no route did, so that the page has the app's frame."""
    try:
        principal = await identify(request, state_of(request), touch=False)
    except Exception:  # noqa: BLE001 - the page that says an error must not fail itself
        return
    if principal is not None:
        prepare(request, principal)
    if principal is not None and status == 404:
        request.state.nearby = pages_ending(request.app, request.url.path, principal)


def sign_in_url(request: Request) -> str:
    """The sign-in page that leads back to where the person was."""
    shown = request.headers.get("hx-current-url")
    if shown is None and request.method in csrf.SAFE_METHODS:
        shown = str(request.url)
    address = parts_of(shown or "/")
    wanted = f"{address.path}?{address.query}" if address.query else address.path
    return "/login" if wanted in ("", "/") else f"/login?{urlencode({'next': wanted})}"


def safe_next(target: str) -> str:
    """The page to go to after signing in: always one of our own."""
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if own and "\\" not in target else "/"
