"""Turns that a campaign takes when rows, senders and people disagree: its activities answer as each test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import Worker

from activities.campaigns.lifecycle import CampaignLeft, CampaignRef
from activities.campaigns.send import SendSpan, SpanSent
from domain.campaigns import THROTTLE, CampaignStatus
from domain.ids import new_id
from tests.eventually import eventually, never
from tests.workflows.histories import replays
from workflows import calls, ids
from workflows.campaign_states import CampaignInput
from workflows.campaigns import CampaignWorkflow
from workflows.client import Workflows
from workflows.runner import FAST_RUNNER

DONE = CampaignLeft(CampaignStatus.RUNNING, 0, None, 1)
Handle = WorkflowHandle[CampaignWorkflow, CampaignStatus]


async def _sent(_span: SendSpan) -> SpanSent:
    return SpanSent(halted=False)


async def _done(_campaign: UUID) -> CampaignLeft:
    return DONE


async def _begun(_campaign: UUID) -> CampaignStatus:
    return CampaignStatus.RUNNING


class Answers:
    """What a campaign's activities say; a test replaces what it is about."""

    def __init__(self, engine: Client) -> None:
        self.client = engine
        self.total: int | ApplicationError = 1
        self.begins: Callable[[UUID], Awaitable[CampaignStatus]] = _begun
        self.looks: list[Callable[[UUID], Awaitable[CampaignLeft]]] = []
        self.send: Callable[[SendSpan], Awaitable[SpanSent]] = _sent
        self.spans: list[tuple[int, int]] = []
        self.finished = 0

    @activity.defn(name="campaigns.freeze_audience")
    async def freeze(self, _request: CampaignRef) -> int:
        if isinstance(self.total, ApplicationError):
            raise self.total
        return self.total

    @activity.defn(name="campaigns.begin")
    async def begin(self, request: CampaignRef) -> CampaignStatus:
        return await self.begins(request.campaign_id)

    @activity.defn(name="campaigns.look")
    async def look(self, request: CampaignRef) -> CampaignLeft:
        answer = self.looks.pop(0) if self.looks else _done
        return await answer(request.campaign_id)

    @activity.defn(name="campaigns.finish")
    async def finish(self, _request: CampaignRef) -> CampaignStatus:
        self.finished += 1
        return CampaignStatus.COMPLETED

    @activity.defn(name="campaigns.send_batch")
    async def send_span(self, request: SendSpan) -> SpanSent:
        self.spans.append((request.low, request.high))
        return await self.send(request)

    async def start(self, *, undo_until: datetime | None = None, span: int = 250) -> Handle:
        campaign = new_id()
        return await self.client.start_workflow(
            CampaignWorkflow.run,
            CampaignInput(campaign, undo_until=undo_until, span=span),
            id=ids.campaign(campaign),
            task_queue=ids.WORKFLOWS,
        )

    def handle(self, campaign: UUID) -> Handle:
        return self.client.get_workflow_handle_for(CampaignWorkflow.run, ids.campaign(campaign))


@pytest.fixture
async def answers(temporal: Client) -> AsyncIterator[Answers]:
    """The campaign's real workflow on a real server, with answers instead of rows."""
    made = Answers(temporal)
    steps = [made.freeze, made.begin, made.look, made.finish]
    async with AsyncExitStack() as running:
        for part in (
            Worker(
                temporal,
                task_queue=ids.WORKFLOWS,
                workflows=[CampaignWorkflow],
                workflow_runner=FAST_RUNNER,
            ),
            Worker(temporal, task_queue=ids.IO, activities=steps),
            Worker(temporal, task_queue=ids.SEND, activities=[made.send_span]),
        ):
            await running.enter_async_context(part)
        yield made


