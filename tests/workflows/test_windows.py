"""The 24-hour window closes once, at the deadline in the row when it wakes."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.dependencies import Dependencies
from activities.windows import Windows
from cli.embedded.temporal import program
from domain.ids import new_id
from tests import factories
from tests.workflows.conftest import SEARCH_ATTRIBUTES
from tests.workflows.histories import replays
from workflows import ids
from workflows.runner import CONVERTER, RUNNER
from workflows.windows import WindowInput, WindowWorkflow


@pytest.fixture
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """The real server with a clock that jumps over waiting time."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(program()[0]),
        dev_server_log_level="error",
        data_converter=CONVERTER,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_extra_args=[
            "--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true",
            "--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"',
        ],
    )  # fmt: skip
    async with environment:
        yield environment


async def _window(needs: Dependencies, *, expires_in: timedelta) -> tuple[UUID, datetime, datetime]:
    async with needs.sessions.begin() as session:
        channel_id = await factories.channel(session, needs.vault)
        await factories.people(session, 1)
        contact_id = (await session.execute(text("SELECT id FROM contacts"))).scalar_one()
        conversation_id = new_id()
        statement = text("""
INSERT INTO conversations (id, channel_id, contact_id, window_opened_at, window_expires_at)
VALUES (:id, :channel, :contact, now() - interval '1 hour', now() + :expires_in)
RETURNING window_opened_at, window_expires_at""")
        row = (
            await session.execute(
                statement,
                {"id": conversation_id, "channel": channel_id, "contact": contact_id,
                 "expires_in": expires_in},
            )
        ).one()  # fmt: skip
    return conversation_id, row.window_opened_at, row.window_expires_at


async def _closed_at(needs: Dependencies) -> datetime | None:
    async with needs.sessions() as session:
        statement = text("SELECT window_closed_at FROM conversations")
        closed: datetime | None = (await session.execute(statement)).scalar_one()
    return closed


def _workers(client: Client, needs: Dependencies) -> tuple[Worker, Worker]:
    return (
        Worker(client, task_queue=ids.WINDOWS, workflows=[WindowWorkflow], workflow_runner=RUNNER),
        Worker(client, task_queue=ids.IO, activities=[Windows(needs).close]),
    )


async def test_it_sleeps_to_the_deadline_closes_once_and_replays(
    skipping: WorkflowEnvironment, needs: Dependencies
) -> None:
    conversation_id, opened_at, _ = await _window(needs, expires_in=timedelta(seconds=0))
    client = skipping.client
    decider, doer = _workers(client, needs)
    async with decider, doer:
        # The workflow believes in 23 hours more; the server's clock jumps there at once.
        expected = WindowInput(conversation_id, opened_at, opened_at + timedelta(hours=24))
        workflow_id = ids.window(conversation_id, opened_at)
        await client.execute_workflow(
            WindowWorkflow.run, expected, id=workflow_id, task_queue=ids.WINDOWS
        )
        closed = await _closed_at(needs)
        assert closed is not None
        await client.execute_workflow(
            WindowWorkflow.run, expected, id=workflow_id, task_queue=ids.WINDOWS
        )
    assert await _closed_at(needs) == closed
    await replays(client.get_workflow_handle(workflow_id), WindowWorkflow, "window-closed")


async def test_a_later_message_makes_it_sleep_again(
    skipping: WorkflowEnvironment, needs: Dependencies
) -> None:
    conversation_id, opened_at, expires_at = await _window(needs, expires_in=timedelta(seconds=1.5))
    client = skipping.client
    decider, doer = _workers(client, needs)
    async with decider, doer:
        # It was started with an older deadline than the row holds now.
        await client.execute_workflow(
            WindowWorkflow.run,
            WindowInput(conversation_id, opened_at, opened_at + timedelta(hours=1)),
            id=ids.window(conversation_id, opened_at),
            task_queue=ids.WINDOWS,
        )
    closed = await _closed_at(needs)
    assert closed is not None
    assert closed >= expires_at


async def test_a_window_opened_anew_belongs_to_its_own_workflow(
    skipping: WorkflowEnvironment, needs: Dependencies
) -> None:
    conversation_id, opened_at, expires_at = await _window(needs, expires_in=timedelta(hours=5))
    client = skipping.client
    decider, doer = _workers(client, needs)
    async with decider, doer:
        await client.execute_workflow(
            WindowWorkflow.run,
            WindowInput(
                conversation_id, opened_at - timedelta(days=2), expires_at - timedelta(days=2)
            ),
            id=ids.window(conversation_id, opened_at - timedelta(days=2)),
            task_queue=ids.WINDOWS,
        )
    assert await _closed_at(needs) is None
