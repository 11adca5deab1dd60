"""Idempotency-Key: a repeated write is answered with the stored answer of the first one."""

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from typing_extensions import override

from api.csrf import FORMS, SAFE_METHODS
from api.deps import SessionDep
from api.security import Principal, current, permissions_of
from domain.errors import Invalid
from domain.idempotency import Answer
from services import idempotency

HEADER = "idempotency-key"
MAX_KEY = 255

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Repeated(Exception):
    """This request was already answered."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("repeated")
        self.answer = answer


async def claim(
    request: Request, session: SessionDep, principal: Annotated[Principal, Depends(current)]
) -> None:
    """Lock the key of this write for its transaction, or raise Repeated or Conflict."""
    key = request.headers.get(HEADER)
    if key is None or request.method in SAFE_METHODS:
        return
    for permission in permissions_of(request.scope["route"]):
        principal.require(permission)
    _check(request, key)
    await idempotency.hold(session, principal.user_id, key)
    digest = await _digest(request)
    known = await idempotency.find(session, principal.user_id, key, digest)
    if known is not None:
        raise Repeated(known)
    request.state.idempotency = (session, principal.user_id, key, digest)


def _check(request: Request, key: str) -> None:
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise Invalid("idempotency_key_invalid", max_key=MAX_KEY)
    if request.headers.get("content-type", "").startswith(FORMS):
        raise Invalid("idempotency_unsupported")


async def _digest(request: Request) -> bytes:
    head = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return sha256(head + await request.body()).digest()


class IdempotentRoute(APIRoute):
    """A route that honours Idempotency-Key on writes: ``APIRouter(route_class=IdempotentRoute)``.

    The answer is stored in the transaction that did the work, so both exist or neither.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = options.get("methods") or {"GET"}
        if not SAFE_METHODS.issuperset(methods):
            options["dependencies"] = [*(options.get("dependencies") or []), Depends(claim)]
        super().__init__(path, endpoint, **options)

    @override
    def get_route_handler(self) -> Handler:
        """The handler, wrapped."""
        handler = super().get_route_handler()

        async def remember(request: Request) -> Response:
            try:
                response = await handler(request)
            except Repeated as repeated:
                return _replay(repeated.answer)
            await _keep(request, response)
            return response

        return remember


async def _keep(request: Request, response: Response) -> None:
    held = getattr(request.state, "idempotency", None)
    if held is None or response.status_code >= 400:
        return
    session, user_id, key, digest = held
    body = orjson.loads(response.body) if response.body else None
    answer = Answer(digest, response.status_code, body)
    await idempotency.keep(session, user_id, key, answer)


def _replay(answer: Answer) -> Response:
    content = b"" if answer.body is None else orjson.dumps(answer.body)
    return Response(
        content,
        status_code=answer.status,
        media_type="application/json" if content else None,
        headers={"Idempotency-Replayed": "true"},
    )
