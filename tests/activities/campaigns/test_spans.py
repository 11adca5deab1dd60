"""One span of a campaign against the simulator: everyone is accepted once, whatever goes wrong."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan, SpanSent
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from services.campaigns import control, report
from services.campaigns.views import CampaignView
from tests import factories
from tests.activities.conftest import Phone
from tests.eventually import eventually, never
from tests.factories import LaunchedCampaign

Sessions = async_sessionmaker[AsyncSession]


async def _campaign(needs: Dependencies, phone: Phone, count: int, **more: Any) -> LaunchedCampaign:
    async with needs.sessions.begin() as session:
        return await factories.campaign(session, needs.vault, count, api_url=phone.url, **more)


async def _send(needs: Dependencies, launched: LaunchedCampaign) -> SpanSent:
    sending = CampaignSending(needs)
    request = SendSpan(launched.id, 1, launched.total)
    return await ActivityEnvironment().run(sending.send_span, request)


async def _look(sessions: Sessions, launched: LaunchedCampaign) -> CampaignView:
    async with sessions() as session:
        return await report.one(session, launched.id)


async def _sent(sessions: Sessions, launched: LaunchedCampaign, count: int) -> None:
    async def accepted() -> bool:
        return (await _look(sessions, launched)).progress.accepted >= count

    await eventually(accepted, f"{count} are accepted")


async def test_everybody_gets_one_message(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 120)
    assert await _send(needs, launched) == SpanSent(halted=False)
    view = await _look(sessions, launched)
    assert (view.progress.accepted, view.progress.queued) == (120, 0)
    accepted = await phone.accepted()
    assert len(accepted) == len(set(accepted)) == 120


async def test_twins_that_work_on_the_same_span_send_once_each(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 150)
    await asyncio.gather(*[_send(needs, launched) for _ in range(3)])

    async def all_sent() -> bool:
        await _send(needs, launched)
        return not (await _look(sessions, launched)).progress.queued

    await eventually(all_sent, "nobody waits any more")
    accepted = await phone.accepted()
    assert len(accepted) == len(set(accepted)) == 150
    assert (await _look(sessions, launched)).progress.landed == 150


async def test_an_answer_that_never_came_is_unknown_and_not_sent_again(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 40)
    await phone.knobs(drop_response_share=0.3)
    await _send(needs, launched)
    view = await _look(sessions, launched)
    assert view.progress.unknown > 0
    assert view.progress.unknown + view.progress.accepted == 40
    await phone.knobs(drop_response_share=0.0)
    await _send(needs, launched)
    assert (await _look(sessions, launched)).progress.unknown == view.progress.unknown
    assert len(await phone.accepted()) == 40


async def test_a_throttled_number_slows_down_and_loses_nobody(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 60)
    await phone.knobs(errors={130429: 0.2})
    await _send(needs, launched)
    view = await _look(sessions, launched)
    assert view.progress.accepted == 60
    async with sessions() as session:
        retried = text(
            "SELECT count(*) FROM message_attempts WHERE outcome = 'retry' AND error_code = 130429"
        )
        assert (await session.execute(retried)).scalar_one() > 0


@pytest.mark.parametrize(
    ("code", "reason", "channel"),
    [(190, "token", "blocked"), (131042, "payment", "blocked"), (132015, "template", "connected")],
)
async def test_a_problem_of_everybody_pauses_and_writes_nobody_off(
    needs: Dependencies, phone: Phone, sessions: Sessions, code: int, reason: str, channel: str
) -> None:
    launched = await _campaign(needs, phone, 50)
    await phone.knobs(errors={code: 1.0})
    assert await _send(needs, launched) == SpanSent(halted=True)
    view = await _look(sessions, launched)
    assert (view.status, view.pause_reason) == ("paused", reason)
    assert (view.progress.queued, view.progress.not_sent) == (50, 0)
    async with sessions.begin() as session:
        status = (await session.execute(text("SELECT status FROM channels"))).scalar_one()
        assert status == channel
        await session.execute(
            text("UPDATE channels SET status = 'connected', blocked_reason = NULL")
        )
    await phone.knobs(errors={})
    async with sessions.begin() as session:
        await control.resume(session, launched.id, SYSTEM)
    await _send(needs, launched)
    assert (await _look(sessions, launched)).progress.accepted == 50
    assert len(await phone.accepted()) == 50


async def test_a_refusal_of_one_person_is_final_for_that_person_only(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 40)
    await phone.knobs(errors={131021: 0.5})
    await _send(needs, launched)
    progress = (await _look(sessions, launched)).progress
    assert progress.rejected > 0
    assert progress.accepted > 0
    assert progress.rejected + progress.accepted == 40


async def test_a_pause_takes_effect_in_the_middle_of_a_span(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 300, throttle=100)
    running = asyncio.create_task(_send(needs, launched))
    await _sent(sessions, launched, 20)
    async with sessions.begin() as session:
        await control.pause(session, launched.id, SYSTEM)
    assert await asyncio.wait_for(running, 2) == SpanSent(halted=True)
    sent = len(await phone.accepted())
    assert 20 <= sent < 150

    async def more() -> bool:
        return len(await phone.accepted()) > sent

    await never(more, "a paused campaign sends")


async def test_the_throttle_is_kept(needs: Dependencies, phone: Phone, sessions: Sessions) -> None:
    launched = await _campaign(needs, phone, 60, throttle=20)
    started = asyncio.get_running_loop().time()
    await _send(needs, launched)
    assert asyncio.get_running_loop().time() - started >= 59 / 20 - 0.6
    answer = await phone.http.get(f"{phone.url}/_sim/stats")
    assert max(answer.json()["max_in_any_second"].values()) <= 22


async def test_a_cancelled_sender_records_what_had_left(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 200)
    await phone.knobs(latency_ms=300)
    environment = ActivityEnvironment()
    sending = CampaignSending(needs)
    run = environment.run(sending.send_span, SendSpan(launched.id, 1, launched.total))
    running = asyncio.ensure_future(run)

    async def claimed() -> bool:
        return (await _look(sessions, launched)).progress.sending > 0

    await eventually(claimed, "somebody is claimed")
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    progress = (await _look(sessions, launched)).progress
    assert progress.sending == 0
    assert progress.accepted == len(await phone.accepted()) > 0


async def test_a_simulator_that_is_away_is_waited_for(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 10)
    gone = replace(phone, url="http://127.0.0.1:9")
    async with sessions.begin() as session:
        await session.execute(text("UPDATE channels SET api_url = :url"), {"url": gone.url})
    running = asyncio.create_task(_send(needs, launched))

    async def ten_tried() -> bool:
        tried = text("SELECT count(*) FROM message_attempts WHERE error_detail = 'not_reached'")
        async with sessions.begin() as session:
            return bool((await session.execute(tried)).scalar_one() >= 10)

    await eventually(ten_tried, "ten were tried")
    progress = (await _look(sessions, launched)).progress
    assert (progress.unknown, progress.not_sent) == (0, 0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_no_slot_is_booked_for_nobody(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 10, throttle=20)
    await _send(needs, launched)
    ahead = text("""
        SELECT extract(epoch FROM s.tat - (SELECT max(accepted_at) FROM messages))::float8
        FROM rate_slots s WHERE s.key LIKE 'campaign:%'
    """)
    async with sessions() as session:
        # The next free slot is the one after the last message's, a twentieth of a second later.
        assert await session.scalar(ahead) < 0.055


async def test_slots_that_found_nobody_serve_the_next_claim(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 40, throttle=20)
    async with sessions.begin() as session:
        await session.execute(
            text("""
            UPDATE contacts SET blocked_at = now() WHERE phone IN (
                SELECT phone FROM campaign_recipients WHERE seq <= 36 AND seq % 2 = 1)
        """)
        )
    began = asyncio.get_running_loop().time()
    await _send(needs, launched)
    took = asyncio.get_running_loop().time() - began
    progress = (await _look(sessions, launched)).progress
    assert (progress.accepted, progress.refused) == (22, 18)
    # Twenty-two messages at twenty a second, not forty people.
    assert took < 1.8


async def test_a_span_that_stands_by_claims_nobody_when_the_worker_stops(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 300, throttle=20)
    sending, worker = CampaignSending(needs), ActivityEnvironment()
    spans = [(1, 100), (101, 200), (201, 300)]
    running = [
        asyncio.ensure_future(worker.run(sending.send_span, SendSpan(launched.id, *span)))
        for span in spans
    ]
    await _sent(sessions, launched, 6)
    worker.worker_shutdown()
    ended = await asyncio.wait_for(asyncio.gather(*running, return_exceptions=True), 5)
    assert [str(error) for error in ended] == ["worker_shutdown"] * 3
    claimed = text("SELECT DISTINCT (seq - 1) / 100 FROM messages")
    async with sessions() as session:
        assert len((await session.scalars(claimed)).all()) == 2
    progress = (await _look(sessions, launched)).progress
    assert (progress.sending, progress.unknown) == (0, 0)
