"""Finds a request's route before its body is read: the permission and body size it allows."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute

from api.csrf import SAFE_METHODS
from api.security import guard_of, permissions_of
from api.state import AppState
from domain.permissions import Permission

DEFAULT_MAX_BYTES = 1024 * 1024
"""The default body limit of a route; one that takes more declares ``max_body_size=`` in its decorator."""

STRANGERS_MAX_BYTES = 64 * 1024
"""The body limit of a public route, unless it declares its own."""

KEY_PARTS = 2
"""How many parts of an address group the routes, which are then searched in order."""


Glance = Callable[[Headers, AppState], Response | None]
"""Answers a request from its head alone, or lets it continue to its body."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def glances(glance: Glance) -> Callable[[Endpoint], Endpoint]:
    """Let an endpoint check the head of a request before any of its body is read."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["glance"] = glance
        return endpoint

    return mark


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """One route: its pattern, methods, required permission and body limit."""

    pattern: re.Pattern[str]
    methods: frozenset[str]
    guard: Permission | None
    max_bytes: int
    route: RouteContext
    head: tuple[str, ...] | None
    glance: Glance | None

    def answers_head(self, method: str) -> bool:
        """Whether this is a HEAD request to a route that only declares GET."""
        return method == "HEAD" and "HEAD" not in (self.route.methods or (method,))

    def may_serve(self, key: tuple[str, ...]) -> bool:
        """Whether an address with this beginning could match this route."""
        if self.head is None:
            return True
        pairs = zip(self.head, key, strict=False)
        return all("{" in ours or ours == theirs for ours, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Found:
    """The match of an address: a route, or none for this method and the allowed methods."""

    entry: RouteEntry | None
    allowed: tuple[str, ...] = ()


NOTHING = Found(None)


class RouteTable:
    """An application's routes in order; built at the first request."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes
        self._entries: list[RouteEntry] = []
        self._groups: dict[tuple[str, ...], list[RouteEntry]] = {}

    def find(self, path: str, method: str) -> Found:
        """The first route that serves the method, which the router itself will choose."""
        allowed: set[str] = set()
        for entry in self._candidates(path):
            if not entry.pattern.match(path):
                continue
            if not entry.methods or method in entry.methods:
                return Found(entry)
            allowed |= entry.methods
        return Found(None, tuple(sorted(allowed))) if allowed else NOTHING

    def _candidates(self, path: str) -> list[RouteEntry]:
        if not self._entries:
            self._build()
        return self._groups.get(_key(path), self._entries)

    def _build(self) -> None:
        self._entries = [
            _entry(route)
            for route in iter_route_contexts(self._routes)
            if getattr(route, "path_regex", None) is not None and route.path is not None
        ]
        # The root page has no parts: what is in no group is searched among all.
        keys = {entry.head for entry in self._entries if entry.head and "{" not in entry.head[0]}
        for key in keys:
            if not any("{" in part for part in key):
                self._groups[key] = [entry for entry in self._entries if entry.may_serve(key)]


def _key(path: str) -> tuple[str, ...]:
    return tuple(path.split("/", KEY_PARTS + 1)[1 : KEY_PARTS + 1])


def _entry(route: RouteContext) -> RouteEntry:
    path = route.path or ""
    open_ended = not route.methods or ":path}" in path
    return RouteEntry(
        pattern=route.path_regex,
        methods=_methods(route),
        guard=guard_of(route),
        max_bytes=_limit(route),
        route=route,
        head=None if open_ended else _key(path),
        glance=getattr(getattr(route, "endpoint", None), "glance", None),
    )


def _methods(route: RouteContext) -> frozenset[str]:
    """The allowed methods: GET implies HEAD."""
    declared = frozenset(route.methods or ())
    return declared | {"HEAD"} if "GET" in declared else declared


def _limit(route: RouteContext) -> int:
    declared: int = getattr(route, "max_body_size", None) or DEFAULT_MAX_BYTES
    if declared != DEFAULT_MAX_BYTES:
        return declared
    writes = not SAFE_METHODS.issuperset(route.methods or ())
    strangers = writes and _is_public(permissions_of(route))
    return STRANGERS_MAX_BYTES if strangers else declared


def _is_public(permissions: Iterable[Permission]) -> bool:
    return list(permissions) == [Permission.PUBLIC]
