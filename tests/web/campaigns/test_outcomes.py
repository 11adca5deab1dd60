"""What people decide on the page of a campaign: unknown outcomes, one recipient's ledger."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.actors import SYSTEM
from domain.ids import new_id
from domain.permissions import Role
from services.campaigns import report
from services.campaigns.drafts import preview
from services.campaigns.launching import undo
from services.campaigns.progress.pace import Marker
from tests import factories
from tests.api.campaigns.test_outcomes import doubtful, ended_workflows
from tests.conftest import LoginAs
from tests.factories import NOW
from tests.noted import commands, noted
from tests.services.campaigns.test_retry import PAYMENT, UNREACHABLE, failed
from tests.services.campaigns.test_undo import ended
from tests.services.campaigns.test_undo import launched as launched_just_now
from tests.web.campaigns.test_pages import HTMX, draft, launch, revision, words
from web.campaigns import charts

__all__ = ["ended_workflows"]


async def test_unknown_outcomes_are_decided_after_a_plain_question(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    base = f"/campaigns/{await doubtful(state)}"
    client = await login_as(Role.MANAGER)
    failures = await client.get(f"{base}/failures")
    assert "WhatsApp gave no clear answer" in words(failures)
    assert f'hx-get="{base}/unknown?choice=send_again"' in failures.text
    listed = await client.get(f"{base}/recipients?state=unknown")
    assert f'hx-get="{base}/unknown?choice=assume_sent&amp;number=2"' in listed.text
    question = words(await client.get(f"{base}/unknown?choice=send_again&number=2", headers=HTMX))
    assert "Send again to 1 person?" in question
    assert "This person may get the message twice." in question
    assert "waiting for them is the safest choice" in question
    done = await client.post(f"{base}/unknown", data={"choice": "send_again", "number": "2"})
    assert done.headers["location"] == f"{base}/recipients?state=unknown"
    assert (await commands(state))[1:] == ["wake_campaign"]
    done = await client.post(f"{base}/unknown", data={"choice": "assume_sent"})
    assert done.headers["location"] == f"{base}/recipients"
    page = words(await client.get(base))
    assert "3 people = 2 accepted + 1 waiting" in page
    settled = words(await client.get(f"{base}/unknown?choice=assume_sent", headers=HTMX))
    assert "nothing left to decide" in settled


async def test_a_recipient_opens_with_its_ledger(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    base = f"/campaigns/{await doubtful(state)}"
    client = await login_as(Role.MANAGER)
    await client.post(f"{base}/unknown", data={"choice": "assume_sent", "number": "1"})
    assert (await commands(state))[1:] == ["wake_campaign"]
    for headers in ({}, HTMX):
        page = await client.get(f"{base}/recipients/1", headers=headers)
        said = words(page)
        for line in ("No clear answer", "Counted as sent", "Attempt 1", "Open in Temporal"):
            assert line in said
        assert "/workflows/campaign%2F" in page.text
        assert 'action="/inbox/new"' in page.text
    part = await client.get(f"{base}/recipients/1", headers=HTMX)
    assert part.text.lstrip().startswith("<dialog")
    assert (await client.get(f"{base}/recipients/9")).status_code == 404


async def test_a_launch_is_undone_and_everything_is_kept(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    async with state.sessions.begin() as session:
        base = f"/campaigns/{await launched_just_now(session)}"
    client = await login_as(Role.MANAGER)
    page = await client.get(base)
    assert "Sending to 3 in 5 s" in words(page)
    assert "data-countdown=" in page.text
    undone = await client.post(f"{base}/undo")
    assert undone.headers["location"] == f"{base}/review"
    assert len(ended_workflows) == 1
    review = words(await client.get(f"{base}/review"))
    assert "Send to 3" in review
    assert "Everybody" in review


async def test_too_late_to_undo_is_said(
    login_as: LoginAs, state: AppState, ended_workflows: list[UUID]
) -> None:
    base = f"/campaigns/{await doubtful(state)}"
    client = await login_as(Role.MANAGER)
    late = await client.post(f"{base}/undo")
    assert late.headers["location"] == base
    assert "flash" in late.cookies
    assert ended_workflows == []


async def test_a_retry_opens_for_review_and_both_pages_link(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        base = f"/campaigns/{(await failed(session, PAYMENT, UNREACHABLE)).id}"
    client = await login_as(Role.MANAGER)
    assert "Retry 1 person" in words(await client.get(base))
    failures = await client.get(f"{base}/failures")
    assert failures.text.count(f'action="{base}/retry"') == 2  # in the head, and at its cause
    made, again = [await client.post(f"{base}/retry") for _ in "ab"]
    assert made.headers["location"] == again.headers["location"]
    review = await client.get(made.headers["location"])
    assert "can be tried again" in words(review)
    assert "1 person gets it" in words(review)
    assert "Edit Message" not in words(review)
    child = made.headers["location"].removesuffix("/review")
    await launch(client, child)
    assert "Retry of Spring" in words(await client.get(child))
    parent = words(await client.get(base))
    assert "Tried again in Spring (retry) Scheduled" in parent
    assert "Open the retry" in parent


async def test_a_test_goes_to_one_number_with_a_real_person_s_values(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await launched_just_now(session)
        await undo.undo(session, campaign_id, SYSTEM, ended)
    base = f"/campaigns/{campaign_id}"
    client = await login_as(Role.MANAGER)
    review = await client.get(f"{base}/review")
    once = re.search(r'name="once" value="([^"]+)"', review.text)
    assert once is not None
    form = {"to": "+34 611 555 099", "at": "1", "once": once[1]}
    for _ in range(2):
        answer = await client.post(f"{base}/test", data=form)
        assert answer.headers["location"] == f"{base}/review"
    assert len(await noted(state, "message.queued")) == 1
    async with state.sessions() as session:
        names = await preview.values(session, await report.one(session, campaign_id), 1)
        query = text("SELECT body FROM messages WHERE campaign_id IS NULL")
        assert (await session.scalars(query)).all() == [f"Hi {names[0]}, your order is ready."]
        assert (await report.one(session, campaign_id)).progress.total == 0
    wrong = await client.post(f"{base}/test", data={**form, "to": "12", "once": str(new_id())})
    assert "flash" in wrong.cookies


async def test_the_daily_limit_is_told_before_and_while_it_runs(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 5)
        await session.execute(text("UPDATE portfolios SET messaging_limit = 2"))
        await session.execute(
            text(
                "INSERT INTO portfolio_usage (portfolio_id, minute, people) "
                "SELECT id, clock_timestamp() - interval '2 hours', 1 FROM portfolios UNION ALL "
                "SELECT id, clock_timestamp() - interval '25 hours', 9 FROM portfolios"
            )
        )
    client = await login_as(Role.MANAGER)
    page = words(await client.get(f"/campaigns/{campaign.id}"))
    assert "1 of 2 people remain · 1 used in the last 24 hours" in page
    assert "Spread over 3 days." in page
    assert "about 3 days left" in page
    assert "longest wait" in page
    stats = (await client.get(f"/api/campaigns/{campaign.id}/stats")).json()
    assert stats["budget"] == {"most": 2, "used": 1, "remaining": 1, "days": 3}
    assert stats["pace"]["oldest_s"] >= 0


@pytest.mark.parametrize(
    ("reason", "title", "step"),
    [
        ("failures", "Too many messages failed in a short time", "See the failures"),
        ("quality", "Low quality rating", "Open the number"),
        ("restored", "Held after a restore", "Resume"),
    ],
)
async def test_a_brake_says_why_and_offers_one_step(
    login_as: LoginAs, state: AppState, reason: str, title: str, step: str
) -> None:
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 5)
        await session.execute(
            text("UPDATE campaigns SET status = 'paused', pause_reason = :reason"),
            {"reason": reason},
        )
    client = await login_as(Role.MANAGER)
    page = words(await client.get(f"/campaigns/{campaign.id}"))
    assert title in page
    assert step in page


async def test_the_brake_is_chosen_in_the_wizard_and_over_the_api(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/schedule")
    assert 'name="brake_percent" value="30"' in page.text or 'value="30"' in page.text
    form = {"when": "now", "speed": "full", "brake": "on", "brake_percent": "12"}
    saved = await client.post(f"{base}/schedule", data={**form, "revision": revision(page)})
    assert "12 % failures" in words(await client.get(f"{base}/review"))
    form |= {"brake": "never", "revision": revision(saved)}
    await client.post(f"{base}/schedule", data=form)
    assert "Never by itself" in words(await client.get(f"{base}/review"))
    url = f"/api{base}"
    assert (await client.get(url)).json()["brake_percent"] is None
    assert (await client.put(url, json={"brake_percent": 45})).json()["brake_percent"] == 45
    assert (await client.put(url, json={"brake_percent": None})).json()["brake_percent"] is None
    assert (await client.put(url, json={"brake_percent": 0})).status_code == 422


async def test_who_gets_the_replies_is_chosen_in_the_wizard_and_over_the_api(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/schedule")
    assert "Nobody in particular" in page.text
    me = (await client.get("/api/auth/me")).json()
    form = {"when": "now", "speed": "full", "replies_to": me["id"]}
    saved = await client.post(f"{base}/schedule", data={**form, "revision": revision(page)})
    assert f"Replies go to: {me['name']}" in words(await client.get(f"{base}/review"))
    form |= {"replies_to": "nobody", "revision": revision(saved)}
    await client.post(f"{base}/schedule", data=form)
    assert "Replies go to: nobody in particular" in words(await client.get(f"{base}/review"))
    url = f"/api{base}"
    given = await client.put(url, json={"replies_to_id": me["id"]})
    assert given.json()["replies_to_id"] == me["id"]
    stranger = await client.put(url, json={"replies_to_id": str(new_id())})
    assert (stranger.status_code, stranger.json()["code"]) == (422, "assignee_unknown")
    assert (await client.put(url, json={"replies_to_id": None})).json()["replies_to_id"] is None


def test_deeds_within_a_second_share_a_label() -> None:
    def marker(at: float, kind: str, by: str | None) -> Marker:
        return Marker(NOW + timedelta(seconds=at), kind, by, None)

    happened = [
        marker(1, "paused", "Mara"), marker(1.4, "resumed", "Mara"), marker(2.2, "stopped", "Ola"),
        marker(9, "completed", None),
    ]  # fmt: skip
    labels = [charts.label(group) for group in charts.together(happened)]
    assert labels == ["Paused, Resumed · Mara, Stopped · Ola", "Finished"]


async def test_a_draft_larger_than_the_daily_limit_takes_days(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await launched_just_now(session)
        await undo.undo(session, campaign_id, SYSTEM, ended)
        await session.execute(text("UPDATE portfolios SET messaging_limit = 1"))
    client = await login_as(Role.MANAGER)
    for step in ("schedule", "review"):
        page = words(await client.get(f"/campaigns/{campaign_id}/{step}"))
        assert "Spread over 3 days." in page
        assert "2 d" in page
