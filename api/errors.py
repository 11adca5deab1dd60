"""The one mapping from errors to answers: a status and words; problem+json for the API, a page for people.

Unauthorized (401) lives here because only the edge knows about signing in; everything else is a
``domain.errors`` class, a validation error, or a fault that is logged and shown as a plain 500.
"""

import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import validation
from api.bodies import TooLarge
from api.wording import SENTENCES, say, say_error, say_fields
from api.wording.speech import ENGLISH, Speech
from domain.errors import Conflict, DomainError, Forbidden, Invalid, LimitReached, NotFound
from domain.sentences import Sentence
from store import faults

log = structlog.get_logger(__name__)

JSON_PATHS = ("/api/", "/hooks/", "/health", "/ready", "/openapi.json", "/ws")


class Unauthorized(Exception):
    """Nobody is signed in, or the token is not valid (401)."""

    def __init__(self, code: str = "signed_out") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as people and programs see it (RFC 9457)."""

    status: int
    code: str
    title: str
    detail: str
    fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The problem+json object."""
        body: dict[str, Any] = {
            "type": f"urn:whatsway:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        return {**body, "fields": dict(self.fields)} if self.fields else body


Renderer = Callable[[Request, Problem], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Pages:
    """How a problem is shown at addresses that people open, and in which language."""

    draw: Renderer
    language: Callable[[Request], Speech] = lambda _: ENGLISH


PROBLEM_JSON = "application/problem+json"

STATUSES: Mapping[type[DomainError], int] = {
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    Invalid: 422,
    LimitReached: 429,
}
"""The HTTP status of each kind of deliberate error."""

_HTTP_ERRORS = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    503: "busy",
}


def status_of(error: DomainError) -> int:
    """The HTTP status of a deliberate error, by its class."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 400)


def make(
    status: int,
    said: Sentence,
    speech: Speech = ENGLISH,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    detail: str = "",
) -> Problem:
    """A problem with the usual title of its status."""
    key = f"title.{status}"
    title = say(Sentence(key if key in SENTENCES else "title"), speech)
    shown = {_printable(name): _printable(text) for name, text in (fields or {}).items()}
    words = _printable(detail or say(said, speech))
    return Problem(status, said.code, title, words, shown, headers or {})


def _printable(text: str) -> str:
    """The text without lone surrogates: a sentence may quote what somebody sent."""
    return text.encode("utf-8", "replace").decode()


def problem_response(problem: Problem) -> Response:
    """The problem as application/problem+json."""
    return Response(
        orjson.dumps(problem.body()),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers=dict(problem.headers),
    )


def wants_json(request: Request) -> bool:
    """Whether this address serves programs rather than people."""
    return request.url.path.startswith(JSON_PATHS)


def describe(error: Exception, speech: Speech = ENGLISH) -> Problem:
    """The problem document for an error, in the caller's language."""
    # The form parser wraps disk errors.
    if faults.is_full(error) or (error.__cause__ is not None and faults.is_full(error.__cause__)):
        return make(503, Sentence("disk_full"), speech, headers={"Retry-After": "60"})
    if isinstance(error, DomainError):
        return _from_domain(error, speech)
    if isinstance(error, Unauthorized):
        headers = {"WWW-Authenticate": 'Bearer realm="whatsway"'}
        return make(401, Sentence(error.code), speech, headers=headers)
    if isinstance(error, RequestValidationError):
        return _from_validation(error, speech)
    if isinstance(error, HTTPException):
        return _from_http(error, speech)
    if isinstance(error, (DBAPIError, PoolTimeout)):
        return _from_database(error, speech)
    if isinstance(error, UnicodeEncodeError):
        # A lone surrogate, which JSON allows and UTF-8 cannot encode.
        return make(422, Sentence("invalid_value"), speech)
    return make(500, Sentence("internal.moment"), speech)


def _from_domain(error: DomainError, speech: Speech) -> Problem:
    headers = {}
    if isinstance(error, LimitReached):
        headers = {"Retry-After": str(error.retry_after_s)}
    return make(
        status_of(error),
        error.sentence,
        speech,
        fields=say_fields(error, speech),
        headers=headers,
        detail=say_error(error, speech),
    )


def _from_http(error: HTTPException, speech: Speech) -> Problem:
    if isinstance(error, TooLarge):
        return make(413, error.sentence, speech, headers=error.headers)
    code = _HTTP_ERRORS.get(error.status_code)
    said = Sentence(code) if code else Sentence("http_error", status=error.status_code)
    return make(error.status_code, said, speech, headers=error.headers)


def _from_validation(error: RequestValidationError, speech: Speech) -> Problem:
    issues = error.errors()
    if any(issue["type"] == "json_invalid" for issue in issues):
        return make(400, Sentence("malformed_json"), speech)
    if any(issue["loc"][0] == "path" for issue in issues):
        return make(404, Sentence("not_found"), speech)
    return make(422, Sentence("invalid"), speech, fields=validation.fields(issues, speech))


def _from_database(error: DBAPIError | PoolTimeout, speech: Speech) -> Problem:
    state = faults.sqlstate(error)
    for prefixes, (status, key) in _SQLSTATES.items():
        if state.startswith(prefixes):
            headers = {"Retry-After": "2"} if status == 503 else {}
            return make(status, Sentence(key), speech, headers=headers)
    if isinstance(error, DataError):
        # The driver itself refused it: NUL characters, numbers too large for any column.
        return make(422, Sentence("invalid_value"), speech)
    if faults.is_away(error):
        return make(503, Sentence("database_unavailable"), speech, headers={"Retry-After": "2"})
    return make(500, Sentence("internal.moment"), speech)


# By SQLSTATE, longest first: the Python exception class says little.
_SQLSTATES: dict[tuple[str, ...], tuple[int, str]] = {
    # Values out of range, too long for an index, or violating a table's constraint.
    ("22", "54", "23502", "23514"): (422, "invalid_value"),
    ("23503",): (409, "conflict.gone"),
    ("23", "40"): (409, "conflict"),
    ("55P03",): (503, "in_use"),
    ("57014",): (503, "took_too_long"),
}


async def as_json(_request: Request, problem: Problem) -> Response:
    """The renderer for programs."""
    return problem_response(problem)


AS_JSON = Pages(as_json)


async def answer(request: Request, error: Exception, pages: Pages) -> Response:
    """The answer to an error at this address, for programs or people; faults are logged."""
    wanted = AS_JSON if wants_json(request) else pages
    problem = describe(error, wanted.language(request))
    _record(problem, error)
    return await wanted.draw(request, problem)


def install(app: FastAPI, pages: Pages = AS_JSON) -> None:
    """Register the mapping; ``pages`` renders problems at addresses that people open."""

    async def handle(request: Request, error: Exception) -> Response:
        return await answer(request, error, pages)

    for kind in (
        DomainError,
        Unauthorized,
        RequestValidationError,
        HTTPException,
        DBAPIError,
        PoolTimeout,
        UnicodeEncodeError,
    ):
        app.add_exception_handler(kind, handle)


def _record(problem: Problem, error: Exception) -> None:
    """Log faults with their trace, but without database messages, which may quote rows."""
    if problem.code == "disk_full":
        log.error("disk_full", error=type(error).__name__)
    elif isinstance(error, (DBAPIError, PoolTimeout)):
        log.warning(
            "database_error",
            error=type(error).__name__,
            code=problem.code,
            sqlstate=faults.sqlstate(error),
            frames=traceback.format_tb(error.__traceback__)[-6:],
        )
    elif problem.status == 500:
        log.error("request_failed", error=type(error).__name__, exc_info=error)


class Faults:
    """Turns unexpected errors into a logged 500, so that no trace reaches a person."""

    def __init__(self, app: ASGIApp, pages: Pages = AS_JSON) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 for an unexpected error unless the answer has begun."""
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            request = Request(scope, receive)
            response = await answer(request, error, self.pages)
            await response(scope, receive, send)
