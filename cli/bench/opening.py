"""Sets up a scene: starts a throwaway stack, connects a number, creates people; removes it all at the end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cli.addresses import Parts
from cli.bench.scene import Scene
from cli.stack import Stack
from services import demo
from services.vault import Vault
from simulator.config import NumberConfig, SimulatorConfig, Throughput
from store import generated, groups
from store.engine import Use, create_engine, create_sessions
from whatsapp.client import CloudApi
from workflows.client import Workflows

GROUP = "Everybody"
PASSWORD = "bench-only-password"  # noqa: S105 - the stack is thrown away

QUIET = {
    "personas": False,
    "pair_limit": False,
    "management_limit": False,
    "us_marketing_blocked": False,
}
"""Knobs for a fast, faithful simulator without personas."""


@asynccontextmanager
async def open_scene(
    recipients: int,
    *,
    latency_ms: float,
    knobs: dict[str, Any] | None = None,
    folder: Path | None = None,
    journal: bool = False,
    workers: int = 1,
    log_path: Path | None = None,
    detour: Callable[[str], Awaitable[str]] | None = None,
) -> AsyncIterator[Scene]:
    """Start a throwaway stack with everything a campaign needs; remove it at the end.

    With a ``journal`` or ``log_path`` the simulator's call log outlives the simulator; a ``detour`` is where the
    product, but not its observer, reaches the database.
    """
    number = NumberConfig(throughput=Throughput.HIGH)
    all_knobs = QUIET | {"latency_ms": latency_ms} | (knobs or {})
    with _folder(folder) as data:
        log_path = data / "simulator.journal" if journal else log_path
        config = SimulatorConfig(
            numbers=(number,), latency_ms=latency_ms, knobs=all_knobs, log_path=log_path
        )
        stack = Stack(
            data, parts=Parts(simulator=True, workers=workers), ports="random", mode="demo",
            simulator_config=config.model_dump(mode="json", exclude={"webhook_url", "public_url"}),
        )  # fmt: skip
        stack.detour = detour
        async with stack, _hands(stack) as scene_parts:
            yield await _furnish(stack, scene_parts, config, recipients)


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with TemporaryDirectory(prefix="whatsway-bench-") as name:
        yield Path(name)


@asynccontextmanager
async def _hands(
    stack: Stack,
) -> AsyncIterator[tuple[async_sessionmaker[AsyncSession], Workflows, httpx.AsyncClient]]:
    assert stack.postgres is not None
    engine = create_engine(stack.postgres.url, 3, Use.COMMAND)
    async with httpx.AsyncClient(timeout=60) as http:
        yield create_sessions(engine), Workflows.from_settings(stack.settings), http
    await engine.dispose()


async def _furnish(
    stack: Stack,
    parts: tuple[async_sessionmaker[AsyncSession], Workflows, httpx.AsyncClient],
    config: SimulatorConfig,
    recipients: int,
) -> Scene:
    sessions, workflows, http = parts
    vault = Vault.from_settings(stack.settings)
    number = demo.DemoNumber(
        config.numbers[0].id, config.waba_id, config.access_tokens[0], config.app_secret,
        config.verify_token,
    )  # fmt: skip
    async with sessions.begin() as session:
        channel_id = await demo.seed(
            session, vault, simulator_url=stack.simulator_url, number=number,
            admin_password=PASSWORD,
        )  # fmt: skip
        group = await groups.ensure(session, GROUP)
        await generated.contacts(session, group.id, recipients)
    async with CloudApi(public_only=False) as api:  # this stack's simulator
        await demo.connect(
            sessions, vault, api, channel_id, public_url=stack.settings.public_url,
            clock=lambda: datetime.now(UTC),
        )  # fmt: skip
    return Scene(stack, sessions, workflows, http, channel_id, group.id)
