"""Failures link to exactly their people, who can be added to a group."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from api.state import AppState
from api.wording import say
from domain.ids import new_id
from domain.permissions import Role
from domain.standstill import Explanation, Standstill
from services import lives
from tests import factories
from tests.conftest import LoginAs
from tests.services.campaigns.test_retry import PAYMENT, UNREACHABLE, failed
from tests.web.campaigns.test_pages import HTMX, words

pytestmark = pytest.mark.fault("8B2")


async def test_people_of_one_cause_go_into_a_group(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign = await failed(session, PAYMENT, UNREACHABLE, UNREACHABLE)
    client = await login_as(Role.MANAGER)
    base = f"/campaigns/{campaign.id}"
    page = await client.get(f"{base}/failures")
    assert 'href="/contacts"' not in re.sub(r"<nav.*?</nav>", "", page.text, flags=re.DOTALL)
    link = f"{base}/recipients?state=failed&amp;cause=unreachable"
    assert link in page.text
    dialog = await client.get(
        f"{base}/recipients/group?state=failed&cause=unreachable", headers=HTMX
    )
    assert "Add these people to a group" in words(dialog)
    form = {"state": "failed", "cause": "unreachable", "name": "Not reached"}
    for said in ("2 people added", "0 people added"):
        answer = await client.post(f"{base}/recipients/group", data=form)
        assert answer.headers["location"].startswith("/contacts?group=")
        assert said in words(await client.get(answer.headers["location"]))
    async with state.sessions() as session:
        members = await session.scalar(
            text(
                "SELECT count(*) FROM group_members JOIN groups g ON g.id = group_id WHERE g.name = :name"
            ),
            {"name": "Not reached"},
        )
        assert members == 2
        noted = "SELECT count(*) FROM journal WHERE kind = 'group.filled'"
        assert await session.scalar(text(noted)) == 1  # adding nobody changed nothing
    nameless = await client.post(f"{base}/recipients/group", data=form | {"name": " "})
    assert nameless.headers["location"] == f"{base}/failures"
    nowhere = await client.post(
        f"/campaigns/{new_id()}/recipients/group", data=form | {"name": "X"}
    )
    assert nowhere.status_code == 404
    async with state.sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM groups WHERE name = 'X'")) == 0
    agent = await login_as(Role.AGENT)
    assert (await agent.post(f"{base}/recipients/group", data=form)).status_code == 403


async def test_a_campaign_that_only_waits_says_for_what(login_as: LoginAs, state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign = await failed(session, PAYMENT)
        await session.execute(
            text("UPDATE campaigns SET status = 'running', finished_at = NULL, started_at = now()")
        )
        await session.execute(
            text("UPDATE messages SET state = 'queued', next_try_at = now() + interval '1 day'")
        )
        # As it is later: in the seconds after a message it is measured, not waited for.
        await session.execute(text("DELETE FROM campaign_rates"))
    client = await login_as(Role.MANAGER)
    page = words(await client.get(f"/campaigns/{campaign.id}"))
    assert re.search(r"Trying \d+ pe\w+ again", page)
    assert "0/s" not in page
    assert "next try" in words(await client.get("/"))
    for listed in (await client.get("/campaigns"), await client.get("/campaigns", headers=HTMX)):
        assert "Waiting for retries, next try" in words(listed)
        assert re.search(r"next try <time[^>]*>[^<]*</time> <span[^>]*data-here-zone>", listed.text)
    for path in ("/", f"/campaigns/{campaign.id}"):
        shown = (await client.get(path)).text
        assert re.search(
            r"(next try|again) <time[^>]*>[^<]*</time> <span[^>]*data-here-zone>", shown
        )


@pytest.mark.parametrize("count", [1, 2, 1_001])
def test_one_person_is_spoken_of_as_one(count: int) -> None:
    for cause in (Standstill.DATABASE_LOCKED, Standstill.NEWS_WAIT, Standstill.RETRIES):
        told = say(Explanation(cause, values={"count": count, "age": 9}).text)
        assert bool(
            re.search(r"^[\d,]+ (?:of our )?\w+ (?:waits|gets|is waiting|from WhatsApp is)", told)
        ) == (count == 1), told


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        ((), "The campaign was stopped before their turn."),
        ((1,), "stopped before their turn; 1 of them had been tried and waited for another try."),
        ((1, 2, 3), "They had been tried, and the campaign was stopped before another try."),
    ],
    ids=["nobody", "one", "all"],
)
async def test_whom_a_stopped_campaign_left_out_can_be_seen_and_grouped(
    login_as: LoginAs, state: AppState, tried: tuple[int, ...], said: str
) -> None:
    """Three people are not sent; those who were tried are as a stop leaves them."""
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 3)
        await session.execute(
            text(
                "INSERT INTO messages (id, channel_id, contact_id, campaign_id, seq, direction, origin, "
                "kind, state, attempt, next_try_at) SELECT gen_random_uuid(), :channel, contact_id, "
                "campaign_id, seq, 'out', 'campaign', 'template', 'queued', 1, now() + interval '1 day' "
                "FROM campaign_recipients WHERE seq = ANY(:tried)"
            ),
            {"channel": campaign.channel_id, "tried": list(tried)},
        )
        await session.execute(
            text("UPDATE campaigns SET status = 'stopped', started_at = now(), finished_at = now()")
        )
    client = await login_as(Role.MANAGER)
    base = f"/campaigns/{campaign.id}"
    page = await client.get(base)
    assert "3 people did not get it" in words(page)
    assert said in words(page)
    assert f'href="{base}/recipients?state=queued"' in page.text
    assert f'hx-get="{base}/recipients/group?state=queued"' in page.text
    people = await client.get(f"{base}/recipients?state=queued")
    assert "Add to a group" in words(people)
    assert "next try" not in words(people).lower()
    assert "next try" not in words(await client.get(f"{base}/recipients/1")).lower()
    assert (
        "Not sent" in (await client.get(f"{base}/recipients/group?state=queued", headers=HTMX)).text
    )
    form = {"state": "queued", "name": "Not sent"}
    answer = await client.post(f"{base}/recipients/group", data=form)
    assert "3 people added" in words(await client.get(answer.headers["location"]))
    nameless = await client.post(f"{base}/recipients/group", data=form | {"name": " "})
    assert nameless.headers["location"] == f"{base}/recipients?state=queued"


async def test_a_campaign_whose_people_have_gone_still_says_why(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        campaign = await failed(session, PAYMENT, UNREACHABLE, UNREACHABLE)
    client = await login_as(Role.MANAGER)
    base = f"/campaigns/{campaign.id}"
    before = words(await client.get(base))
    assert re.search(r"Retry \d (person|people)", before)
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE campaigns SET finished_at = now() - interval '3 years'"))
        assert await lives.let_people_go(session, datetime.now(UTC), 24)
        await session.execute(text("DELETE FROM campaign_recipients"))
        await session.execute(text("DELETE FROM messages"))
    page = await client.get(f"{base}/failures")
    assert re.search(r"2 Failed .*Next step", words(page))
    assert "cause=unreachable" not in page.text
    assert "Retry" not in words(page)
    recipients = words(await client.get(f"{base}/recipients"))
    assert "The recipients of this campaign are no longer kept" in recipients
    assert "Nobody is in this list" not in recipients
    assert "All 4 Awaiting delivery update 1 Failed 3" in recipients
