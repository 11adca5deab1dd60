"""Read-only pages and lists use a session in which PostgreSQL refuses to write."""

import inspect
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.deps import get_session
from api.state import AppState
from store.faults import sqlstate

ON_RECORD = "a download of personal data is recorded before it starts"

WRITING = {
    "/api/campaigns/{campaign_id}/file/errors": ON_RECORD,
    "/api/campaigns/{campaign_id}/recipients": ON_RECORD,
    "/api/contacts/export": ON_RECORD,
    "/api/contacts/import/{import_id}/errors": ON_RECORD,
    "/campaigns/{campaign_id}/file/errors.csv": ON_RECORD,
    "/campaigns/{campaign_id}/recipients.csv": ON_RECORD,
    "/campaigns/{campaign_id}/schedule": "ticks off the step that was opened",
    "/contacts/export.csv": ON_RECORD,
    "/contacts/import/{import_id}/errors.csv": ON_RECORD,
    "/pictures": "stores a picture it had to fetch, in a transaction of its own",
    "/settings/audit.csv": ON_RECORD,
}
"""GET routes that write, each with its reason."""


def calls(dependant: Dependant) -> Iterator[object]:
    """Every dependency of a route, those of its dependencies too."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from calls(dependency)


def may_write(route: RouteContext) -> bool:
    """Whether a route has a session that can write, from a dependency or from the process."""
    dependant = getattr(route, "dependant", None)
    if not isinstance(dependant, Dependant):
        return False
    source = inspect.getsource(route.endpoint) if route.endpoint else ""
    return get_session in calls(dependant) or "state.sessions" in source


def test_only_reviewed_routes_write_when_they_are_asked_with_get(app: FastAPI) -> None:
    writing = {
        route.path
        for route in iter_route_contexts(app.routes)
        if "GET" in (route.methods or ()) and may_write(route)
    }
    assert writing == WRITING.keys()


async def test_a_session_that_reads_cannot_write(state: AppState) -> None:
    async with state.reads() as session:
        assert await session.scalar(text("SELECT count(*) FROM users")) == 0
        with pytest.raises(DBAPIError) as refused:
            await session.execute(text("UPDATE users SET name = name"))
    assert sqlstate(refused.value) == "25006"


async def test_a_connection_that_read_can_write_afterwards(state: AppState) -> None:
    """Both kinds take theirs from one pool."""
    pids = set()
    for sessions in (state.reads, state.sessions, state.reads):
        async with sessions() as session:
            pids.add(await session.scalar(text("SELECT pg_backend_pid()")))
            allowed = await session.scalar(text("SHOW transaction_read_only"))
            assert allowed == ("off" if sessions is state.sessions else "on")
    assert len(pids) == 1
