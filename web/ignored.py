"""Filters in an address that a page does not know: they are left out, and the page says so."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from api.errors import Problem
from web.i18n import gettext as _

CURSORS = ("after", "cursor", "before")
CURSOR_WRONG = "cursor_invalid"


def note(request: Request, name: str, known: Iterable[str] | bool) -> None:
    """Remember for the page that a value is none of those it knows; ``known``: they, or whether it is."""
    sent = request.query_params.get(name, "").strip()
    fits = known if isinstance(known, bool) else sent in set(known)
    if sent and not fits:
        request.state.ignored = [*noted(request), sent[:60]]


def noted(request: Request) -> list[str]:
    """What was left out of this page's address."""
    found: list[str] = getattr(request.state, "ignored", [])
    return found


def without_wrong(request: Request, problem: Problem) -> tuple[str, str] | None:
    """The address of a page without what it cannot read, and a sentence on it; None where that is not why."""
    is_page = request.method == "GET" and "hx-request" not in request.headers
    if not is_page or problem.status != 422:
        return None
    sent = parse_qsl(request.url.query, keep_blank_values=True)
    names = {name.partition(".")[0] for name in problem.fields}
    wrong = set(CURSORS) if problem.code == CURSOR_WRONG else names
    left_out = [value for name, value in sent if name in wrong]
    if not left_out:
        return None
    kept = urlencode([(name, value) for name, value in sent if name not in wrong])
    return f"{request.url.path}?{kept}" if kept else request.url.path, sentence(left_out)


def sentence(values: Iterable[str]) -> str:
    """What is told."""
    shown = ", ".join(value[:60] for value in values)
    return _("Left out of the address, because this page does not know it: %(values)s") % {
        "values": shown
    }
