"""The one mapping from errors to answers: problem+json for the API, a page or fragment for people.

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

from api.bodies import TooLarge
from domain.errors import DomainError, Invalid, LimitReached
from store import faults

log = structlog.get_logger(__name__)

JSON_PATHS = ("/api/", "/health", "/ready", "/openapi.json", "/ws")


class Unauthorized(Exception):
    """Nobody is signed in, or the token is not good (401)."""

    def __init__(
        self, code: str = "signed_out", message: str = "Sign in to continue, or send a token."
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


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


_FULL = "A disk of the server is full. Whoever runs it has to make room; then it goes on by itself."
_UNSTORABLE = "A value holds characters or numbers we cannot store."

Renderer = Callable[[Request, Problem], Awaitable[Response]]

PROBLEM_JSON = "application/problem+json"

TITLES = {
    400: "Bad request",
    401: "Sign in needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Not possible now",
    413: "Too large",
    422: "Check your input",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Temporarily unavailable",
}

_HTTP_ERRORS = {
    400: ("bad_request", "The request could not be read. Check its format and try again."),
    403: ("forbidden", "You are not allowed to do this."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not support this method."),
    408: ("too_slow", "The rest of the request did not arrive in time. Send it again."),
    413: ("too_large", "This is too large. Send less at once."),
    503: ("busy", "Too much is under way at once. Try again in a moment."),
}


def make(
    status: int,
    code: str,
    detail: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Problem:
    """A problem with the usual title of its status."""
    title = TITLES.get(status, "Error")
    said = {_printable(name): _printable(text) for name, text in (fields or {}).items()}
    return Problem(status, code, title, _printable(detail), said, headers or {})


def _printable(text: str) -> str:
    """Without half surrogate pairs: a sentence may quote what somebody sent."""
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
    """Whether this address answers programs rather than people."""
    return request.url.path.startswith(JSON_PATHS)


def describe(error: Exception) -> Problem:
    """The problem that an error means for whoever asked."""
    # The reader of forms wraps what the disk said.
    if faults.is_full(error) or (error.__cause__ is not None and faults.is_full(error.__cause__)):
        return make(503, "disk_full", _FULL, headers={"Retry-After": "60"})
    if isinstance(error, DomainError):
        return _from_domain(error)
    if isinstance(error, Unauthorized):
        headers = {"WWW-Authenticate": 'Bearer realm="whatsway"'}
        return make(401, error.code, error.message, headers=headers)
    if isinstance(error, RequestValidationError):
        return _from_validation(error)
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, (DBAPIError, PoolTimeout)):
        return _from_database(error)
    if isinstance(error, UnicodeEncodeError):
        # Half of a surrogate pair, which JSON can smuggle in and no UTF-8 text can hold.
        return make(422, "invalid_value", _UNSTORABLE)
    return make(500, "internal", "Something went wrong on our side. Try again in a moment.")


def _from_domain(error: DomainError) -> Problem:
    fields = error.fields if isinstance(error, Invalid) else {}
    headers = {}
    if isinstance(error, LimitReached):
        headers = {"Retry-After": str(error.retry_after_s)}
    return make(error.status, error.code, error.message, fields, headers)


def _from_http(error: HTTPException) -> Problem:
    code, detail = _HTTP_ERRORS.get(error.status_code, ("http_error", str(error.detail)))
    if isinstance(error, TooLarge):
        detail = error.detail
    return make(error.status_code, code, detail, headers=error.headers)


def _from_validation(error: RequestValidationError) -> Problem:
    issues = error.errors()
    if any(issue["type"] == "json_invalid" for issue in issues):
        return make(400, "malformed_json", "The body is not valid JSON.")
    if any(issue["loc"][0] == "path" for issue in issues):
        return make(404, "not_found", "There is nothing at this address.")
    fields = {_field_name(issue["loc"]): str(issue["msg"]) for issue in issues}
    return make(422, "invalid", "Some values are missing or wrong.", fields)


def _field_name(location: tuple[int | str, ...]) -> str:
    """``("body", "name")`` is ``name``; a problem with the whole body is ``body``."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _from_database(error: DBAPIError | PoolTimeout) -> Problem:
    state = faults.sqlstate(error)
    for prefixes, (status, code, detail) in _SQLSTATES.items():
        if state.startswith(prefixes):
            headers = {"Retry-After": "2"} if status == 503 else {}
            return make(status, code, detail, headers=headers)
    if isinstance(error, DataError):
        # The driver itself refused it: NUL characters, numbers that no column holds.
        return make(422, "invalid_value", _UNSTORABLE)
    if faults.is_away(error):
        return make(
            503,
            "database_unavailable",
            "The database does not answer. Try again in a moment.",
            headers={"Retry-After": "2"},
        )
    return make(500, "internal", "Something went wrong on our side. Try again in a moment.")


# By SQLSTATE, the longest first: the class of the Python error says little.
_SQLSTATES: dict[tuple[str, ...], tuple[int, str, str]] = {
    # Values out of range, too long for an index, against a rule of a table.
    ("22", "54", "23502", "23514"): (422, "invalid_value", _UNSTORABLE),
    ("23503",): (409, "conflict", "What this refers to is not there any more. Reload."),
    ("23", "40"): (409, "conflict", "Somebody else changed this at the same time. Reload."),
    ("55P03",): (503, "in_use", "This is being changed right now. Try again in a moment."),
    ("57014",): (503, "took_too_long", "This took too long and was ended. Ask for less at once."),
}


async def as_json(_request: Request, problem: Problem) -> Response:
    """The renderer for programs."""
    return problem_response(problem)


async def render(request: Request, problem: Problem, pages: Renderer) -> Response:
    """The problem as this address answers it: for programs or for people."""
    return await (as_json if wants_json(request) else pages)(request, problem)


def answer_to(error: Exception) -> Problem:
    """The problem, noted in the log where it is a fault."""
    problem = describe(error)
    _record(problem, error)
    return problem


def install(app: FastAPI, pages: Renderer = as_json) -> None:
    """Register the mapping; ``pages`` draws problems for addresses that people open."""

    async def answer(request: Request, error: Exception) -> Response:
        return await render(request, answer_to(error), pages)

    for kind in (
        DomainError,
        Unauthorized,
        RequestValidationError,
        HTTPException,
        DBAPIError,
        PoolTimeout,
        UnicodeEncodeError,
    ):
        app.add_exception_handler(kind, answer)


def _record(problem: Problem, error: Exception) -> None:
    """Log faults with their trace; messages of the database stay out, they can quote rows."""
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
    """Turns whatever nobody expected into a logged 500, so that no trace reaches a person."""

    def __init__(self, app: ASGIApp, pages: Renderer = as_json) -> None:
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
            response = await render(request, answer_to(error), self.pages)
            await response(scope, receive, send)
