"""/health: this process is alive; /ready: it can do its work."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import AsyncAdaptedQueuePool

from api.deps import StateDep
from api.security import requires
from api.state import AppState
from api.wording import say
from domain.permissions import Permission
from domain.sentences import Sentence
from domain.system import API, DATABASE, Tone
from domain.webhooks import Standing
from services import system
from services.receiving import log

router = APIRouter(tags=["health"], dependencies=[requires(Permission.PUBLIC)])

TEMPORAL_PATIENCE_S = 2.0
UNAVAILABLE = "unavailable"


@router.get("/health")
async def health() -> dict[str, str]:
    """Alive: answers without touching anything else."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(state: StateDep, response: Response) -> dict[str, Any]:
    """Ready when the database answers and its schema is current; "degraded" if something else is wrong."""
    found = await state.readiness.ask(lambda: _look(state))
    if found["status"] == UNAVAILABLE:
        response.status_code = 503
    return found


async def _look(state: AppState) -> dict[str, Any]:
    checks = await _database(state)
    checks["connections"] = _connections(state)
    checks["temporal"] = "ok" if await _temporal(state) else "unreachable"
    failed = [name for name in ("database", "migrations") if checks[name] != "ok"]
    if failed:
        look = state.health.looks.get(DATABASE)
        since = look.since.isoformat() if look is not None and not look.ok else None
        return {"status": UNAVAILABLE, "checks": checks, "since": since}
    degraded = any(value != "ok" for value in checks.values())
    receiving = await _receiving(state)
    return {
        "status": "degraded" if degraded else "ok",
        "checks": checks,
        "receiving": receiving,
        "system": await _system(state),
    }


def _connections(state: AppState) -> str:
    """Whether a request can still get a connection without waiting."""
    pool = state.engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    return "exhausted" if pool.checkedout() >= 2 * pool.size() else "ok"


async def _database(state: AppState) -> dict[str, str]:
    """Checked on a separate connection: an exhausted pool does not mean the database is down."""
    try:
        async with state.probe() as session:
            migrations = await system.migrations(session)
    except (SQLAlchemyError, PoolTimeout, OSError):
        return {"database": "unreachable", "migrations": "unknown"}
    return {"database": "ok", "migrations": migrations}


async def _receiving(state: AppState) -> dict[str, Any]:
    """Waiting deliveries and what was set aside: for monitoring, without affecting readiness."""
    try:
        async with state.probe() as session:
            found = await log.standing(session)
    except (SQLAlchemyError, PoolTimeout, OSError):
        return {}
    return {
        "waiting": found.waiting,
        "oldest_waiting_s": found.age_s,
        "dead_letters": found.dead,
        "set_aside": found.aside,
        "reasons": found.reasons,
        "detail": say(_said(found)),
    }


async def _system(state: AppState) -> dict[str, str]:
    """Each kind of part with its worst state; no names, as anybody may ask."""
    try:
        async with state.probe() as session:
            found = await system.examine(session, state.data_dir)
    except (SQLAlchemyError, PoolTimeout, OSError):
        return {}
    worst: dict[str, str] = {}
    for tone in reversed(Tone):
        for sign in found:
            if sign.tone is tone and sign.key != API:  # that is this process
                worst[sign.key.partition(":")[0]] = _READY[tone]
    return worst


_READY = {Tone.OK: "ok", Tone.WARN: "warning", Tone.DOWN: "failing"}


def _said(found: Standing) -> Sentence:
    """What a person should do about it."""
    if found.age_s > log.PATIENCE_S:
        return Sentence("ready_waiting", count=found.waiting, age=found.age_s)
    if found.put_aside:
        return Sentence("ready_aside", count=found.put_aside)
    return Sentence("ready")


async def _temporal(state: AppState) -> bool:
    try:
        return await asyncio.wait_for(state.workflows.reachable(), TEMPORAL_PATIENCE_S)
    except TimeoutError:
        return False
