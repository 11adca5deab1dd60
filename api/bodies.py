"""Refuses what no handler should see: bodies that are too large and NUL characters in addresses."""

import re
from collections.abc import Sequence

from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import Problem, Renderer, as_json, make, render

DEFAULT_MAX_BYTES = 1024 * 1024
"""Most any route takes; one that takes more declares ``max_body_size=`` in its decorator."""


class BodyGuard:
    """Answers 413 by the declared length before anything is read; FastAPI counts undeclared ones."""

    def __init__(
        self, app: ASGIApp, routes: Sequence[BaseRoute], pages: Renderer = as_json
    ) -> None:
        self.app = app
        self.pages = pages
        self.routes = routes
        self._large: list[tuple[re.Pattern[str], int]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer for it."""
        if scope["type"] == "http":
            problem = self._problem(scope)
            if problem is not None:
                response = await render(Request(scope, receive), problem, self.pages)
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            return make(422, "invalid_value", "The address holds a character we cannot store.")
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit():
            return make(400, "bad_request", "The Content-Length header is not a number.")
        allowed = self._allowed(scope["path"])
        if int(declared) > allowed:
            size = f"{allowed / 1024 / 1024:.0f} MB"
            return make(413, "too_large", f"This is larger than {size}, the most we take here.")
        return None

    def _allowed(self, path: str) -> int:
        if self._large is None:
            self._large = [
                (route.path_regex, route.max_body_size)
                for route in iter_route_contexts(self.routes)
                if (getattr(route, "max_body_size", None) or 0) > DEFAULT_MAX_BYTES
            ]
        limits = [limit for pattern, limit in self._large if pattern.match(path)]
        return max(limits, default=DEFAULT_MAX_BYTES)
