"""The pages of campaigns as people use them: wizard, list, live page; and the dashboard."""

import re
from datetime import UTC, datetime
from html import unescape
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.state import AppState
from domain.permissions import Role
from tests import factories
from tests.conftest import LoginAs
from web.campaigns.saving import local_time

HTMX = {"HX-Request": "true"}


async def ingredients(state: AppState, count: int = 5) -> dict[str, UUID]:
    async with state.sessions.begin() as session:
        return {
            "channel": await factories.channel(session, state.vault),
            "template": await factories.template(session),
            "group": await factories.people(session, count),
        }


async def launched(state: AppState, count: int = 5, *, begun: bool = True) -> str:
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, count, begun=begun)
        return f"/campaigns/{campaign.id}"


async def draft(client: httpx.AsyncClient) -> str:
    answer = await client.post("/campaigns")
    assert answer.status_code == 303
    return str(answer.headers["location"]).removesuffix("/audience")


def words(answer: httpx.Response) -> str:
    """What a person reads."""
    body = re.sub(r"<(script|template)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


async def launch(client: httpx.AsyncClient, base: str) -> httpx.Response:
    """Press the button of the review page as it is now."""
    return await client.post(f"{base}/launch", data=await agreed(client, base))


async def agreed(client: httpx.AsyncClient, base: str) -> dict[str, str]:
    """What the button of the review page posts."""
    shown = (await client.get(f"{base}/review")).text
    found = re.findall(r'name="(revision|people)" value="(\d+)"', shown)
    return dict(found) or {"revision": "0", "people": "0"}


def revision(answer: httpx.Response) -> str:
    found = re.search(r'name="revision" value="(\d+)"', answer.text)
    assert found is not None
    return found[1]


async def test_a_newcomer_sends_a_first_campaign(login_as: LoginAs, state: AppState) -> None:
    found = await ingredients(state)
    client = await login_as(Role.MANAGER)
    assert "No campaigns yet" in words(await client.get("/campaigns"))
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    form = {"name": "Spring", "scope": "groups", "group": str(found["group"])}
    saved = await client.post(f"{base}/audience", data={**form, "revision": revision(page)})
    assert saved.status_code == 200
    assert 'id="reach"' in saved.text
    assert "5 people get this message" in words(saved)
    onward = await client.post(
        f"{base}/audience", data={**form, "revision": revision(saved), "go": "message"}
    )
    assert onward.headers["location"] == f"{base}/message"
    picker = await client.get(f"{base}/message")
    assert "restock_coffee" in words(picker)
    chosen = await client.post(f"{base}/template", data={"template_id": str(found["template"])})
    assert chosen.headers["location"] == f"{base}/message"
    page = await client.get(f"{base}/message")
    assert "Body {{1}}" in words(page)
    values = {"field:body.1": "name", "default:body.1": "friend", "revision": revision(page)}
    onward = await client.post(f"{base}/message", data={**values, "go": "schedule"})
    assert onward.headers["location"] == f"{base}/schedule"
    page = await client.get(f"{base}/schedule")
    speed = {"when": "now", "speed": "limited", "per_second": "2", "revision": revision(page)}
    saved = await client.post(f"{base}/schedule", data=speed)
    assert "2 messages per second" in words(saved)
    assert "Takes about 3 s" in words(saved) or "Takes about 2 s" in words(saved)
    review = words(await client.get(f"{base}/review"))
    for text_ in ("Everybody", "restock_coffee", "Main line", "Send to 5", "friend"):
        assert text_ in review
    seen = await agreed(client, base)
    stale = {**seen, "revision": str(int(seen["revision"]) - 1)}
    refused = await client.post(f"{base}/launch", data=stale)
    assert refused.headers["location"] == f"{base}/review"
    assert "another window" in words(await client.get(f"{base}/review"))
    moved = await client.post(f"{base}/launch", data={**seen, "people": "197"})
    assert moved.headers["location"] == f"{base}/review"
    first, second = [await launch(client, base) for _ in "ab"]
    assert first.headers["location"] == second.headers["location"] == base
    live = words(await client.get(base))
    assert "Sending to 5 in 5 s" in live
    assert "Nothing has been sent yet." in live
    assert (await client.get(f"{base}/audience")).headers["location"] == base


async def test_a_draft_with_gaps_says_so_and_links_to_the_step(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/review")
    assert "Something is missing" in words(page)
    assert f'href="{base}/message"' in page.text
    refused = await launch(client, base)
    assert refused.headers["location"] == f"{base}/review"
    assert "flash" in refused.cookies


async def test_a_change_in_another_tab_is_told(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    form = {"scope": "everyone", "revision": revision(page)}
    await client.post(f"{base}/audience", data={**form, "name": "One"})
    clash = await client.post(f"{base}/audience", data={**form, "name": "Two"}, headers=HTMX)
    assert clash.status_code == 409
    away = await client.post(f"{base}/audience", data={**form, "name": "Two", "go": "message"})
    assert away.headers["location"] == f"{base}/audience"
    assert "flash" in away.cookies
    again = await client.post(f"{base}/audience", data={**form, "name": "One", "go": "message"})
    assert again.headers["location"] == f"{base}/audience?missing=1"  # and it is no conflict


async def test_a_planned_time_is_the_viewer_s_wall_clock(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/schedule")
    form = {"when": "later", "at": "2027-03-01T09:30", "zone": "Africa/Lagos", "speed": "full"}
    saved = await client.post(f"{base}/schedule", data={**form, "revision": revision(page)})
    assert 'datetime="2027-03-01T08:30:00+00:00"' in saved.text
    assert local_time("2027-07-01T09:30", "Europe/Berlin") == datetime(
        2027, 7, 1, 7, 30, tzinfo=UTC
    )
    for at, zone in (
        ("soon", "UTC"),
        ("2027-03-01T09:30", "Mars/Base"),
        ("9999-99-99T00:00", "UTC"),
    ):
        wrong = {**form, "at": at, "zone": zone, "revision": revision(saved)}
        assert (await client.post(f"{base}/schedule", data=wrong)).status_code == 422


@pytest.mark.fault("D4")
async def test_a_time_that_does_not_exist_is_said_beside_its_field(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/schedule")
    jumped = {"when": "later", "at": "2027-03-28T02:30", "zone": "Europe/Madrid"}
    form = {**jumped, "revision": revision(page)}
    typed = {**HTMX, "Accept": "text/html, application/problem+json"}
    saved = await client.post(f"{base}/schedule", data=form, headers=typed)
    assert saved.status_code == 422
    assert "does not exist" in saved.json()["fields"]["at"]
    # Continuing stays on the step and shows it there, once if it is a whole page.
    onward = await client.post(f"{base}/schedule", data={**form, "go": "review"})
    assert onward.headers["location"] == f"{base}/schedule"
    assert words(await client.get(f"{base}/schedule")).count("That time does not exist") == 1
    assert words(await client.post(f"{base}/schedule", data=form)).count("does not exist") == 1


async def test_what_is_typed_after_signing_out_is_not_called_saved(login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/schedule")
    client.cookies.clear()
    typed = {**HTMX, "Accept": "text/html, application/problem+json"}
    answer = await client.post(
        f"{base}/schedule", data={"when": "now", "revision": revision(page)}, headers=typed
    )
    assert answer.headers["hx-redirect"].startswith("/login")  # which the script follows


async def test_templates_that_cannot_be_sent_are_grey_with_the_reason(
    login_as: LoginAs, state: AppState
) -> None:
    await ingredients(state)
    async with state.sessions.begin() as session:
        other = await factories.template(session, name="winter_sale")
        await session.execute(
            text("UPDATE templates SET status = 'PENDING' WHERE id = :id"), {"id": other}
        )
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/message")
    assert "still reviewing" in words(page)
    assert page.text.count('name="template_id"') == 1
    hover = await client.get(f"{base}/templates/{other}", headers=HTMX)
    assert "winter_sale" in words(hover)
    assert "No template matches" in words(await client.get(f"{base}/message?q=nothing+like+it"))


async def test_the_preview_turns_from_person_to_person(login_as: LoginAs, state: AppState) -> None:
    found = await ingredients(state)
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    form = {"name": "A", "scope": "groups", "group": str(found["group"])}
    await client.post(f"{base}/audience", data={**form, "revision": revision(page)})
    await client.post(f"{base}/template", data={"template_id": str(found["template"])})
    shown = [words(await client.get(f"{base}/preview?at={at}")) for at in (0, 1, 20)]
    assert "1 of the first 5" in shown[0]
    assert "2 of the first 5" in shown[1]
    assert "5 of the first 5" in shown[2]
    assert words(await client.get(f"{base}/preview?at=-1")) == shown[0]


async def test_the_live_page_sums_and_links_every_number(
    login_as: LoginAs, state: AppState
) -> None:
    base = await launched(state)
    client = await login_as(Role.MANAGER)
    page = await client.get(base)
    assert "5 people = 5 waiting" in words(page)
    assert f'href="{base}/recipients?state=queued"' in page.text
    assert "/workflows/campaign%2F" in page.text
    assert f'data-live="campaign:{base.rpartition("/")[2]}"' in page.text
    assert "Pending" not in words(page)
    part = await client.get(base, headers=HTMX)
    assert part.text.lstrip().startswith('<div id="campaign-live"')
    for tab in ("recipients", "failures", "settings", "history"):
        whole = await client.get(f"{base}/{tab}")
        assert "5 people = 5 waiting" in words(whole)
        (live,) = re.findall(r'<div id="campaign-live"[^>]*>', whole.text)
        assert "data-live-events" not in live  # its head follows progress, too
        assert whole.status_code == 200
        part = await client.get(f"{base}/{tab}", headers=HTMX)
        assert part.text.lstrip().startswith('<div id="campaign-live"')


async def test_pause_resume_speed_and_stop_from_the_page(
    login_as: LoginAs, state: AppState
) -> None:
    base = await launched(state)
    client = await login_as(Role.MANAGER)
    paused = await client.post(f"{base}/pause", headers=HTMX)
    assert "Paused by your team" in words(paused)
    assert "Resume" in words(paused)
    assert "Running" in words(await client.post(f"{base}/resume", headers=HTMX))
    assert "as fast as the number allows: 1,000" in words(await client.get(f"{base}/speed"))
    assert (await client.post(f"{base}/speed", data={"per_second": "25"})).status_code == 303
    assert (await client.post(f"{base}/speed", data={"per_second": "0"})).status_code == 422
    assert (await client.post(f"{base}/speed", data={"per_second": ""})).status_code == 303
    ask = words(await client.get(f"{base}/stop"))
    assert "5 people will not get the message" in ask
    assert "0 messages were handed to WhatsApp" in ask
    await client.post(f"{base}/stop")
    page = words(await client.get(base))
    assert "Stopped" in page
    assert "5 people did not get it" in page
    history = words(await client.get(f"{base}/history"))
    for line in ("Launched", "Paused", "Resumed", "Speed changed: 25 messages per second"):
        assert line in history
    assert (await client.post(f"{base}/resume")).status_code == 409


@pytest.mark.parametrize(
    ("reason", "status", "title", "place"),
    [
        ("payment", "paused", "problem with your payment method", "/channels/"),
        ("template", "paused", "The template cannot be sent", "/templates/"),
        ("missed_start", "held", "Its start was missed", ""),
    ],
)
async def test_a_halted_campaign_says_why_and_what_to_do(
    login_as: LoginAs, state: AppState, reason: str, status: str, title: str, place: str
) -> None:
    base = await launched(state)
    async with state.sessions.begin() as session:
        await session.execute(
            text("UPDATE campaigns SET status = :status, pause_reason = :reason"),
            {"status": status, "reason": reason},
        )
    client = await login_as(Role.MANAGER)
    page = await client.get(base)
    assert title in words(page)
    assert "Next step:" in words(page)
    assert place in page.text
    assert "Resume" in words(page)


async def test_recipients_filter_search_and_download(login_as: LoginAs, state: AppState) -> None:
    base = await launched(state)
    client = await login_as(Role.MANAGER)
    everybody = await client.get(f"{base}/recipients")
    assert everybody.text.count('class="row-link"') == 5
    assert "Waiting to be sent" in words(everybody)
    nobody = await client.get(f"{base}/recipients?state=failed&cause=unreachable")
    assert "Nobody is in this list." in words(nobody)
    assert "Not reachable on WhatsApp" in words(nobody)
    file = await client.get(f"{base}/recipients.csv?state=queued")
    assert len(file.text.splitlines()) == 6
    assert "Left out of the address" in (await client.get(f"{base}/recipients?state=pending")).text


async def test_the_list_shows_states_and_finds_by_name(login_as: LoginAs, state: AppState) -> None:
    await launched(state)
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    untouched = words(await client.get("/campaigns"))
    assert "Draft 1" not in untouched
    form = {
        "go": "close",
        "name": "Autumn",
        "revision": revision(await client.get(f"{base}/audience")),
    }
    await client.post(f"{base}/audience", data=form)
    page = await client.get("/campaigns")
    assert "0 of 5 done" in words(page)
    assert "Draft 1" in words(page)
    only = await client.get("/campaigns?status=running", headers=HTMX)
    assert only.text.lstrip().startswith('<section id="campaign-rows"')
    assert base not in only.text
    assert "No campaign matches" in words(await client.get("/campaigns?q=nothing"))
    gone = await client.post(f"{base}/delete")
    assert gone.headers["location"] == "/campaigns"
    assert (await client.get(base)).status_code == 404


async def test_the_example_needs_a_number_and_then_is_complete(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    assert (await client.post("/campaigns/example")).headers["location"] == "/campaigns"
    await ingredients(state)
    review = (await client.post("/campaigns/example")).headers["location"]
    assert "Send to 5" in words(await client.get(review))


async def test_the_dashboard_shows_what_each_role_may_see(
    login_as: LoginAs, state: AppState
) -> None:
    base = await launched(state)
    manager, agent = await login_as(Role.MANAGER), await login_as(Role.AGENT)
    page = await manager.get("/")
    for text_ in ("Submitted to WhatsApp", "First steps", "Main line", "Spring", "Connected"):
        assert text_ in words(page)
    assert f'href="{base}"' in page.text
    seen = await agent.get("/")
    assert seen.status_code == 200
    assert base not in seen.text
    assert "Campaigns under way" not in words(seen)
    for part in ("numbers", "running", "steps", "health"):
        answer = await manager.get(f"/?part={part}", headers=HTMX)
        assert answer.text.lstrip().startswith(f'<section id="dashboard-{part}"')
    assert base not in (await agent.get("/?part=running", headers=HTMX)).text
