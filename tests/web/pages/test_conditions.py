"""A full disk is reported on every page; deliveries are rejected until there is room again."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import conditions
from api.state import AppState
from services.conditions import Condition, Room, room, worst
from store import installation
from store.engine import libpq_url
from tests.conftest import LoginAs, TokenFor

pytestmark = pytest.mark.fault("D2")


@asynccontextmanager
async def _full(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """PostgreSQL reports that it is out of space, as on a full disk."""

    async def touch(session: AsyncSession) -> None:
        await (await session.connection()).exec_driver_sql(
            "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )

    with monkeypatch.context() as patched:
        patched.setattr(installation, "touch", touch)
        yield


def _of(state: AppState) -> Condition | None:
    return state.condition


async def test_a_full_database_is_said_on_every_page_until_there_is_room(
    login_as: LoginAs, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await login_as()
    monkeypatch.setattr("services.conditions.of_disk", lambda _: None)
    async with _full(monkeypatch):
        await conditions.look(state)
    assert _of(state) is Condition.DATABASE_FULL
    for page in ("/", "/campaigns", "/contacts", "/inbox"):
        shown: httpx.Response = await client.get(page, follow_redirects=True)
        assert "disk is full: nothing is sent or received" in shown.text, page
    await conditions.look(state)
    assert _of(state) is None
    assert "disk is full" not in (await client.get("/campaigns")).text


NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON %s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION no_room()', name);
    END LOOP;
END $$;
"""


@pytest.fixture
def fill(database_url: str) -> Iterator[Callable[[], None]]:
    """Let PostgreSQL take nothing more, as on a disk without a byte left."""
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        yield lambda: (connection.execute(NO_ROOM), None)[1]
        connection.execute("DROP FUNCTION IF EXISTS no_room CASCADE")


async def test_whoever_is_signed_in_reads_on_and_is_told(
    login_as: LoginAs, token_for: TokenFor, client: httpx.AsyncClient, state: AppState,
    app: FastAPI, session: AsyncSession, fill: Callable[[], None],
) -> None:  # fmt: skip
    person = await login_as()
    bearer = {"Authorization": f"Bearer {await token_for()}"}
    long_ago = "now() - interval '5 minutes'"
    await session.execute(text(f"UPDATE sessions SET last_seen_at = {long_ago}"))
    await session.execute(text(f"UPDATE api_tokens SET last_used_at = {long_ago}"))
    await session.commit()
    fill()
    await conditions.look(state)
    assert state.condition is Condition.DATABASE_FULL
    failed = []
    for route in iter_route_contexts(app.routes):
        path = str(route.path)
        if "GET" not in (getattr(route, "methods", None) or ()) or "{" in path:
            continue
        if "export" in path or path.endswith(".csv"):  # goes into the audit log, or nowhere
            continue
        program = path.startswith("/api/")
        asked = client.get(path, headers=bearer) if program else person.get(path)
        if (await asked).status_code >= 500:
            failed.append(path)
    assert failed == []
    for page in ("/", "/campaigns", "/contacts", "/inbox"):
        shown = await person.get(page, follow_redirects=True)
        assert "disk is full: nothing is sent or received" in shown.text, page
    refused = await person.post("/api/groups", json={"name": "New"})
    assert (refused.status_code, refused.json()["code"]) == (503, "disk_full")


async def test_a_disk_that_fills_up_is_said_before_it_is_full(
    login_as: LoginAs, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await login_as()
    monkeypatch.setattr("services.conditions.of_disk", lambda _: Condition.DISK_LOW)
    await conditions.look(state)
    assert "nearly full" in (await client.get("/campaigns")).text


@pytest.mark.parametrize(
    ("free", "total", "low", "full"),
    [
        (50, 100, False, False),
        (9, 100, True, False),
        (11, 100, False, False),
        (0.9, 5, True, False),
        (0.001, 100, True, True),
    ],
)
def test_what_counts_as_low(free: float, total: float, low: bool, full: bool) -> None:
    gigabyte = 1024**3
    room = Room(int(free * gigabyte), int(total * gigabyte))
    assert (room.is_low, room.is_full) == (low, full)


def test_the_worst_is_told() -> None:
    assert worst([Condition.DISK_LOW, Condition.DATABASE_FULL]) is Condition.DATABASE_FULL
    assert worst([]) is None


def test_the_state_we_look_for_is_postgresqls() -> None:
    assert psycopg.errors.DiskFull.sqlstate == "53100"


async def test_a_data_folder_that_cannot_be_looked_at_ends_no_watch(
    state: AppState, tmp_path: Path
) -> None:
    state.data_dir = tmp_path / ("x" * 300)  # the system refuses, as for a share that went away
    with pytest.raises(OSError, match="name too long"):
        state.data_dir.stat()
    assert room(state.data_dir).total == room(tmp_path).total
    await conditions.look(state)
