"""A throwaway installation with a channel on the simulator, people in a group, and a campaign."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cli.bench import calls
from cli.bench.calls import Accepted
from cli.stack import Stack
from domain import template_slots
from domain.actors import SYSTEM
from domain.campaigns import Audience, CampaignStatus, Variable
from services.campaigns import control, report
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.files import intake
from services.campaigns.files.intake import Reading, Upload
from services.campaigns.launching import launch
from services.campaigns.views import CampaignView
from store import channels
from workflows.client import Workflows

TEMPLATE = "order_ready"

FINAL = (CampaignStatus.COMPLETED, CampaignStatus.STOPPED)


@dataclass(slots=True)
class Scene:
    """A running stack, and operations on it."""

    stack: Stack
    sessions: async_sessionmaker[AsyncSession]
    workflows: Workflows
    http: httpx.AsyncClient
    channel_id: UUID
    group_id: UUID
    launched: list[UUID] = field(default_factory=list)
    host: object = None
    """Where a chaos run has put the database, if on another host."""

    async def campaign(
        self, name: str, *, throttle: int | None = None, template: str = TEMPLATE
    ) -> UUID:
        """A draft that sends a sample template to everybody in the group."""
        async with self.sessions.begin() as session:
            template_id, components, form = await self.template(session, template)
            slots = template_slots.slots(components, form)
            created = await write.create(session, SYSTEM, name)
            change = DraftChange(
                channel_id=self.channel_id,
                template_id=template_id,
                audience=Audience(group_ids=[self.group_id]),
                variables={slot.key: Variable("name", slot.example or "friend") for slot in slots},
                throttle=throttle,
            )
            await write.change(session, created.id, SYSTEM, change, None)
        return created.id

    async def launch(self, campaign_id: UUID) -> None:
        """Launch like the page does: commit, then start the workflow."""
        async with self.sessions.begin() as session:
            await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
        await self.workflows.start_campaign(campaign_id, None)
        self.launched.append(campaign_id)

    async def ended(self) -> bool:
        """Whether every launched campaign has ended."""
        return all([(await self.look(one)).status in FINAL for one in self.launched])

    async def upload(self, campaign_id: UUID, content: bytes) -> None:
        """Give the campaign a file of any size, like the page does."""
        upload = Upload("people.csv", BytesIO(content), self.stack.data.path, len(content))
        async with self.sessions.begin() as session:
            await intake.take(session, campaign_id, SYSTEM, upload, Reading(default_region="BR"))

    async def look(self, campaign_id: UUID) -> CampaignView:
        """The campaign now."""
        async with self.sessions() as session:
            return await report.one(session, campaign_id)

    async def stop(self, campaign_id: UUID) -> None:
        """Stop like the page does."""
        async with self.sessions.begin() as session:
            await control.stop(session, campaign_id, SYSTEM, datetime.now(UTC))
        await self.workflows.stop_campaign(campaign_id)

    async def throttle(self, campaign_id: UUID, per_second: int | None) -> None:
        """Change the speed like the page does."""
        async with self.sessions.begin() as session:
            await control.throttle(session, campaign_id, SYSTEM, per_second)
        await self.workflows.throttle_campaign(campaign_id, per_second)

    async def number_throughput(self, per_second: int) -> None:
        """Set the number's messages per second, as if reported by Meta."""
        async with self.sessions.begin() as session:
            channel = await channels.get(session, self.channel_id)
            assert channel is not None
            channel.throughput = per_second

    async def pause(self, campaign_id: UUID) -> None:
        """Pause like the page does."""
        async with self.sessions.begin() as session:
            await control.pause(session, campaign_id, SYSTEM)
        await self.workflows.pause_campaign(campaign_id)

    async def resume(self, campaign_id: UUID) -> None:
        """Resume like the page does."""
        async with self.sessions.begin() as session:
            await control.resume(session, campaign_id, SYSTEM)
        await self.workflows.resume_campaign(campaign_id)

    async def flowing(self, more: int = 1) -> None:
        """Return once this many more messages have been accepted."""
        wanted = (await self.statistics())["accepted"] + more
        while True:
            if (await self.statistics())["accepted"] >= wanted:
                return
            await asyncio.sleep(0.05)

    async def statistics(self) -> dict[str, Any]:
        """The simulator's own counters."""
        answer = await self.http.get(f"{self.stack.simulator_url}/_sim/stats")
        counters: dict[str, Any] = answer.json()
        return counters

    async def accepted(self, *, templates: bool = False) -> Accepted:
        """Every send the simulator accepted, or every template, from its call log."""
        return await calls.accepted(self.http, self.stack.simulator_url, templates=templates)

    async def told(self) -> dict[str, float]:
        """When we received each customer's first message."""
        return await calls.told(self.http, self.stack.simulator_url)

    async def recorded_statuses(self) -> int:
        """How many statuses our ledger has, except for earlier campaigns."""
        statement = text(
            "SELECT count(sent_at) + count(delivered_at) + count(read_at) FROM messages"
            " WHERE campaign_id = ANY(CAST(:launched AS uuid[]))"
        )
        async with self.sessions() as session:
            found = await session.execute(statement, {"launched": self.launched})
            return int(found.scalar_one())

    async def waiting_webhooks(self) -> int:
        """Deliveries stored but not processed yet."""
        statement = text("SELECT count(*) FROM webhook_events WHERE state = 'waiting'")
        async with self.sessions() as session:
            return int((await session.execute(statement)).scalar_one())

    async def sending(self, campaign_id: UUID) -> set[UUID]:
        """Messages recorded as sending."""
        statement = text(
            "SELECT id FROM messages WHERE campaign_id = :campaign_id AND state = 'sending'"
        )
        async with self.sessions() as session:
            return set(await session.scalars(statement, {"campaign_id": campaign_id}))

    async def phones_in(self, campaign_id: UUID, state: str) -> list[str]:
        """Recipients with a message in a state, in the simulator's phone format."""
        statement = text(
            "SELECT r.phone FROM messages m JOIN campaign_recipients r USING (campaign_id, seq)"
            " WHERE m.campaign_id = :campaign_id AND m.state = :state"
        )
        about = {"campaign_id": campaign_id, "state": state}
        async with self.sessions() as session:
            phones = (await session.scalars(statement, about)).all()
        return [phone.removeprefix("+") for phone in phones]

    async def template(self, session: AsyncSession, name: str) -> tuple[UUID, list[Any], str]:
        """A sample template: its id, its components and how its slots are written."""
        statement = text(
            "SELECT id, components, parameter_format FROM templates"
            " WHERE name = :name AND language = 'en_US' AND status = 'APPROVED'"
        )
        row = (await session.execute(statement, {"name": name})).one()
        return row.id, row.components, row.parameter_format
