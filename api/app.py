"""Composes the JSON API: state, middlewares, errors, routers; the pages are added by ``web.app``."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api import conditions, errors, security, vitals, webhook
from api.clock import now
from api.headers import Headers
from api.leavers import Leavers
from api.live import Hub
from api.reception import Reception
from api.routers import ROUTERS
from api.routing import DEFAULT_MAX_BYTES
from api.state import AppState
from domain.live import Event
from services.automations import checking, guards, zones
from services.channels import account, bootstrap
from services.receiving.door import WebhookDoor
from services.vault import MissingSetting, Vault, session_secret
from settings import Settings
from store.engine import (
    create_engine,
    create_probe_engine,
    create_read_sessions,
    create_sessions,
    create_statement_sessions,
)
from store.listen import notifications
from workflows.client import Workflows

DESCRIPTION = """\
Send **Authorization: Bearer ww_…** with every request; make a token under Settings → API tokens.
Errors are problem+json with a stable `code`. Writes take an `Idempotency-Key` where noted.
"""


def create_state(settings: Settings) -> AppState:
    """The process state; raises MissingSetting naming a missing variable."""
    if not settings.database_url:
        raise MissingSetting("database_url")
    zones.use(settings.time_zone)
    guards.use(settings.automation_starts_per_minute, settings.automation_messages_per_hour)
    checking.use(local_calls=settings.automation_allow_local)
    engine = create_engine(settings.database_url, settings.database_pool_size)
    sessions, vault = create_sessions(engine), Vault.from_settings(settings)
    state = AppState(
        settings=settings,
        engine=engine,
        sessions=sessions,
        reads=create_read_sessions(engine),
        probe=create_sessions(create_probe_engine(settings.database_url)),
        vault=vault,
        webhooks=WebhookDoor(sessions, vault, create_statement_sessions(engine)),
        workflows=Workflows.from_settings(settings),
        hub=Hub(partial(notifications, settings.database_url)),
        data_dir=settings.data_dir,
        session_secret=session_secret(settings),
    )
    state.hub.listen(Event.CHANNEL_UPDATE, state.webhooks.forget_secrets)
    return state


def create_app(settings: Settings, pages: errors.Pages = errors.AS_JSON) -> FastAPI:
    """The JSON API, webhook intake and WebSocket; ``pages`` renders errors for people.

    Call ``check_permissions`` after adding the last router.
    """
    state = create_state(settings)
    app = FastAPI(
        title="WhatsWay",
        version="1",
        description=DESCRIPTION,
        docs_url=None,  # api.docs serves both, from our own files
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
    )
    app.state.whatsway = state
    errors.install(app, pages)
    # The last one added is the outermost.
    app.add_middleware(Leavers)
    app.add_middleware(Reception, routes=app.routes, pages=pages)
    app.add_middleware(errors.Faults, pages=pages)
    app.add_middleware(Headers, settings=settings)
    app.add_middleware(webhook.Doorway, settings=settings)
    for router in ROUTERS:
        include(app, router)
    return app


def include(app: FastAPI, router: APIRouter) -> None:
    """Add a router whose routes accept bodies of at most 1 MB unless they declare more."""
    app.include_router(router, max_body_size=router.max_body_size or DEFAULT_MAX_BYTES)


def check_permissions(app: FastAPI) -> None:
    """Deny by default: refuse to start when a route does not declare exactly one permission."""
    wrong = security.undeclared(app.routes)
    if wrong:
        raise RuntimeError("Routes without exactly one permission: " + ", ".join(wrong))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: AppState = app.state.whatsway
    await state.hub.start()
    try:
        async with _first_channel(state), conditions.watched(state):
            yield
    finally:
        with contextlib.suppress(DBAPIError, PoolTimeout, OSError):
            await state.health.end(state.sessions)
        await state.webhooks.rejections.stop()
        await state.hub.stop()
        await state.engine.dispose()
        await state.probe.kw["bind"].dispose()


@asynccontextmanager
async def _first_channel(state: AppState) -> AsyncIterator[None]:
    """Create the channel in the WHATSAPP_* settings in the background; another process may be faster.

    Meta calls back during the check, so it must not delay the server's start.
    """
    task = asyncio.create_task(_connect_first_channel(state))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _connect_first_channel(state: AppState) -> None:
    async with account.client(state.settings) as api:
        await bootstrap.connect(
            state.sessions, state.vault, state.settings, api, clock=now,
            tell=lambda said: vitals.first_channel(state, said),
        )  # fmt: skip
