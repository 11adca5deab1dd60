"""The life of a campaign on a real server: start, pause, resume, stop, late starts, lost engines."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowExecutionStatus

import worker
from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus
from domain.ids import new_id
from services.campaigns import close, control, desk, push
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import launch, undo
from services.campaigns.push import Given
from tests import factories
from tests.eventually import eventually, never
from tests.factories import LaunchedCampaign
from tests.workflows.conftest import Engine
from tests.workflows.histories import replays
from workflows import calls, ids
from workflows.campaign_states import CampaignInput
from workflows.campaigns import CampaignProgress, CampaignWorkflow
from workflows.client import Workflows


async def _launched(engine: Engine, count: int, **more: Any) -> LaunchedCampaign:
    async with engine.needs.sessions.begin() as session:
        return await factories.campaign(
            session, engine.needs.vault, count, api_url=engine.phone.url, begun=False, **more
        )


async def _replays(engine: Engine, launched: LaunchedCampaign, name: str) -> None:
    await replays(engine.campaign(launched.id), CampaignWorkflow, name)


async def test_a_campaign_runs_to_its_end_and_its_history_replays(engine: Engine) -> None:
    launched = await _launched(engine, 120)
    assert await engine.workflows.start_campaign(launched.id, None)
    assert await engine.workflows.start_campaign(launched.id, None)  # a second click
    view = await engine.until(launched.id, CampaignStatus.COMPLETED)
    assert (view.progress.accepted, view.progress.queued) == (120, 0)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == 120
    described = await engine.campaign(launched.id).describe()
    assert await described.static_summary() == "Campaign"
    way_back = f"[Open in WhatsWay](https://desk.example.com/campaigns/{launched.id})"
    assert await described.static_details() == way_back
    assert str(launched.id) in str(described.typed_search_attributes)
    await _replays(engine, launched, "campaign-completed")


async def test_pause_resume_and_throttle_reach_nobody_twice(engine: Engine) -> None:
    launched = await _launched(engine, 400, throttle=150)
    await engine.workflows.start_campaign(launched.id, None)
    await engine.sent(launched.id, 30)
    async with engine.needs.sessions.begin() as session:
        await control.pause(session, launched.id, SYSTEM)
    assert await engine.workflows.pause_campaign(launched.id)

    async def landed() -> bool:
        return not (await engine.look(launched.id)).progress.sending

    await engine.progress(launched.id, lambda now: now.paused)
    await eventually(landed, "what had left has arrived")
    held = len(await engine.phone.accepted())
    assert held < 400

    async def more() -> bool:
        return len(await engine.phone.accepted()) > held

    await never(more, "a paused campaign sends", during=0.5)
    async with engine.needs.sessions.begin() as session:
        await control.throttle(session, launched.id, SYSTEM, None)
        await control.resume(session, launched.id, SYSTEM)
    assert await engine.workflows.throttle_campaign(launched.id, None)
    assert await engine.workflows.resume_campaign(launched.id)
    view = await engine.until(launched.id, CampaignStatus.COMPLETED)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == view.progress.accepted == 400
    await _replays(engine, launched, "campaign-paused-resumed")


async def test_a_resume_that_only_reached_the_row_is_repaired(engine: Engine) -> None:
    launched = await _launched(engine, 200, throttle=100)
    await engine.workflows.start_campaign(launched.id, None)
    await engine.sent(launched.id, 10)
    async with engine.needs.sessions.begin() as session:
        await control.pause(session, launched.id, SYSTEM)
    await engine.progress(launched.id, lambda now: now.paused)
    async with engine.needs.sessions.begin() as session:
        await control.resume(session, launched.id, SYSTEM)
    await worker.reconcile_once(engine.workflows, engine.needs.sessions)
    await engine.until(launched.id, CampaignStatus.COMPLETED)


async def test_stop_leaves_the_rest_not_sent(engine: Engine) -> None:
    launched = await _launched(engine, 300, throttle=50)
    await engine.workflows.start_campaign(launched.id, None)
    await engine.sent(launched.id, 10)
    async with engine.needs.sessions.begin() as session:
        await control.stop(session, launched.id, SYSTEM, datetime.now(UTC))
    assert await engine.workflows.stop_campaign(launched.id)
    assert await engine.campaign(launched.id).result() == CampaignStatus.STOPPED
    view = await engine.look(launched.id)
    assert view.progress.queued > 0
    assert view.progress.sending == 0
    assert view.progress.queued + view.progress.accepted == 300
    assert not await engine.workflows.resume_campaign(launched.id)
    await _replays(engine, launched, "campaign-stopped")


async def test_a_planned_campaign_waits_and_a_stop_before_the_start_sends_nothing(
    engine: Engine,
) -> None:
    launched = await _launched(engine, 5)
    start = datetime.now(UTC) + timedelta(hours=1)
    await engine.set(launched.id, "scheduled_at = now() + interval '1 hour'")
    await engine.workflows.start_campaign(launched.id, start)
    await engine.progress(launched.id, _counted)
    async with engine.needs.sessions.begin() as session:
        await control.stop(session, launched.id, SYSTEM, datetime.now(UTC))
    await engine.workflows.stop_campaign(launched.id)
    assert await engine.campaign(launched.id).result() == CampaignStatus.STOPPED
    assert await engine.phone.accepted() == []


@pytest.mark.fault("8B1")
async def test_a_planned_campaign_is_moved_while_it_waits(engine: Engine) -> None:
    launched = await _launched(engine, 5)
    start = datetime.now(UTC) + timedelta(hours=1)
    await engine.set(launched.id, "scheduled_at = now() + interval '1 hour'")
    await engine.workflows.start_campaign(launched.id, start)
    await engine.progress(launched.id, _counted)
    later = start + timedelta(days=2)
    async with engine.needs.sessions.begin() as session:
        await desk.move(session, launched.id, SYSTEM, later, datetime.now(UTC))
    # The signal is lost: the reconciler sends it again.
    await worker.reconcile_once(engine.workflows, engine.needs.sessions)
    await engine.progress(launched.id, lambda now: now.scheduled_at == later)
    assert await engine.phone.accepted() == []
    now = datetime.now(UTC)
    async with engine.needs.sessions.begin() as session:
        await desk.move(session, launched.id, SYSTEM, now, now)
    assert await engine.workflows.move_campaign(launched.id, now)
    await engine.until(launched.id, CampaignStatus.COMPLETED)
    assert len(await engine.phone.accepted()) == 5
    await _replays(engine, launched, "campaign-moved")


@pytest.mark.fault("8B1")
async def test_a_planned_campaign_that_was_changed_writes_to_its_new_people_once(
    engine: Engine,
) -> None:
    launched = await _launched(engine, 5)
    start = datetime.now(UTC) + timedelta(hours=1)
    await engine.set(launched.id, "scheduled_at = now() + interval '1 hour'")
    await engine.workflows.start_campaign(launched.id, start)
    await engine.progress(launched.id, _counted)
    async with engine.needs.sessions.begin() as session:
        await undo.undo(
            session, launched.id, SYSTEM, lambda: engine.workflows.undo_campaign(launched.id)
        )
    async with engine.needs.sessions.begin() as session:
        await write.change(session, launched.id, SYSTEM, DraftChange(scheduled_at=None), None)
        await launch.launch(session, launched.id, SYSTEM, datetime.now(UTC))
    assert await engine.workflows.start_campaign(launched.id, None)
    view = await engine.until(launched.id, CampaignStatus.COMPLETED)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == view.progress.accepted == 5


@pytest.mark.fault("8B1")
async def test_a_plan_from_before_temporal_was_away_keeps_nobody_waiting(engine: Engine) -> None:
    """It was undone and launched again for now, and the first launch's workflow heard about neither."""
    launched = await _launched(engine, 5)
    await engine.set(launched.id, "scheduled_at = now() + interval '1 day'")
    await engine.workflows.start_campaign(launched.id, datetime.now(UTC) + timedelta(days=1))
    await engine.progress(launched.id, _counted)
    await engine.set(launched.id, "scheduled_at = NULL, launched_at = now()")
    await worker.reconcile_once(engine.workflows, engine.needs.sessions)
    await engine.until(launched.id, CampaignStatus.COMPLETED)
    assert len(await engine.phone.accepted()) == 5


