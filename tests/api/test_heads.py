"""HEAD answers what GET answers, without the body, on every page and route."""

import re
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.limits import RateLimiter
from api.state import AppState
from store.tables.metadata import metadata
from tests.api.openapi.test_fuzz import furnish
from tests.api.reception.test_waiting import head, many_contacts
from tests.conftest import LoginAs
from tests.wires import Wire, answer

SAME = ("content-type", "location", "allow", "cache-control", "content-disposition")


_OWN = {"sessions", "rate_slots", "login_throttles", "processes", "installation"}
"""Last use and rates are recorded whatever the method, and processes send heartbeats."""


async def _content(session: AsyncSession) -> list[int]:
    """A number per table that another content would change."""
    each = (
        f"(SELECT coalesce(sum(hashtext(t::text)), 0) FROM {name} t)"
        for name in metadata.tables
        if name not in _OWN
    )
    return list((await session.execute(text(f"SELECT {', '.join(each)}"))).one())


@pytest.mark.sweep
@pytest.mark.fault("C8")
@pytest.mark.fault("C5")
async def test_head_is_get_without_its_body(
    app: FastAPI,
    state: AppState,
    session: AsyncSession,
    login_as: LoginAs,
    client: httpx.AsyncClient,
) -> None:
    state.limiter = RateLimiter(1e6, 1_000_000)
    admin = await login_as()
    known = await furnish(admin, session, state)
    wrong, asked = [], 0
    for route in iter_route_contexts(app.routes):
        if "GET" not in (route.methods or ()):
            continue
        path = re.sub(
            r"\{([a-z_]+)[^}]*\}", lambda name: known.get(name[1], str(uuid4())), route.path or ""
        )
        for asker in (admin, client):
            asked += 1
            whole, before = await asker.get(path), await _content(session)
            top = await asker.head(path)
            if await _content(session) != before:
                wrong.append(f"{path}: HEAD wrote something")
            if (
                top.content
                or top.status_code != whole.status_code
                or any(top.headers.get(name) != whole.headers.get(name) for name in SAME)
            ):
                wrong.append(f"{path}: {whole.status_code} {top.status_code} {len(top.content)}")
    assert not wrong, "\n".join(wrong)
    assert asked > 150


@pytest.mark.fault("C8")
async def test_a_connection_goes_on_after_head(
    state: AppState, login_as: LoginAs, wire: Wire
) -> None:
    person = await login_as()
    await many_contacts(state, 2_000)
    reader, writer = await wire.open(head(person, "HEAD /api/contacts/export"))
    writer.write(head(person, "GET /health", Connection="close").replace("\n", "\r\n").encode())
    status, rest = await answer(reader)
    top, _, second = rest.partition("\r\n\r\n")
    assert "200" in status
    assert "text/csv" in top
    assert second.startswith("HTTP/1.1 200")
    assert second.endswith('{"status":"ok"}')
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM contacts")) == 2_000
