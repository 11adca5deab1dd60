"""A throw-away installation with a channel on the simulator, people in a group, and a campaign."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cli.bench import calls
from cli.bench.calls import Accepted
from cli.stack import Parts, Stack
from domain import templates as template_rules
from domain.actors import SYSTEM
from domain.campaigns import Audience, CampaignStatus, Variable
from services import demo
from services.campaigns import control, draft, launch, report
from services.campaigns.draft import DraftChange
from services.campaigns.views import CampaignView
from services.vault import Vault
from simulator.config import NumberConfig, SimulatorConfig, Throughput
from store import generated, groups
from store.engine import create_engine, create_sessions
from whatsapp.client import CloudApi
from workflows.client import Workflows

TEMPLATE = "order_ready"
GROUP = "Everybody"

QUIET = {
    "personas": False,
    "pair_limit": False,
    "management_limit": False,
    "us_marketing_blocked": False,
}
"""Knobs of a simulator that is fast and faithful, and never refuses anyone by character."""


@dataclass(slots=True)
class Scene:
    """A running stack and the hands of an operator on it."""

    stack: Stack
    sessions: async_sessionmaker[AsyncSession]
    workflows: Workflows
    http: httpx.AsyncClient
    channel_id: UUID
    group_id: UUID

    async def campaign(self, name: str, *, throttle: int | None = None) -> UUID:
        """A draft that sends the sample template to everybody in the group."""
        async with self.sessions.begin() as session:
            template_id, components, form = await self._template(session)
            slots = template_rules.slots(components, form)
            created = await draft.create(session, SYSTEM, name)
            change = DraftChange(
                channel_id=self.channel_id,
                template_id=template_id,
                audience=Audience(group_ids=[self.group_id]),
                variables={slot.key: Variable("name", slot.example or "friend") for slot in slots},
                throttle=throttle,
            )
            await draft.change(session, created.id, SYSTEM, change, None)
        return created.id

    async def launch(self, campaign_id: UUID) -> None:
        """Launch as the page does: commit, then start the workflow."""
        async with self.sessions.begin() as session:
            await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
        await self.workflows.start_campaign(campaign_id, None)

    async def look(self, campaign_id: UUID) -> CampaignView:
        """The campaign now."""
        async with self.sessions() as session:
            return await report.one(session, campaign_id)

    async def pause(self, campaign_id: UUID) -> None:
        """Pause as the page does."""
        async with self.sessions.begin() as session:
            await control.pause(session, campaign_id, SYSTEM)
        await self.workflows.pause_campaign(campaign_id)

    async def resume(self, campaign_id: UUID) -> None:
        """Resume as the page does."""
        async with self.sessions.begin() as session:
            await control.resume(session, campaign_id, SYSTEM)
        await self.workflows.resume_campaign(campaign_id)

    async def statistics(self) -> dict[str, Any]:
        """The simulator's own counters."""
        answer = await self.http.get(f"{self.stack.simulator_url}/_sim/stats")
        counters: dict[str, Any] = answer.json()
        return counters

    async def accepted(self) -> Accepted:
        """Every send the simulator accepted, from its call log."""
        return await calls.accepted(self.http, self.stack.simulator_url)

    async def recorded_statuses(self) -> int:
        """How many statuses our ledger holds."""
        statement = text(
            "SELECT count(sent_at) + count(delivered_at) + count(read_at) FROM messages"
        )
        async with self.sessions() as session:
            return int((await session.execute(statement)).scalar_one())

    async def waiting_webhooks(self) -> int:
        """Deliveries kept but not processed yet."""
        statement = text("SELECT count(*) FROM webhook_events WHERE state = 'waiting'")
        async with self.sessions() as session:
            return int((await session.execute(statement)).scalar_one())

    async def sending(self, campaign_id: UUID) -> set[UUID]:
        """Messages that are on record as leaving."""
        statement = text(
            "SELECT id FROM messages WHERE campaign_id = :campaign_id AND state = 'sending'"
        )
        async with self.sessions() as session:
            return set(await session.scalars(statement, {"campaign_id": campaign_id}))

    async def unknown_phones(self, campaign_id: UUID) -> list[str]:
        """Recipients whose outcome is unknown, as the simulator writes phones."""
        statement = text(
            "SELECT r.phone FROM messages m JOIN campaign_recipients r USING (campaign_id, seq)"
            " WHERE m.campaign_id = :campaign_id AND m.state = 'unknown'"
        )
        async with self.sessions() as session:
            phones = (await session.scalars(statement, {"campaign_id": campaign_id})).all()
        return [phone.removeprefix("+") for phone in phones]

    async def _template(self, session: AsyncSession) -> tuple[UUID, list[Any], str]:
        statement = text(
            "SELECT id, components, parameter_format FROM templates"
            " WHERE name = :name AND language = 'en_US' AND status = 'APPROVED'"
        )
        row = (await session.execute(statement, {"name": TEMPLATE})).one()
        return row.id, row.components, row.parameter_format


@asynccontextmanager
async def open_scene(
    recipients: int,
    *,
    latency_ms: float,
    knobs: dict[str, Any] | None = None,
    folder: Path | None = None,
    journal: bool = False,
) -> AsyncIterator[Scene]:
    """Start a throw-away stack with everything a campaign needs; remove it at the end.

    With a ``journal`` the simulator's call log outlives the simulator.
    """
    number = NumberConfig(throughput=Throughput.HIGH)
    all_knobs = QUIET | {"latency_ms": latency_ms} | (knobs or {})
    with _folder(folder) as data:
        log_path = data / "simulator.journal" if journal else None
        config = SimulatorConfig(
            numbers=(number,), latency_ms=latency_ms, knobs=all_knobs, log_path=log_path
        )
        stack = Stack(
            data, parts=Parts(simulator=True), ports="random", mode="demo",
            simulator_config=config.model_dump(mode="json", exclude={"webhook_url", "public_url"}),
        )  # fmt: skip
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
    assert stack.settings.database_url is not None
    engine = create_engine(stack.settings.database_url, 3)
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
            admin_password="bench-only-password",  # noqa: S106 - the stack is thrown away
        )  # fmt: skip
        group = await groups.ensure(session, GROUP)
        await generated.contacts(session, group.id, recipients)
    async with CloudApi() as api:
        await demo.connect(
            sessions, vault, api, channel_id, public_url=stack.settings.public_url,
            clock=lambda: datetime.now(UTC),
        )  # fmt: skip
    return Scene(stack, sessions, workflows, http, channel_id, group.id)


FINAL = (CampaignStatus.COMPLETED, CampaignStatus.STOPPED, CampaignStatus.FAILED)