async def test_a_start_missed_by_an_hour_asks_first(engine: Engine) -> None:
    launched = await _launched(engine, 5)
    missed = datetime.now(UTC) - timedelta(hours=1)
    await engine.set(launched.id, "scheduled_at = now() - interval '1 hour'")
    await engine.workflows.start_campaign(launched.id, missed)
    await engine.until(launched.id, CampaignStatus.HELD)
    assert await engine.phone.accepted() == []
    async with engine.needs.sessions.begin() as session:
        await control.resume(session, launched.id, SYSTEM)
    await engine.workflows.resume_campaign(launched.id)
    await engine.until(launched.id, CampaignStatus.COMPLETED)
    assert len(await engine.phone.accepted()) == 5
    await _replays(engine, launched, "campaign-held")


async def test_a_long_campaign_continues_as_new_and_loses_nobody(engine: Engine) -> None:
    launched = await _launched(engine, 600)
    await engine.client.start_workflow(
        CampaignWorkflow.run,
        CampaignInput(launched.id, span=20),
        id=ids.campaign(launched.id),
        task_queue=ids.WORKFLOWS,
    )
    await engine.until(launched.id, CampaignStatus.COMPLETED)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == 600
    runs = [
        run async for run in engine.client.list_workflows(f"WorkflowId = 'campaign/{launched.id}'")
    ]
    continued = [run for run in runs if run.status is WorkflowExecutionStatus.CONTINUED_AS_NEW]
    assert continued
    await _replays(engine, launched, "campaign-continued")