async def test_only_a_launch_taken_back_ends_without_an_alarm(answers: Answers) -> None:
    """Whatever else an audience cannot be frozen for must be seen as a failure."""
    over = datetime.now(UTC) - timedelta(minutes=1)
    answers.total = ApplicationError("gone", type="campaign_unknown", non_retryable=True)
    handle = await answers.start(undo_until=over)
    assert await handle.result() is CampaignStatus.DRAFT
    answers.total = ApplicationError("broken", type="rows_broken", non_retryable=True)
    handle = await answers.start(undo_until=over)
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ActivityError)
    assert (answers.spans, answers.finished) == ([], 0)


async def test_who_resumes_while_a_missed_start_is_held_is_heard(answers: Answers) -> None:
    """The row says held a moment before the workflow does."""

    async def held(campaign: UUID) -> CampaignStatus:
        await answers.handle(campaign).execute_update(CampaignWorkflow.resume)
        return CampaignStatus.HELD

    answers.begins = held
    handle = await answers.start()
    assert await asyncio.wait_for(handle.result(), 30) is CampaignStatus.COMPLETED
    assert answers.spans == [(1, 1)]
    await replays(handle, CampaignWorkflow, "campaign-asked-early")


async def test_who_pauses_while_it_begins_is_heard(answers: Answers) -> None:
    async def begins(campaign: UUID) -> CampaignStatus:
        await answers.handle(campaign).execute_update(CampaignWorkflow.pause)
        return CampaignStatus.RUNNING

    async def paused(_campaign: UUID) -> CampaignLeft:
        return CampaignLeft(CampaignStatus.PAUSED, 1, None, 1)

    answers.begins, answers.looks = begins, [paused]
    handle = await answers.start()
    await eventually(lambda: not answers.looks, "the row is read")
    await never(lambda: answers.spans, "a paused campaign sends", during=0.3)
    await handle.execute_update(CampaignWorkflow.resume)
    assert await asyncio.wait_for(handle.result(), 30) is CampaignStatus.COMPLETED


async def test_a_sender_that_fails_for_good_ends_the_campaign(answers: Answers) -> None:
    async def fails(_span: SendSpan) -> SpanSent:
        raise ApplicationError("no key", type="secret_unreadable", non_retryable=True)

    answers.send = fails
    handle = await answers.start()
    assert await handle.result() is CampaignStatus.COMPLETED
    assert (answers.spans, answers.finished) == ([(1, 1)], 1)


async def test_a_rest_begins_when_the_last_open_span_has_ended(answers: Answers) -> None:
    """One of two spans hears of the limit; the other is still sending when the rest is over."""
    landed, rested = asyncio.Event(), list[int]()

    async def send(span: SendSpan) -> SpanSent:
        if span.low == 1 and not rested:
            rested.append(1)
            return SpanSent(halted=False, wait=timedelta(seconds=0.3))
        if span.low == 2:
            await asyncio.wait_for(landed.wait(), 30)
        else:
            assert landed.is_set(), "handed out again while the other was open"
        return SpanSent(halted=False)

    answers.total, answers.send = 2, send
    handle = await answers.start(span=1)
    asyncio.get_running_loop().call_later(0.6, landed.set)
    assert await handle.result() is CampaignStatus.COMPLETED
    assert sorted(answers.spans) == [(1, 1), (1, 1), (2, 2)]


async def test_a_campaign_stopped_while_it_rests_hands_nothing_out(answers: Answers) -> None:
    async def send(_span: SendSpan) -> SpanSent:
        return SpanSent(halted=False, wait=timedelta(hours=3))

    answers.send = send
    handle = await answers.start()

    async def rests() -> bool:
        progress = await handle.query(CampaignWorkflow.progress)
        return bool(answers.spans) and not progress.open_spans

    await eventually(rests, "the campaign rests")
    await handle.execute_update(CampaignWorkflow.stop)
    assert await handle.result() is CampaignStatus.COMPLETED
    assert answers.spans == [(1, 1)]


