"""A real Temporal server, the real worker on it, a real database and the simulator."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

import worker
from activities.dependencies import Dependencies
from activities.webhooks import Drain
from cli.embedded.temporal import program
from domain.campaigns import CampaignStatus
from services.campaigns import report
from services.campaigns.views import CampaignView
from tests.activities.conftest import Phone, needs, phone, sessions
from tests.eventually import eventually
from workflows import ids
from workflows.campaigns import CampaignProgress
from workflows.client import Workflows
from workflows.runner import CONVERTER

__all__ = ["needs", "phone", "sessions"]

SEARCH_ATTRIBUTES = [
    ids.CAMPAIGN_ID, ids.CONVERSATION_ID, ids.AUTOMATION_ID, ids.AUTOMATION_VERSION, ids.CONTACT_ID, ids.RUN_STATUS,
]  # fmt: skip
EARLY_CONTINUE = 60
"""Events after which the server suggests continue-as-new; 4,096 in production."""


@pytest.fixture
async def temporal() -> AsyncIterator[Client]:
    """A server of this test alone, in memory, quick with timers and continue-as-new."""
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(program()[0]),
        dev_server_log_level="error",
        data_converter=CONVERTER,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_extra_args=[
            "--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"',
            "--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={EARLY_CONTINUE}",
        ],
    )  # fmt: skip
    async with environment:
        yield environment.client


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything a workflow test acts on."""

    client: Client
    workflows: Workflows
    needs: Dependencies
    phone: Phone

    def campaign(self, campaign_id: UUID) -> WorkflowHandle[object, object]:
        """The workflow of a campaign."""
        return self.client.get_workflow_handle(ids.campaign(campaign_id))

    async def look(self, campaign_id: UUID) -> CampaignView:
        """The campaign now."""
        async with self.needs.sessions() as session:
            return await report.one(session, campaign_id)

    async def until(self, campaign_id: UUID, *wanted: CampaignStatus) -> CampaignView:
        """The campaign once it is in one of these states."""

        async def reached() -> CampaignView | None:
            view = await self.look(campaign_id)
            return view if view.status in wanted else None

        return await eventually(reached, f"the campaign is {' or '.join(wanted)}", within=60)

    async def sent(self, campaign_id: UUID, count: int) -> None:
        """Until so many are accepted."""

        async def accepted() -> bool:
            return (await self.look(campaign_id)).progress.accepted >= count

        await eventually(accepted, f"{count} are accepted")

    async def progress(
        self, campaign_id: UUID, reached: Callable[[CampaignProgress], bool]
    ) -> None:
        """Until the workflow itself says that it is there."""

        async def there() -> bool:
            now = await self.workflows.campaign_progress(campaign_id)
            return now is not None and reached(now)

        await eventually(there, "the campaign's workflow is there")

    async def set(self, campaign_id: UUID, assignment: str) -> None:
        """Change a campaign's row directly."""
        async with self.needs.sessions.begin() as session:
            statement = text(f"UPDATE campaigns SET {assignment} WHERE id = :id")
            await session.execute(statement, {"id": campaign_id, "now": datetime.now(UTC)})


@pytest.fixture
async def engine(temporal: Client, needs: Dependencies, phone: Phone) -> AsyncIterator[Engine]:
    """The worker of production, running on the test's server."""

    async def same() -> Client:
        return temporal

    workflows = Workflows(same, "https://desk.example.com")
    async with AsyncExitStack() as running:
        for part in worker.workers(temporal, needs, Drain(needs)):
            await running.enter_async_context(part)
        yield Engine(temporal, workflows, needs, phone)
