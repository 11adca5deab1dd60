"""Unknown filters in an address are ignored, and the page says so.

One rule for all pages. What a route does not declare, or cannot read as what it declares, is taken out of
the address before anybody reads it; what only the page can judge, it asks ``known`` about. A file leads
to its page instead: one with more in it than was asked for has no place for a note.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from urllib.parse import parse_qsl, urlencode

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.csrf import SAFE_METHODS
from api.errors import JSON_PATHS, Problem
from api.parameters import fields_of, names_of
from api.routing import RouteTable
from web.i18n import gettext as _

CURSORS = ("after", "cursor", "before")
CURSOR_WRONG = "cursor_invalid"
FILES = (".csv", "/pictures")
LONGEST = 60


class LeaveOut:
    """A plain ASGI middleware: pages get only parameters they know."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self.app = app
        self.table = RouteTable(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The request with an address its page can read."""
        if scope["type"] == "http" and _is_filtered_page(scope):
            found = self.table.find(scope["path"], scope["method"]).entry
            dependant = getattr(found.route, "dependant", None) if found else None
            if dependant is not None:
                _tidy(scope, dependant)
        await self.app(scope, receive, send)


def _is_filtered_page(scope: Scope) -> bool:
    """Not for parts of a page: a dialog about some people must not open for all of them."""
    path: str = scope["path"]
    if not scope["query_string"] or scope["method"] not in SAFE_METHODS:
        return False
    return not path.startswith(JSON_PATHS) and not path.endswith(FILES) and not is_part(scope)


def is_part(scope: Scope) -> bool:
    """Whether a page asked for a part of itself (whole-body requests want the full page)."""
    headers = Headers(scope=scope)
    return headers.get("hx-request") == "true" and headers.get("hx-request-type") != "full"


def _tidy(scope: Scope, dependant: Dependant) -> None:
    sent = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    fields = list(fields_of(dependant))
    names = {name for field in fields for name in names_of(field)}
    stored = [(name, value) for name, value in sent if "\x00" not in name + value]
    _values, errors = request_params_to_args(fields, QueryParams(stored))
    wrong = {str(error["loc"][1]) for error in errors if error["type"] != "missing"}
    kept = [(name, value) for name, value in stored if name in names and name not in wrong]
    if kept == sent:
        return
    scope["query_string"] = urlencode(kept).encode()
    for name, value in sent:
        if (name, value) not in kept:
            _remember(HTTPConnection(scope), name, value if name in names else f"{name}={value}")


def _remember(request: HTTPConnection, name: str, said: str) -> None:
    if said.strip():
        request.state.ignored = [*_left_out(request), (name, said.replace("\x00", "␀")[:LONGEST])]


def _left_out(request: HTTPConnection) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = getattr(request.state, "ignored", [])
    return found


def known(request: Request, name: str, choices: Container[str] | Callable[[str], object]) -> str:
    """The value of a filter if the page knows it; otherwise "", which the page then mentions."""
    sent = request.query_params.get(name, "").strip()
    fits = choices(sent) if callable(choices) else sent in choices
    if not sent or fits:
        return sent
    _remember(request, name, sent)
    return ""


def names(request: Request) -> set[str]:
    """The parts of this address that were ignored, and belong in no link."""
    return {name for name, _said in _left_out(request)}


def noted(request: Request) -> str:
    """What was ignored in this page's address, as written."""
    return ", ".join(said for _name, said in _left_out(request))


def without_cursor(request: Request, problem: Problem) -> tuple[str, str] | None:
    """The first page of a list and a notice, if an address names a position that does not exist."""
    is_page = request.method == "GET" and "hx-request" not in request.headers
    if not is_page or problem.code != CURSOR_WRONG:
        return None
    sent = parse_qsl(request.url.query, keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in sent if name not in CURSORS])
    left_out = [value for name, value in sent if name in CURSORS]
    return f"{request.url.path}?{kept}" if kept else request.url.path, sentence(left_out)


def page_of_file(request: Request, problem: Problem) -> str | None:
    """Where the page is whose filter a file did not know: it leaves that out, and says so.

    A file itself has no place for a note, and must not have more in it than was asked for. A link that
    only downloads shows no page: there the browser says that it failed.
    """
    path = request.url.path
    end = next((end for end in ("/export.csv", ".csv") if path.endswith(end)), "")
    opens = request.method == "GET" and request.headers.get("sec-fetch-dest") != "empty"
    if not (end and opens and request.url.query and problem.status in (404, 422)):
        return None
    return f"{path.removesuffix(end)}?{request.url.query}"


def sentence(values: Iterable[str]) -> str:
    """The notice."""
    shown = ", ".join(value[:LONGEST] for value in values)
    return _("Left out of the address, because this page does not know it: %(values)s") % {
        "values": shown
    }
