"""Proof that a write by a signed-in browser comes from our own page."""

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

from api.state import AppState
from domain.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELDS = ("csrf", "csrf_token")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def token_for(secret: bytes, subject: bytes) -> str:
    """The token of one session (its hash) or one sign-in form (its cookie)."""
    return hmac.new(secret, b"csrf:" + subject, sha256).hexdigest()


def same_origin(connection: HTTPConnection, public_url: str) -> bool:
    """Whether the browser says that the request started on our own pages.

    Programs that send neither header pass here: they have no cookie that could be abused.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    ours = {connection.headers.get("host", ""), urlsplit(public_url).netloc}
    return urlsplit(origin).netloc in ours


def check_origin(connection: HTTPConnection, state: AppState) -> None:
    """Raise Forbidden when the request was started by another site."""
    if not same_origin(connection, state.settings.public_url):
        raise Forbidden("cross_site", "This request came from another site, so it was refused.")


async def check(request: Request, state: AppState, subject: bytes) -> None:
    """Raise Forbidden unless origin and token prove that the write comes from our own page."""
    check_origin(request, state)
    if not subject:  # no cookie: the token of nothing proves nothing
        raise _too_old()
    sent = request.headers.get(HEADER) or await _form_token(request)
    if not hmac.compare_digest(sent.encode(), token_for(state.session_secret, subject).encode()):
        raise _too_old()


def _too_old() -> Forbidden:
    return Forbidden("csrf_failed", "This page is too old to be trusted. Reload it and try again.")


async def _form_token(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(FORMS):
        return ""
    form = await request.form()
    return next((value for field in FIELDS if isinstance(value := form.get(field), str)), "")
