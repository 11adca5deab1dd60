"""The simulator on a real port, and activities' dependencies on a separate database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from activities.dependencies import Dependencies
from services.vault import Vault, new_key
from simulator.app import create_app
from simulator.config import NumberConfig, SimulatorConfig, Throughput
from store.engine import create_autocommit_engine, create_engine, create_sessions
from tests.serving import serving, url_of
from whatsapp.client import CloudApi


@dataclass(frozen=True, slots=True)
class Phone:
    """The simulator as a test sees it."""

    url: str
    http: httpx.AsyncClient

    async def knobs(self, **changes: Any) -> None:
        """Make it slow, wrong or rude."""
        (await self.http.patch(f"{self.url}/_sim/knobs", json=changes)).raise_for_status()

    async def accepted(self) -> list[str]:
        """Recipients of accepted messages, one entry per message."""
        answer = await self.http.get(f"{self.url}/_sim/calls", params={"limit": 10_000})
        calls: list[dict[str, Any]] = answer.json()["calls"]
        return [call["to"] for call in calls if call["outcome"] == "accepted"]


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    """A fast simulator without personas or webhooks."""
    knobs = {"personas": False, "statuses": False, "pair_limit": False}
    config = SimulatorConfig(
        numbers=(NumberConfig(throughput=Throughput.HIGH),), latency_ms=5, knobs=knobs
    )
    async with serving(create_app(config)) as server, httpx.AsyncClient() as http:
        yield Phone(url_of(server), http)


@pytest.fixture
async def needs(database_url: str, tmp_path: Path) -> AsyncIterator[Dependencies]:
    """Dependencies as the worker makes them."""
    engine, autocommit = create_engine(database_url), create_autocommit_engine(database_url)
    async with CloudApi() as api:
        made = Dependencies(
            create_sessions(engine), create_sessions(autocommit), database_url, Vault([new_key()]),
            api, tmp_path,
        )  # fmt: skip
        yield made
        await made.background.end()
    await engine.dispose()
    await autocommit.dispose()


@pytest.fixture
def sessions(needs: Dependencies) -> async_sessionmaker[AsyncSession]:
    """Sessions on the same database."""
    return needs.sessions
