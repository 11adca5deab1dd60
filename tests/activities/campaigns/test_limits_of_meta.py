"""A campaign at Meta's limits: the portfolio's budget, the brakes, the Marketing Messages API."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan, SpanSent
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from domain.templates import SENDABLE, problem
from services.campaigns import control, report
from services.campaigns.views import CampaignView
from tests import factories
from tests.activities.conftest import Phone
from tests.eventually import eventually
from tests.factories import LaunchedCampaign

Sessions = async_sessionmaker[AsyncSession]


async def _campaign(
    needs: Dependencies, phone: Phone, count: int, category: str = "UTILITY"
) -> LaunchedCampaign:
    async with needs.sessions.begin() as session:
        return await factories.campaign(
            session, needs.vault, count, api_url=phone.url, category=category
        )


async def _run(sessions: Sessions, statement: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement))


async def _send(needs: Dependencies, launched: LaunchedCampaign) -> SpanSent:
    request = SendSpan(launched.id, 1, launched.total)
    return await ActivityEnvironment().run(CampaignSending(needs).send_span, request)


async def _look(sessions: Sessions, launched: LaunchedCampaign) -> CampaignView:
    async with sessions() as session:
        return await report.one(session, launched.id)


async def test_a_spent_budget_ends_the_span_and_says_how_long_to_wait(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 50)
    await _run(sessions, "UPDATE portfolios SET messaging_limit = 30")
    ended = await _send(needs, launched)
    assert not ended.halted
    assert ended.wait is not None
    assert timedelta(hours=23) < ended.wait <= timedelta(hours=24, minutes=2)
    assert len(await phone.accepted()) == 30
    progress = (await _look(sessions, launched)).progress
    assert (progress.accepted, progress.queued) == (30, 20)
    assert len(await phone.accepted()) == (await _used(sessions))
    # A day later those thirty no longer count.
    await _run(sessions, "UPDATE portfolio_usage SET minute = minute - interval '25 hours'")
    await _run(sessions, "UPDATE portfolio_recipients SET at = at - interval '25 hours'")
    assert (await _send(needs, launched)).wait is None
    assert len(set(await phone.accepted())) == len(await phone.accepted()) == 50


async def _used(sessions: Sessions) -> int:
    async with sessions() as session:
        return int(
            (await session.execute(text("SELECT sum(people) FROM portfolio_usage"))).scalar_one()
        )


async def test_senders_at_once_never_pass_the_budget_together(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 120)
    await _run(sessions, "UPDATE portfolios SET messaging_limit = 70")
    await asyncio.gather(*[_send(needs, launched) for _ in range(4)])
    assert len(await phone.accepted()) == await _used(sessions) == 70


async def test_open_windows_and_people_written_to_today_are_free(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 40)
    await _run(sessions, "UPDATE portfolios SET messaging_limit = 10")
    await _run(
        sessions,
        "INSERT INTO conversations (id, channel_id, contact_id, window_expires_at)"
        " SELECT gen_random_uuid(), ch.id, r.contact_id, now() + interval '1 hour'"
        " FROM channels ch, campaign_recipients r WHERE r.seq <= 20",
    )
    await _run(
        sessions,
        "INSERT INTO portfolio_recipients SELECT p.id, r.contact_id, now()"
        " FROM portfolios p, campaign_recipients r WHERE r.seq BETWEEN 21 AND 30",
    )
    assert await _send(needs, launched) == SpanSent(halted=False)
    assert (len(await phone.accepted()), await _used(sessions)) == (40, 10)


@pytest.mark.parametrize("code", [131026, 131021])
async def test_too_many_failures_pull_the_brake_and_resuming_counts_anew(
    needs: Dependencies, phone: Phone, sessions: Sessions, code: int
) -> None:
    launched = await _campaign(needs, phone, 400)
    await phone.knobs(errors={code: 0.9})
    assert (await _send(needs, launched)).halted
    view = await _look(sessions, launched)
    assert (view.status, view.pause_reason) == ("paused", "failures")
    assert 50 <= view.progress.rejected < 300
    await phone.knobs(errors={})
    async with sessions.begin() as session:
        await control.resume(session, launched.id, SYSTEM)
    assert await _send(needs, launched) == SpanSent(halted=False)
    progress = (await _look(sessions, launched)).progress
    assert progress.accepted + progress.rejected == 400


async def test_a_brake_that_is_off_lets_everything_fail(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 80)
    await _run(sessions, "UPDATE campaigns SET brake_percent = NULL")
    await phone.knobs(errors={131026: 1.0})
    assert await _send(needs, launched) == SpanSent(halted=False)
    assert (await _look(sessions, launched)).progress.rejected == 80


async def test_a_drop_in_quality_pulls_the_brake_once(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 20)
    await _run(sessions, "UPDATE channels SET quality = 'RED'")
    assert (await _send(needs, launched)).halted
    assert (await _look(sessions, launched)).pause_reason == "quality"
    async with sessions.begin() as session:
        await control.resume(session, launched.id, SYSTEM)
    assert await _send(needs, launched) == SpanSent(halted=False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE channels SET deleted_at = now()", "disconnected"),
        ("UPDATE templates SET status = 'PAUSED'", "template"),
        ("UPDATE templates SET deleted_at = now()", "template"),
    ],
)
async def test_a_number_or_template_that_goes_in_mid_run_pauses_with_its_cause(
    needs: Dependencies, phone: Phone, sessions: Sessions, change: str, reason: str
) -> None:
    launched = await _campaign(needs, phone, 200)
    await _run(sessions, "UPDATE campaigns SET throttle = 100")
    running = asyncio.create_task(_send(needs, launched))

    async def ten() -> bool:
        return (await _look(sessions, launched)).progress.accepted >= 10

    await eventually(ten, "ten are accepted")
    await _run(sessions, change)
    assert (await asyncio.wait_for(running, 5)).halted
    view = await _look(sessions, launched)
    assert (view.status, view.pause_reason) == ("paused", reason)
    assert view.progress.accepted + view.progress.queued == 200
    assert view.progress.queued > 0


@pytest.mark.parametrize("state", SENDABLE)
async def test_a_template_that_whatsapp_takes_messages_with_stops_nothing(
    needs: Dependencies, phone: Phone, sessions: Sessions, state: str
) -> None:
    launched = await _campaign(needs, phone, 5)
    await _run(sessions, f"UPDATE templates SET status = '{state}'")
    assert await _send(needs, launched) == SpanSent(halted=False)
    assert problem(state) is None


async def test_a_template_edited_in_mid_run_changes_nothing_that_was_launched(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 30)
    await _run(sessions, "UPDATE templates SET components = '[]', name = 'renamed'")
    assert await _send(needs, launched) == SpanSent(halted=False)
    assert (await _look(sessions, launched)).progress.accepted == 30


async def _edges(phone: Phone) -> set[str]:
    answer = await phone.http.get(f"{phone.url}/_sim/calls", params={"limit": 1000})
    return {call["category"] for call in answer.json()["calls"] if call["outcome"] == "accepted"}


async def test_marketing_goes_through_its_own_api_where_the_account_is_onboarded(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _campaign(needs, phone, 10, category="MARKETING")
    await _run(sessions, "UPDATE channels SET marketing_api = true")
    await _send(needs, launched)
    assert len(await phone.accepted()) == 10
    assert await _edges(phone) == {"marketing_lite"}


@pytest.mark.parametrize(("onboarding", "code"), [("ELIGIBLE", 134102), ("INELIGIBLE", 131055)])
async def test_what_the_marketing_api_does_not_take_goes_the_plain_way(
    needs: Dependencies, phone: Phone, sessions: Sessions, onboarding: str, code: int
) -> None:
    launched = await _campaign(needs, phone, 30, category="MARKETING")
    await _run(sessions, "UPDATE channels SET marketing_api = true")
    account = {"marketing_onboarding": onboarding}
    (await phone.http.patch(f"{phone.url}/_sim/account", json=account)).raise_for_status()
    assert await _send(needs, launched) == SpanSent(halted=False)
    accepted = await phone.accepted()
    assert len(accepted) == len(set(accepted)) == 30
    assert await _edges(phone) == {"marketing"}
    refused = (await phone.http.get(f"{phone.url}/_sim/stats")).json()["rejected_by_code"]
    # Those sent before the first refusal tried that way too; nobody failed.
    assert set(refused) == {str(code)}
    assert (await _look(sessions, launched)).progress.accepted == 30
