"""The send endpoints as bare ASGI: no router, no request object, one parse and one write."""

import asyncio
import re
from typing import Any

from starlette.types import Receive, Scope, Send

from simulator.engine import Engine
from simulator.errors import invalid_token, unknown_object
from simulator.identifiers import trace_id
from simulator.sends import Outcome
from simulator.world import Number

_PATH = re.compile(r"(?:/v\d+\.\d+)?/(\d+)/(messages|marketing_messages)")
_MAX_BODY = 1_000_000
_KNOWN_PATHS = 1_000

Target = tuple[Number | None, str, bool]


class ConnectionDropped(Exception):
    """Raised where the server gives no way to cut the connection, so that no response leaves."""


class FastPath:
    """Answers `POST …/messages` and `…/marketing_messages`; tells the caller about anything else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._targets: dict[str, Target | None] = {}
        self._credentials = {
            f"Bearer {token}".encode() for token in engine.world.config.access_tokens
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the request was one of ours and is answered."""
        if scope["method"] != "POST":
            return False
        path = scope["path"]
        target = self._targets.get(path) if path in self._targets else self._find(path)
        if target is None:
            return False
        outcome = self._outcome(target, scope, await _body(receive))
        # What was accepted is with the kernel from here on, also when we die before answering.
        self._engine.world.journal.flush()
        if outcome.delay > 0:
            await asyncio.sleep(outcome.delay)
        if outcome.drop:
            await _drop(receive, send)
        else:
            await _respond(send, outcome)
        return True

    def _find(self, path: str) -> Target | None:
        match = _PATH.fullmatch(path)
        target: Target | None = None
        if match:
            node, edge = match.groups()
            number = self._engine.world.numbers_by_id.get(node)
            target = (number, node, edge == "marketing_messages")
        if len(self._targets) < _KNOWN_PATHS:
            self._targets[path] = target
        return target

    def _outcome(self, target: Target, scope: Scope, body: bytes) -> Outcome:
        _, node, marketing_api = target
        if not self._authorised(scope["headers"]):
            error = invalid_token()
            return Outcome(error.status, error.body())
        number = self._engine.world.numbers_by_id.get(node)
        if number is None:
            error = unknown_object(node)
            return Outcome(error.status, error.body())
        return self._engine.sender.handle(number, body, marketing_api=marketing_api)

    def _authorised(self, headers: list[tuple[bytes, bytes]]) -> bool:
        for name, value in headers:
            if name == b"authorization":
                return value in self._credentials
        return False


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MAX_BODY:
            break
    return body


async def _respond(send: Send, outcome: Outcome) -> None:
    headers = [
        (b"content-type", b"application/json; charset=UTF-8"),
        (b"content-length", b"%d" % len(outcome.body)),
        (b"facebook-api-version", b"v23.0"),
        (b"x-fb-trace-id", trace_id().encode()),
    ]
    await send({"type": "http.response.start", "status": outcome.status, "headers": headers})
    await send({"type": "http.response.body", "body": outcome.body})


async def _drop(receive: Receive, send: Send) -> None:
    cycle: Any = getattr(send, "__self__", None)  # uvicorn's request cycle owns the socket
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise ConnectionDropped
    transport.abort()
    await receive()  # returns once the server noticed, so it does not answer in our place