async def test_a_running_campaign_without_a_workflow_is_started_again(engine: Engine) -> None:
    launched = await _launched(engine, 30)
    await worker.reconcile_once(engine.workflows, engine.needs.sessions)
    await engine.until(launched.id, CampaignStatus.COMPLETED)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == 30


async def test_a_late_retry_is_waited_for_by_the_workflow(engine: Engine) -> None:
    launched = await _launched(engine, 6)
    await engine.phone.knobs(errors={131049: 1.0})
    await engine.workflows.start_campaign(launched.id, None)

    async def all_wait() -> bool:
        return not (await engine.look(launched.id)).progress.sending and await _deferred(engine)

    async def ended() -> bool:
        return (await engine.look(launched.id)).status is not CampaignStatus.RUNNING

    await eventually(all_wait, "everybody waits for a later try")
    await never(ended, "the campaign ends", during=0.5)
    await engine.phone.knobs(errors={})
    async with engine.needs.sessions.begin() as session:
        await session.execute(text("UPDATE messages SET next_try_at = now()"))
    await engine.campaign(launched.id).signal("wake")
    await engine.until(launched.id, CampaignStatus.COMPLETED)
    assert len(await engine.phone.accepted()) == 6
    await _replays(engine, launched, "campaign-late-retry")


async def test_a_campaign_larger_than_the_budget_goes_on_when_some_is_free_again(
    engine: Engine,
) -> None:
    launched = await _launched(engine, 50)
    await _run(engine, "UPDATE portfolios SET messaging_limit = 30")
    await engine.workflows.start_campaign(launched.id, None)
    await engine.sent(launched.id, 30)

    async def told() -> bool:
        return "limits" in await _details(engine, launched)

    await eventually(told, "the workflow says that the limit is used up")
    assert (await engine.look(launched.id)).status is CampaignStatus.RUNNING
    assert len(await engine.phone.accepted()) == 30
    await _run(engine, "UPDATE portfolio_usage SET minute = minute - interval '25 hours'")
    await _run(engine, "UPDATE portfolio_recipients SET at = at - interval '25 hours'")
    assert await engine.workflows.wake_campaign(launched.id)
    await engine.until(launched.id, CampaignStatus.COMPLETED)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == 50
    await _replays(engine, launched, "campaign-budget")