async def test_what_a_person_asks_while_the_row_is_read_outweighs_it(answers: Answers) -> None:
    """The row is read as running, while a pause arrives; so does a wake that no row tells of."""

    async def pausing(campaign: UUID) -> CampaignLeft:
        await answers.handle(campaign).execute_update(CampaignWorkflow.pause)
        return DONE

    async def paused(campaign: UUID) -> CampaignLeft:
        handle = answers.handle(campaign)
        resuming.append(asyncio.create_task(handle.execute_update(CampaignWorkflow.resume)))
        return CampaignLeft(CampaignStatus.PAUSED, 0, None, 1)

    async def woken(campaign: UUID) -> CampaignLeft:
        await answers.handle(campaign).signal(CampaignWorkflow.wake)
        return CampaignLeft(CampaignStatus.RUNNING, 0, timedelta(hours=1), 1)

    async def due(_campaign: UUID) -> CampaignLeft:
        return CampaignLeft(CampaignStatus.RUNNING, 0, timedelta(0), 1)

    async def fresh(_campaign: UUID) -> CampaignLeft:
        return CampaignLeft(CampaignStatus.RUNNING, 1, None, 1)

    resuming: list[asyncio.Task[None]] = []
    answers.looks = [pausing, paused, woken, due, fresh]
    handle = await answers.start()
    assert await handle.result() is CampaignStatus.COMPLETED
    await asyncio.gather(*resuming)
    assert answers.looks == []
    assert answers.spans == [(1, 1)] * 3, "at first, for the try that was due, for who was fresh"


async def test_a_campaign_paused_at_its_end_is_not_over_until_somebody_goes_on(
    answers: Answers,
) -> None:
    """Everybody has an outcome, but the row says paused: a person may still send to some again."""

    async def paused(_campaign: UUID) -> CampaignLeft:
        return CampaignLeft(CampaignStatus.PAUSED, 0, None, 1)

    async def more(_campaign: UUID) -> CampaignLeft:
        return CampaignLeft(CampaignStatus.RUNNING, 0, None, 2)

    answers.looks = [paused, more]
    handle = await answers.start()

    async def waits() -> bool:
        return (await handle.query(CampaignWorkflow.progress)).paused

    await eventually(waits, "the workflow obeys its row")
    await never(lambda: answers.finished, "it is finished although it is paused", during=0.1)
    await handle.execute_update(CampaignWorkflow.resume)
    assert await handle.result() is CampaignStatus.COMPLETED
    assert answers.spans == [(1, 1), (2, 2)]


async def test_a_request_that_makes_no_sense_is_refused(answers: Answers) -> None:
    begun, ending = asyncio.Event(), asyncio.Event()

    async def send(_span: SendSpan) -> SpanSent:
        begun.set()
        await asyncio.wait_for(ending.wait(), 30)
        return SpanSent(halted=False)

    async def code(asking: Awaitable[None]) -> str | None:
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await asking
        assert isinstance(refused.value.cause, ApplicationError)
        return refused.value.cause.type

    answers.send = send
    handle = await answers.start()
    await asyncio.wait_for(begun.wait(), 30)
    throttle = CampaignWorkflow.throttle
    assert await code(handle.execute_update(throttle, THROTTLE.most + 1)) == "throttle_range"
    await handle.execute_update(throttle, THROTTLE.least)
    await handle.execute_update(CampaignWorkflow.stop)
    assert await code(handle.execute_update(CampaignWorkflow.pause)) == "campaign_stopped"
    ending.set()
    assert await handle.result() is CampaignStatus.COMPLETED


async def test_a_launch_is_undone_only_once_no_workflow_runs(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def same() -> Client:
        return answers.client

    async def away() -> Client:
        return await Client.connect("127.0.0.1:1", lazy=True)

    monkeypatch.setattr(calls, "RPC_TIMEOUT", timedelta(seconds=0.3))
    assert await Workflows(same).undo_campaign(new_id()), "it never began"
    assert not await Workflows(away).undo_campaign(new_id()), "nobody knows"
    assert await Workflows(away).backlog() == {}
    assert set(await Workflows(same).backlog()) == set(ids.QUEUES)
