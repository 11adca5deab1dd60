"""Checks a request before reading any of its body, then reads the body, then lets it in.

In this order: does the route exist, does it accept the method, who is asking and may they, does a write come from our
own page, is the body within the route's limit. Only then is the body read, with a deadline and without holding a
database connection; the request's transaction begins after that.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import bodies, parameters, security
from api.bodies import Budget, Incoming
from api.csrf import SAFE_METHODS
from api.errors import AS_JSON, Pages, answer
from api.heads import as_get
from api.limits import Turns
from api.routing import RouteEntry, RouteTable
from api.state import AppState
from domain.errors import Invalid

FORM_BYTES = 1024 * 1024
"""What an upload may contain besides its file."""


class Reception:
    """A plain ASGI middleware around the router."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], pages: Pages = AS_JSON) -> None:
        self.app = app
        self.pages = pages
        self.table = RouteTable(routes)
        self.budget = Budget()
        self.uploads = Turns(per_key=3, in_all=12)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        door = Door(scope, receive, send)
        with ExitStack() as held:
            try:
                entry = await self._admit(door)
                refusal = _look_at_head(door, entry)
                body = None if refusal else await self._body(door, entry, held)
            except Exception as error:  # noqa: BLE001 - every error has an answer
                held.close()  # the refusal does not need what was read
                await self._refuse(door, error)
                return
            send = door.send
            if entry is not None and entry.answers_head(scope["method"]):
                scope, send = as_get(scope, send)
            await (refusal or self.app)(scope, body or receive, send)

    async def _body(self, door: "Door", entry: RouteEntry | None, held: ExitStack) -> Receive:
        """The complete body; for an upload, chunks as they arrive, as long as ``held``."""
        if entry is None or door.scope["method"] in SAFE_METHODS:
            return door.receive  # nobody reads it
        incoming = door.expect(self._limit(door.state, entry))
        incoming.check()
        if incoming.limit <= bodies.WHOLE_MAX_BYTES:
            return await incoming.whole(self.budget, held)
        principal: security.Principal | None = door.scope["state"].get("principal")
        held.enter_context(self.uploads.hold(str(principal.user_id) if principal else ""))
        return incoming.paced

    async def _admit(self, door: "Door") -> RouteEntry | None:
        """The route of an admitted request; None if the router will find nothing either."""
        scope = door.scope
        _check_address(scope)
        found = self.table.find(scope["path"], scope["method"])
        if found.entry is None:
            if found.allowed:
                raise HTTPException(405, headers={"Allow": ", ".join(found.allowed)})
            return None
        scope["route"] = found.entry.route  # named in the log line whatever happens
        if found.entry.guard is not None:
            request = Request(scope)
            await security.admit(request, door.state, found.entry.guard)
        parameters.require_known(scope, found.entry.route)
        return found.entry

    def _limit(self, state: AppState, entry: RouteEntry) -> int:
        if entry.max_bytes != bodies.FILE_MAX_BYTES:
            return entry.max_bytes
        return min(entry.max_bytes, state.settings.upload_max_bytes + FORM_BYTES)

    async def _refuse(self, door: "Door", error: Exception) -> None:
        request = Request(door.scope)
        response = await answer(request, error, self.pages)
        await response(door.scope, door.receive, door.send)


class Door:
    """One request: its body, and a response that closes the connection if the body is unwanted."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive = scope, receive
        self._send = send
        self.headers = Headers(scope=scope)
        self.incoming: Incoming | None = None
        scope.setdefault("state", {})

    @property
    def state(self) -> AppState:
        """The process state."""
        state: AppState = self.scope["app"].state.whatsway
        return state

    def expect(self, limit: int) -> Incoming:
        """The announced body."""
        self.incoming = Incoming(self.headers, self.receive, limit)
        return self.incoming

    async def send(self, message: Message) -> None:
        """Send part of the response; nothing is read needlessly afterwards."""
        incoming = self.incoming or self._unread()
        if incoming.complete:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
            await self._send(message)
        elif message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await incoming.drain()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _unread(self) -> Incoming:
        try:
            return self.expect(0)
        except HTTPException:  # its length is not a number
            self.headers = Headers({"transfer-encoding": "chunked"})
            return self.expect(0)


def _look_at_head(door: "Door", entry: RouteEntry | None) -> Response | None:
    """A route's own response to a request, if its head is enough."""
    if entry is None or entry.glance is None or door.scope["method"] in SAFE_METHODS:
        return None
    return entry.glance(door.headers, door.state)


def _check_address(scope: Scope) -> None:
    if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
        raise Invalid("invalid_value.address")
