"""One running demo, one Chromium and one API client for every journey of this folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.browser import Visitor, chromium
from tests.e2e.stage import Stage
from tests.e2e.stories import import_people, sign_in_program


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
    """The administrator in a browser; no page may complain."""
    someone.complaints.clear()
    yield someone
    await someone.close_all()
    assert someone.complaints == [], someone.complaints


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def anonymous(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client without any rights."""
    async with httpx.AsyncClient(base_url=stage.stack.urls.app, timeout=30) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def program(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a token of the administrator."""
    async with httpx.AsyncClient(base_url=stage.stack.urls.app, timeout=30) as client:
        await sign_in_program(client, stage.email, stage.password)
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def simulator(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """The simulator's own API: its log proves what was really sent."""
    async with httpx.AsyncClient(base_url=stage.stack.simulator_url, timeout=30) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def people(program: httpx.AsyncClient) -> str:
    """The id of the group with the sample's people; imports them when the journey has not yet."""
    return await import_people(program)
