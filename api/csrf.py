"""Proof that a write by a signed-in browser comes from our own page."""

import hmac
from hashlib import sha256

from starlette.requests import HTTPConnection, Request

from api.state import AppState
from domain.errors import Forbidden
from domain.links import parts_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELDS = ("csrf", "csrf_token")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def token_for(secret: bytes, subject: bytes) -> str:
    """The token of one session (its hash) or one sign-in form (its cookie)."""
    return hmac.new(secret, b"csrf:" + subject, sha256).hexdigest()


def same_origin(connection: HTTPConnection, public_url: str) -> bool:
    """Whether the browser says that the request came from our own pages.

    Programs that send neither header pass: they have no cookie that could be abused.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return True
    ours = {connection.headers.get("host", ""), parts_of(public_url).netloc}
    return (parts_of(origin).netloc or None) in ours


def check_origin(connection: HTTPConnection, state: AppState) -> None:
    """Raise Forbidden when the request was started by another site."""
    if not same_origin(connection, state.settings.public_url):
        raise Forbidden("cross_site")


def check_head(request: Request, state: AppState, subject: bytes) -> None:
    """The part of ``check`` that needs no body: a form may still contain the token."""
    check_origin(request, state)
    sent = request.headers.get(HEADER)
    if sent is None and is_form(request):
        return
    _compare(sent or "", state, subject)


def is_form(request: Request) -> bool:
    """Whether the body is a form."""
    return request.headers.get("content-type", "").lower().startswith(FORMS)


async def check(request: Request, state: AppState, subject: bytes) -> None:
    """Raise Forbidden unless origin and token prove that the write comes from our own page."""
    check_origin(request, state)
    _compare(request.headers.get(HEADER) or await _form_token(request), state, subject)


def _compare(sent: str, state: AppState, subject: bytes) -> None:
    # Without a cookie there is no subject, and a token for nothing proves nothing.
    if not subject or not hmac.compare_digest(
        sent.encode("utf-8", "replace"), token_for(state.session_secret, subject).encode()
    ):
        raise Forbidden("csrf_failed")


async def _form_token(request: Request) -> str:
    if not is_form(request):
        return ""
    form = await request.form()
    return next((value for field in FIELDS if isinstance(value := form.get(field), str)), "")
