"""Webhook intake: check the signature over the raw bytes, store the delivery, answer; nothing else."""

import asyncio
import hmac
import time
from collections import deque
from collections.abc import Sequence
from typing import Annotated
from uuid import uuid4

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bodies import FREE_BYTES
from api.deps import ReadSessionDep, StateDep
from api.headers import fixed_headers, note
from api.routing import glances
from api.security import requires
from api.state import AppState
from domain.errors import Forbidden
from domain.permissions import Permission
from domain.webhooks import Rejection
from services.channels import verify
from services.receiving.door import Taken
from settings import Settings
from whatsapp import signature

MAX_BYTES = 4 * 1024 * 1024
"""Meta sends up to 3 MB."""

SIGNATURE = "x-hub-signature-256"

ARRIVED_S = 1.0
"""How long the short way waits for a body; the usual one then has its own deadline."""

PATH = "/api/webhook"
router = APIRouter(prefix=PATH, tags=["webhook"], dependencies=[requires(Permission.PUBLIC)])


@router.get("", response_class=PlainTextResponse)
async def verify_webhook(
    session: ReadSessionDep,
    state: StateDep,
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge")] = "",
    token: Annotated[str, Query(alias="hub.verify_token")] = "",
) -> str:
    """Meta's handshake: answers the challenge when the verify token is one of ours."""
    configured = state.settings.whatsapp_webhook_verify_token
    ours = configured is not None and hmac.compare_digest(
        configured.get_secret_value().encode(), token.encode()
    )
    known = await verify.matches(session, state.vault, token)
    if mode != "subscribe" or not (ours or known):
        raise Forbidden("verify_token")
    return challenge


def _by_head(headers: Headers, state: AppState) -> Response | None:
    """Reject unsigned requests unread, however the body arrives."""
    if signature.well_formed(headers.get(SIGNATURE)):
        return None
    # Costs only the memory of a counter: unsigned requests may come as often as they like.
    state.webhooks.rejections.count(Rejection.SIGNATURE_MISSING)
    return Response(status_code=401)


@router.post(
    "",
    max_body_size=MAX_BYTES,
    response_class=Response,
    responses={
        401: {"description": "Not signed by the app of one of our channels; empty."},
        503: {
            "description": "The database is away, or too much waits for it: deliver again; empty."
        },
    },
)
@glances(_by_head)
async def receive_webhook(request: Request, state: StateDep) -> Response:
    """200 means stored; 401 not signed by one of our apps; 503 the database is unavailable and Meta should retry."""
    return await _keep(state, request.headers.get(SIGNATURE), await request.body())


class Doorway:
    """Answers small deliveries ahead of every other middleware: at thousands a second, those would take most of the time.

    A plain ASGI middleware outside all others. Anything unusual takes the usual way, to the route above: a body that is
    large, of undeclared length or slow to arrive, a missing signature, and a fault.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._dress = [
            (name.lower().encode(), value.encode()) for name, value in fixed_headers(settings)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Store a delivery, or pass the request on."""
        signed = _signed(scope)
        if signed is None:
            await self.app(scope, receive, send)
            return
        began, told = time.perf_counter(), list[Message]()
        try:
            body = await _arrived(receive, told)
            state: AppState = scope["app"].state.whatsway
            taken = None if body is None else await state.webhooks.take(signed, body)
        except Exception:  # noqa: BLE001 - the usual way says and logs what is wrong
            taken = None
        if taken is None:
            await self.app(scope, _again(told, receive), send)
            return
        await self._answer(scope, send, taken, began)

    async def _answer(self, scope: Scope, send: Send, taken: Taken, began: float) -> None:
        """The answer of the route, without a line in the log if the delivery is in that of webhooks."""
        status, headers = _ANSWERS[taken]
        request_id = uuid4().hex
        own = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        dressed = [
            *own,
            (b"content-length", b"0"),
            *self._dress,
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": dressed})
        await send({"type": "http.response.body", "body": b""})
        if taken is not Taken.KEPT:
            scope["route"] = _ROUTE
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                note(scope, status, time.perf_counter() - began)


def _signed(scope: Scope) -> str | None:
    """The signature of a delivery whose body is small; None for any other request."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
        return None
    headers = dict(scope["headers"])
    length, signed = (
        headers.get(b"content-length", b""),
        headers.get(SIGNATURE.encode(), b"").decode("latin-1"),
    )
    small = length.isdigit() and len(length) < 9 and int(length) <= FREE_BYTES
    return signed if small and b"expect" not in headers and signature.well_formed(signed) else None


async def _arrived(receive: Receive, told: list[Message]) -> bytes | None:
    """The body, if all of it is there in a moment; ``told`` is what was received."""
    try:
        async with asyncio.timeout(ARRIVED_S):
            while True:
                told.append(await receive())
                if told[-1]["type"] != "http.request":
                    return None
                if not told[-1].get("more_body", False):
                    return b"".join(message.get("body", b"") for message in told)
    except TimeoutError:
        return None


def _again(told: Sequence[Message], receive: Receive) -> Receive:
    """What was received, then the rest."""
    left = deque(told)

    async def again() -> Message:
        return left.popleft() if left else await receive()

    return again


async def _keep(state: AppState, header: str | None, body: bytes) -> Response:
    assert header is not None
    status, headers = _ANSWERS[await state.webhooks.take(header, body)]
    return Response(status_code=status, headers=headers)


_ANSWERS: dict[Taken, tuple[int, dict[str, str]]] = {
    Taken.KEPT: (200, {}),
    Taken.UNSIGNED: (401, {}),
    Taken.FULL: (503, {"Retry-After": "2"}),
    Taken.AWAY: (503, {"Retry-After": "1"}),
}


_ROUTE = next(route for route in router.routes if "POST" in getattr(route, "methods", ()))
"""The route's name in the log line of a delivery."""
