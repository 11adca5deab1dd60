"""One running demo, one Chromium and one API client for every journey of this folder."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from services import samples
from tests.e2e.browser import Visitor, chromium
from tests.e2e.stage import Stage
from tests.e2e.stories import group_id, until


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The demo, seeded; started once and shared, so tests name what they make."""
    with Stage(Path(tmp_path_factory.mktemp("demo"))) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def someone(stage: Stage, browser: Browser) -> Visitor:
    """The demo's administrator, signed in once."""
    return Visitor(browser, stage.stack.urls.app, stage.email, stage.password)


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(someone: Visitor) -> AsyncIterator[Visitor]:
    """The administrator in front of a browser; no page may complain."""
    someone.complaints.clear()
    yield someone
    await someone.close_all()
    assert someone.complaints == [], someone.complaints


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def anonymous(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client without any right."""
    async with httpx.AsyncClient(base_url=stage.stack.urls.app, timeout=30) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def program(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a token of the administrator, made the way a person makes one."""
    async with httpx.AsyncClient(base_url=stage.stack.urls.app, timeout=30) as client:
        login = {"email": stage.email, "password": stage.password}
        signed_in = (await client.post("/api/auth/login", json=login)).raise_for_status()
        headers = {"X-CSRF-Token": signed_in.json()["csrf_token"]}
        me = (await client.get("/api/auth/me")).json()
        wanted = {"name": "journey", "scopes": grantable(me["permissions"])}
        made = await client.post("/api/tokens", json=wanted, headers=headers)
        secret = made.raise_for_status().json()["token"]
    async with httpx.AsyncClient(
        base_url=stage.stack.urls.app, timeout=30, headers={"Authorization": f"Bearer {secret}"}
    ) as client:
        yield client


def grantable(permissions: list[str]) -> list[str]:
    """Permissions that a token may carry: those written as noun:verb."""
    return [name for name in permissions if ":" in name]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def simulator(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """The simulator's own surface: its log is the witness of what was really sent."""
    async with httpx.AsyncClient(base_url=stage.stack.simulator_url, timeout=30) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def people(program: httpx.AsyncClient) -> str:
    """The id of the group with the sample's people; imports them when the journey has not yet."""
    group = await group_id(program, "Spring sale")
    if group is None:
        sent = await program.post(
            "/api/contacts/import",
            files={"file": ("people.csv", "".join(samples.contacts_csv(5_000)).encode())},
            data={"options": json.dumps({"new_group": "Spring sale"})},
        )
        url = f"/api/contacts/import/{sent.raise_for_status().json()['id']}"

        async def stored() -> bool:
            return bool((await program.get(url)).json()["status"] == "completed")

        await until(stored, 40)
        group = await group_id(program, "Spring sale")
    assert group is not None
    return group
