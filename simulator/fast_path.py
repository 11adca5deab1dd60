"""The send endpoints as bare ASGI: no router, no request object, one parse and one write."""

import asyncio
import re
from typing import Any

from starlette.types import Receive, Scope, Send

from simulator.bodies import Parts, fields_of
from simulator.credentials import authorise
from simulator.engine import Engine
from simulator.errors import GraphError, unknown_object
from simulator.identifiers import trace_id
from simulator.sends import Outcome

_PATH = re.compile(r"(?:/v\d+\.\d+)?/(\d+)/(messages|marketing_messages)")
_MAX_BODY = 1_000_000
_KNOWN_PATHS = 1_000

Target = tuple[str, bool]
"""A number's id and whether the marketing endpoint is meant."""


class ConnectionDropped(Exception):
    """Raised if the server offers no way to cut the connection, so that no response is sent."""


class FastPath:
    """Answers `POST …/messages` and `…/marketing_messages`; tells the caller about anything else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._targets: dict[str, Target | None] = {}
        config = engine.world.config
        tokens = () if config.require_proof else config.access_tokens
        self._credentials = {f"Bearer {token}".encode() for token in tokens}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Whether the request was a send and has been answered."""
        target = self.target(scope["path"]) if scope["method"] == "POST" else None
        if target is None:
            return False
        headers = dict(scope["headers"])
        parts = Parts(
            await _body(receive), headers.get(b"content-type", b""), scope.get("query_string", b"")
        )
        outcome = self.outcome(target, headers.get(b"authorization", b""), parts)
        if outcome.delay > 0:
            await asyncio.sleep(outcome.delay)
        if outcome.drop:
            await _drop(receive, send)
        else:
            await _respond(send, outcome)
        return True

    def target(self, path: str) -> Target | None:
        """What a path requests, or None if it is not a send."""
        if path in self._targets:
            return self._targets[path]
        match = _PATH.fullmatch(path)
        target = (match[1], match[2] == "marketing_messages") if match else None
        if len(self._targets) < _KNOWN_PATHS:
            self._targets[path] = target
        return target

    def outcome(self, target: Target, authorization: bytes, parts: Parts) -> Outcome:
        """Handles one call; accepted sends have reached the kernel when this returns.

        So they are in the log even if we die before answering.
        """
        node, marketing_api = target
        given: bytes | dict[str, Any] = parts.body
        try:
            if not parts.plain or authorization not in self._credentials:
                given = self._authorised(authorization, parts)
            number = self._engine.world.numbers_by_id.get(node)
            if number is None:
                raise unknown_object(node)
        except GraphError as error:
            return Outcome(error.status, error.body())
        outcome = self._engine.sender.handle(number, given, marketing_api=marketing_api)
        self._engine.world.journal.flush()
        return outcome

    def _authorised(self, authorization: bytes, parts: Parts) -> dict[str, Any]:
        """The fields of an unusual call: a form, parameters in the address, another scheme, a proof."""
        fields = fields_of(parts)
        config = self._engine.world.config
        authorise(config, authorization.decode("latin-1"), fields, app=False)
        return fields


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MAX_BODY:
            break
    return body


def answer_headers(outcome: Outcome) -> list[tuple[bytes, bytes]]:
    """The headers of Meta's answers."""
    return [
        (b"content-type", b"application/json; charset=UTF-8"),
        (b"content-length", b"%d" % len(outcome.body)),
        (b"facebook-api-version", b"v23.0"),
        (b"x-fb-trace-id", trace_id().encode()),
    ]


async def _respond(send: Send, outcome: Outcome) -> None:
    headers = answer_headers(outcome)
    await send({"type": "http.response.start", "status": outcome.status, "headers": headers})
    await send({"type": "http.response.body", "body": outcome.body})


async def _drop(receive: Receive, send: Send) -> None:
    cycle: Any = getattr(send, "__self__", None)  # uvicorn's request cycle owns the socket
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise ConnectionDropped
    transport.abort()
    await receive()  # returns once the server has noticed, so that it does not answer in our place