async def test_a_launch_can_be_taken_back_before_anything_is_written(engine: Engine) -> None:
    async with engine.needs.sessions.begin() as session:
        launched = await factories.campaign(
            session, engine.needs.vault, 5, api_url=engine.phone.url, begun=False
        )
        for table in ("campaign_recipients", "campaign_exclusions", "campaign_counters"):
            await session.execute(text(f"DELETE FROM {table}"))
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    await engine.workflows.start_campaign(launched.id, None, soon)
    await engine.set(launched.id, "status = 'draft', template = NULL, launched_at = NULL")
    assert await engine.campaign(launched.id).result() == CampaignStatus.DRAFT
    assert await engine.phone.accepted() == []
    await _replays(engine, launched, "campaign-taken-back")
    # Launched again at once: a workflow that still waits is ended first.
    await engine.workflows.start_campaign(launched.id, None, datetime.now(UTC) + timedelta(hours=1))
    assert await engine.workflows.undo_campaign(launched.id)
    described = await engine.campaign(launched.id).describe()
    assert described.status is WorkflowExecutionStatus.TERMINATED


async def test_an_open_campaign_sends_what_programs_hand_in_until_it_is_closed(
    engine: Engine,
) -> None:
    launched = await _launched(engine, 3)
    await engine.set(launched.id, "type = 'api'")
    await engine.workflows.start_campaign(launched.id, None)
    await engine.sent(launched.id, 3)
    for round_ in range(3):
        people = [Given(f"+3461155{round_}{n:03}", {"body.1": "Mara"}) for n in range(20)]
        async with engine.needs.sessions.begin() as session:
            await push.push(session, launched.id, SYSTEM, people)
        if round_ != 1:  # one signal is lost: the reconciler sends it
            assert await engine.workflows.wake_campaign(launched.id)
        else:
            await worker.reconcile_once(engine.workflows, engine.needs.sessions)
        await engine.sent(launched.id, 3 + 20 * (round_ + 1))
    assert (await engine.look(launched.id)).status is CampaignStatus.RUNNING
    async with engine.needs.sessions.begin() as session:
        await close.close(session, launched.id, SYSTEM, datetime.now(UTC))
    assert await engine.workflows.wake_campaign(launched.id)
    view = await engine.until(launched.id, CampaignStatus.COMPLETED)
    accepted = await engine.phone.accepted()
    assert len(accepted) == len(set(accepted)) == view.progress.total == 63
    await _replays(engine, launched, "campaign-open")


async def _details(engine: Engine, launched: LaunchedCampaign) -> str:
    return str(
        await engine.campaign(launched.id).query("__temporal_workflow_metadata", result_type=dict)
    )


async def _run(engine: Engine, statement: str) -> None:
    async with engine.needs.sessions.begin() as session:
        await session.execute(text(statement))


async def _deferred(engine: Engine) -> bool:
    async with engine.needs.sessions() as session:
        statement = text(
            "SELECT count(*) FROM messages WHERE next_try_at > now() + interval '1 hour'"
        )
        return bool((await session.execute(statement)).scalar_one() == 6)


def _counted(now: CampaignProgress) -> bool:
    return now.total is not None


@pytest.mark.fault("D7")
async def test_a_campaign_is_paused_while_no_worker_answers(
    temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row is changed first; the caller gets an answer, and the workflow hears about it later."""
    monkeypatch.setattr(calls, "RPC_TIMEOUT", timedelta(seconds=0.5))

    async def same() -> Client:
        return temporal

    workflows, campaign_id = Workflows(same), new_id()
    assert await workflows.start_campaign(campaign_id, None)
    for tell in (workflows.pause_campaign, workflows.resume_campaign, workflows.stop_campaign):
        assert not await tell(campaign_id)
    assert not await workflows.throttle_campaign(campaign_id, 5)
    pausing = asyncio.create_task(workflows.pause_campaign(campaign_id))
    await never(pausing.done, "an answer although no worker is there", during=0.1)
    pausing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pausing
