"""The simulator as an ASGI application, and the command that serves it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from simulator.admin import calls, controls, customers, files, live
from simulator.admin.answers import json_answer, on_error
from simulator.carrier import HttpCarrier, TransportCarrier
from simulator.config import SimulatorConfig
from simulator.engine import Engine, engine_of
from simulator.fast_path import FastPath
from simulator.graph.dispatch import dispatch
from simulator.names import Lookup
from simulator.wire import Wire

_HERE = Path(__file__).parent
_PAGES = Environment(loader=FileSystemLoader(_HERE / "pages"), autoescape=True)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob: http: https:; media-src 'self' http: https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Simulator(Starlette):
    """Sends take the fast path; everything else is routed as usual."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(
            routes=_routes(),
            lifespan=_lifespan,
            exception_handlers={HTTPException: on_error},
        )
        self.state.engine = engine
        self.fast_path = FastPath(engine)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and await self.fast_path(scope, receive, send):
            return
        await super().__call__(scope, receive, send)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    engine: Engine = app.state.engine
    await engine.start()
    try:
        yield
    finally:
        await engine.stop()


def create_app(
    config: SimulatorConfig,
    transport: httpx.AsyncBaseTransport | None = None,
    lookup: Lookup | None = None,
) -> Simulator:
    """The application; `transport` carries its webhooks if they must not leave the process.

    `lookup` knows the names of the business's contacts.
    """
    carrier = HttpCarrier() if transport is None else TransportCarrier(transport)
    return Simulator(Engine(config, carrier, lookup))


async def _phone(request: Request) -> Response:
    engine = engine_of(request)
    html = _PAGES.get_template("phone.html").render(
        business=engine.world.config.waba_name,
        initial=request.path_params.get("number", ""),
    )
    headers = {"content-security-policy": _POLICY, "cache-control": "no-store"}
    return Response(html, headers=headers, media_type="text/html; charset=utf-8")


async def _home(_: Request) -> Response:
    return RedirectResponse("/phone")


async def _health(request: Request) -> Response:
    return json_answer({"status": "ok", "calls": len(engine_of(request).world.ledger)})


class _SameOrigin:
    """Guards the development surface, which has no token: no foreign origin may write to it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses writes that a page of another site started."""
        if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS:
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin and origin.partition("://")[2] != headers.get("host"):
                refusal = json_answer({"error": "Another site may not drive the simulator."}, 403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _development_routes() -> list[BaseRoute]:
    person = "/customers/{phone}"
    return [
        Route("/calls", calls.list_calls),
        Route("/accepted", calls.list_accepted),
        Route("/inbound", calls.list_inbound),
        Route("/stats", calls.get_stats),
        Route("/reset", calls.reset, methods=["POST"]),
        Route("/knobs", controls.get_knobs, methods=["GET"]),
        Route("/knobs", controls.change_knobs, methods=["PATCH"]),
        Route("/verify", controls.verify, methods=["POST"]),
        Route("/ping_webhook", controls.ping_webhook, methods=["POST"]),
        Route("/webhooks", controls.tell, methods=["POST"]),
        Route("/account", controls.get_account, methods=["GET"]),
        Route("/account", controls.change_account, methods=["PATCH"]),
        Route("/health", _health),
        Route("/events", live.events),
        Route("/templates/{template}/status", controls.change_template_state, methods=["POST"]),
        Route("/customers", customers.list_customers),
        Route(person, customers.save_customer, methods=["PUT"]),
        Route(f"{person}/thread", customers.get_thread),
        Route(f"{person}/messages", customers.write_message, methods=["POST"]),
        Route(f"{person}/read", customers.read_messages, methods=["POST"]),
        Route(f"{person}/marketing", customers.set_marketing, methods=["POST"]),
        Route("/media", files.upload, methods=["POST"]),
        Route("/media/{media}", files.get_media),
        Route("/sample/spring.png", files.sample),
        Mount("/static", StaticFiles(directory=files.STATIC)),
    ]


def _routes() -> list[BaseRoute]:
    return [
        Route("/", _home),
        Route("/phone", _phone),
        Route("/phone/{number}", _phone),
        Mount("/_sim", routes=_development_routes(), middleware=[Middleware(_SameOrigin)]),
        Route("/{rest:path}", dispatch, methods=["GET", "POST", "DELETE", "PUT", "PATCH"]),
    ]


def run(config: SimulatorConfig, host: str, port: int, lookup: Lookup | None = None) -> None:
    """Serves the simulator until told to stop."""
    gc.set_threshold(50_000, 20, 100)  # the call log grows steadily and never becomes garbage
    uvicorn.run(
        create_app(config, lookup=lookup),
        host=host,
        port=port,
        loop="uvloop",
        http=Wire,
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        backlog=4_096,
    )
