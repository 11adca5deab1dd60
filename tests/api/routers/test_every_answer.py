"""Every GET route: private responses are not cached, redirects stay here, downloads of people's data need the right."""

import re
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.limits import RateLimiter
from api.security import guard_of
from api.state import AppState
from domain.permissions import Permission, Role
from tests.api.openapi.test_fuzz import furnish
from tests.conftest import LoginAs

OPEN = {"/health", "/docs/{name}", "/openapi.json", "/docs"}
"""The same for everybody: may be cached by anyone."""

OF_NOBODY = {"/settings/audit.csv", "/contacts/import/example.csv", "/contacts/import/sample.csv"}
"""Files of invented people, and the log of what the team did, which has a right of its own."""


@pytest.mark.fault("C5")
@pytest.mark.fault("C6")
async def test_every_answer_is_private_stays_here_and_gives_people_away_by_right_only(
    app: FastAPI, state: AppState, session: AsyncSession, login_as: LoginAs
) -> None:
    state.limiter = RateLimiter(1e6, 1_000_000)
    admin, agent = await login_as(), await login_as(Role.AGENT)
    known = await furnish(admin, session, state)
    stored, left, given = [], [], []
    for route in iter_route_contexts(app.routes):
        pattern = route.path or ""
        if "GET" not in (route.methods or ()) or pattern == "/static":
            continue
        path = re.sub(
            r"\{([a-z_]+)[^}]*\}", lambda found: known.get(found[1], str(uuid4())), pattern
        )
        before = await session.scalar(text("SELECT count(*) FROM journal"))
        answer = await admin.get(path, headers={"Host": "evil.example"})
        if pattern not in OPEN and "no-store" not in answer.headers.get("cache-control", ""):
            stored.append(f"{pattern}: {answer.status_code} {answer.headers.get('cache-control')}")
        where = answer.headers.get("location", "/")
        if not where.startswith("/") or where.startswith(("//", "/\\")):
            left.append(f"{pattern}: {where}")
        if "csv" in answer.headers.get("content-type", "") and pattern not in OF_NOBODY:
            noted = await session.scalar(text("SELECT count(*) FROM journal"))
            refused = await agent.get(path)
            if (guard_of(route), noted, refused.status_code) != (
                Permission.CONTACTS_EXPORT, (before or 0) + 1, 403,
            ):  # fmt: skip
                given.append(f"{pattern}: {guard_of(route)} {noted} {refused.status_code}")
    assert (stored, left, given) == ([], [], [])
