"""The state of one API process: created by ``create_app``, read by routes through ``StateDep``."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from starlette.requests import HTTPConnection

from api.limits import RateLimiter, Together
from api.live import Hub
from api.wording.speech import ENGLISH, Speech
from services.conditions import Condition
from services.receiving.door import WebhookDoor
from services.vault import Vault
from services.vitals import Health
from settings import Settings
from workflows.client import Workflows

EXPORTS = 4
"""How many downloads read the database at the same time; the others wait."""

HOOKS = 4
"""How many calls of webhook triggers do, which take turns there; the others wait outside and leave pages their room."""


@dataclass(slots=True)
class AppState:
    """The parts of a running process, on ``app.state.whatsway``."""

    settings: Settings
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    reads: async_sessionmaker[AsyncSession]
    """Read-only sessions."""
    probe: async_sessionmaker[AsyncSession]
    """On a connection outside the pool, so that health checks work when the pool is exhausted."""
    vault: Vault
    workflows: Workflows
    hub: Hub
    data_dir: Path
    session_secret: bytes
    webhooks: WebhookDoor
    limiter: RateLimiter = field(default_factory=RateLimiter)
    condition: Condition | None = None
    """Current problems of the installation, shown on every page."""
    health: Health = field(default_factory=lambda: Health("api"))
    """What this process reports about itself."""
    exports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EXPORTS))
    """Held by a download while it reads the database."""
    hooks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HOOKS))
    """Held by a call of a webhook trigger while it is at the database."""
    readiness: Together = field(default_factory=Together)
    """The check behind /ready."""
    names: dict[UUID, str] = field(default_factory=dict)
    """Names of colleagues by id, for live presence."""
    on_signed_in: list[Callable[[HTTPConnection, Any], None]] = field(default_factory=list)
    """Called with (request, principal) once a request is authenticated, so that pages can build their context."""
    speech_in: Callable[[str, str], Speech] = lambda _locale, _timezone: ENGLISH
    """The wording in a language with a time zone; pages provide their catalogues."""


def state_of(connection: HTTPConnection) -> AppState:
    """The state behind a request or a socket."""
    state = connection.app.state.whatsway
    assert isinstance(state, AppState)
    return state
