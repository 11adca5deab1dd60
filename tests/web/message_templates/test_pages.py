import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest

from api.state import AppState
from domain.actors import SYSTEM
from domain.permissions import Role
from domain.template_slots import SlotKind
from services.channels import write
from services.templates import sync
from simulator.app import Simulator
from tests import simulated
from tests.conftest import LoginAs
from whatsapp.client import CloudApi

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def simulator(state: AppState) -> AsyncIterator[Simulator]:
    async with simulated.served() as (server, url), CloudApi() as api:
        async with state.sessions.begin() as session:
            form = simulated.form(server.state.engine.world.config, url)
            row = await write.add(session, state.vault, form, actor=SYSTEM)
        await sync.sync(state.sessions, state.vault, api, row.id, now=NOW)
        yield server


async def test_the_list_shows_names_once_with_their_languages(
    simulator: Simulator, login_as: LoginAs
) -> None:
    html = (await (await login_as(Role.AGENT)).get("/templates")).text
    assert html.count(">spring_sale</a>") == 1
    for language in ("English (United States)", "Spanish", "Portuguese (Brazil)"):
        assert language in html
    assert "WhatsApp paused this template" in html
    assert "Sync with WhatsApp" not in html  # an agent only reads


async def test_filters_and_pages_keep_their_place(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    html = (await client.get("/templates", params={"language": "es"})).text
    assert "spring_sale" in html
    assert "hello_world" not in html
    assert "No template matches" in (await client.get("/templates?q=zzzzz")).text
    first = (await client.get("/templates?part=list")).text
    assert "<html" not in first
    following = re.search(r'href="(/templates\?after=[^"]+)"', first)
    assert following is not None
    assert "part=" not in following[1]
    assert (await client.get(following[1])).status_code == 200
    assert (await client.get("/templates?after=zzz")).status_code == 303


async def test_the_detail_page_shows_every_language_and_what_to_fill_in(
    simulator: Simulator, login_as: LoginAs
) -> None:
    client = await login_as(Role.MANAGER)
    html = (await client.get("/templates?q=spring_sale&language=es")).text
    path = re.search(r"/templates/[0-9a-f-]{36}", html)
    assert path is not None
    page = (await client.get(path[0])).text
    for words in (
        "Hola Mara",
        "Hi Mara",
        "Oi Mara",
        "Header image",
        "Body {{1}}",
        "Use in a campaign",
    ):
        assert words in page
    assert 'src="/pictures?of=' in page
    assert "127.0.0.1:" not in re.sub(r"<td.*?</td>", "", page, flags=re.DOTALL).split("<main")[1]


@pytest.mark.fault("C8")
async def test_every_template_has_its_page(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    found = (await client.get("/api/templates", params={"limit": 200})).json()["items"]
    kinds = {slot["kind"] for item in found for slot in item["variables"]}
    assert {"text", "media", "otp", "url"} <= kinds
    for item in found:
        page = await client.get(f"/templates/{item['id']}")
        assert page.status_code == 200, item["name"]
        if any(slot["kind"] == "otp" for slot in item["variables"]):
            assert "One-time code" in page.text


def test_every_kind_of_value_has_a_word() -> None:
    source = Path("web/templates/templates/detail.html").read_text("utf-8")
    for kind in get_args(SlotKind):
        assert f'"{kind}": _("' in source, kind


async def test_a_template_starts_a_campaign_draft(simulator: Simulator, login_as: LoginAs) -> None:
    client = await login_as(Role.MANAGER)
    template = (await client.get("/api/templates?search=feedback_request")).json()["items"][0]
    answer = await client.post(f"/templates/{template['id']}/campaign")
    assert answer.status_code == 303
    campaign_id = answer.headers["location"].split("/")[2]
    made = (await client.get(f"/api/campaigns/{campaign_id}")).json()
    assert (made["template_id"], made["status"]) == (template["id"], "draft")
    assert made["channel_id"]


@pytest.mark.fault("B11")
async def test_pictures_of_templates_come_from_our_own_address(
    simulator: Simulator, login_as: LoginAs
) -> None:
    client = await login_as(Role.AGENT)
    items = (await client.get("/api/templates?search=new_arrivals")).json()["items"]
    page = (await client.get(f"/templates/{items[0]['id']}")).text
    link = re.search(r'src="(/pictures[^"]+)"', page)
    assert link is not None
    address = link[1].replace("&amp;", "&")
    picture = await client.get(address)
    assert picture.status_code == 200
    assert picture.headers["content-type"] in ("image/png", "image/jpeg")
    again = await client.get(address)
    assert again.content == picture.content
    # Nobody else's sign-in can use the link, and nobody can name an address of their own.
    assert (await (await login_as(Role.AGENT)).get(address)).status_code == 404
    assert (await client.get("/pictures?of=aHR0cDovLzEyNy4wLjAuMS8&by=00")).status_code == 404


async def test_sync_without_the_engine_tells_on_the_next_page(
    simulator: Simulator, login_as: LoginAs
) -> None:
    client = await login_as(Role.MANAGER)
    answer = await client.post("/templates/sync")
    assert (answer.status_code, answer.headers["location"]) == (303, "/templates")
    assert "does not answer" in (await client.get("/templates")).text


async def test_empty_states_lead_on(login_as: LoginAs) -> None:
    html = (await (await login_as(Role.ADMIN)).get("/templates")).text
    assert "Connect a number" in html
    answer = await (await login_as(Role.ADMIN)).get(f"/templates/{uuid4()}")
    assert answer.status_code == 404
