"""What the wizard and the settings of a campaign show: real people, their own names, the template's picture."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.security import Principal
from api.state import AppState
from domain.actors import SYSTEM, Actor
from domain.campaigns import Audience, CampaignType, Variable
from domain.contacts import CustomField, FieldType
from domain.permissions import GRANTS, Role
from services.campaigns import report
from services.campaigns.drafts import preview
from services.campaigns.drafts import write as drafts
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch
from services.contacts import search, write
from services.contacts.write import ContactChange
from store import fields as stored_fields
from tests import factories
from tests.conftest import LoginAs
from tests.web.campaigns.test_pages import words
from tests.web.campaigns.test_sources import upload
from tests.work import work
from web.inbox.panes import contact_pane

PICTURE = "http://127.0.0.1:9/sample.png"
BODY: dict[str, Any] = {"type": "BODY", "text": "Hi {{1}} of the house {{2}}."}
HEADER: dict[str, Any] = {
    "type": "HEADER",
    "format": "IMAGE",
    "example": {"header_handle": [PICTURE]},
}


async def drafted(
    state: AppState,
    *people: str,
    components: list[dict[str, Any]] | None = None,
    category: str = "UTILITY",
    variables: dict[str, Variable] | None = None,
) -> UUID:
    async with state.sessions.begin() as session:
        channel_id = await factories.channel(session, state.vault)
        template_id = await factories.template(
            session, category=category, components=components or [BODY]
        )
        for number, name in enumerate(people):
            person = ContactChange(phone=f"+3461100010{number}", name=name)
            await write.create(session, SYSTEM, person)
        made = await drafts.create(session, SYSTEM, "Spring", CampaignType.CONTACTS)
        change = DraftChange(
            channel_id=channel_id,
            template_id=template_id,
            audience=Audience(everyone=True),
            variables=variables
            or {
                "body.1": Variable("name:first", "friend"),
                "body.2": Variable("name:last", "nobody"),
            },
        )
        await drafts.change(session, made.id, SYSTEM, change, None)
        return made.id


@pytest.mark.fault("B6")
async def test_first_and_last_name_are_the_halves_of_the_name(state: AppState) -> None:
    campaign_id = await drafted(state, "Ana de la Vega", "Prince", "")
    async with state.sessions.begin() as session:
        message = await preview.message(session, await report.one(session, campaign_id))
        assert message is not None
        assert {item.shown["body"] for item in message.examples} == {
            "Hi Ana of the house de la Vega.",
            "Hi Prince of the house nobody.",
            "Hi friend of the house nobody.",
        }


@pytest.mark.fault("B6")
async def test_the_wizard_offers_and_presets_a_person_s_own_name(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        old = CustomField("first_name", "First name", FieldType.TEXT)
        await stored_fields.create(session, old)
    campaign_id = await drafted(state, "Ana Vega")
    client = await login_as(Role.MANAGER)
    async with state.sessions.begin() as session:
        await session.execute(text("UPDATE campaigns SET variables = '{}'"))
        template_id = await session.scalar(text("SELECT template_id FROM campaigns"))
    await client.post(f"/campaigns/{campaign_id}/template", data={"template_id": str(template_id)})
    page = await client.get(f"/campaigns/{campaign_id}/message")
    first = re.search(r'<select[^>]*name="field:body.1".*?</select>', page.text, re.DOTALL)
    assert first is not None
    assert re.search(r'value="name:first" selected', first[0])
    for said in ("First name", "Last name", "First name (field)"):
        assert said in first[0]
    review = await client.get(f"/campaigns/{campaign_id}/review")
    assert "First name" in words(review)


@pytest.mark.fault("B11")
async def test_the_settings_show_the_message_as_one_person_gets_it(
    login_as: LoginAs, state: AppState
) -> None:
    campaign_id = await drafted(state, "Ana Vega")
    async with state.sessions.begin() as session:
        await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
    client = await login_as(Role.MANAGER)
    before = words(await client.get(f"/campaigns/{campaign_id}/settings"))
    assert "Sample values" in before
    assert "{{" not in before.split("Sample values")[1]
    async with state.sessions.begin() as session:
        await freezing.freeze(session, campaign_id)
        await session.execute(text("UPDATE contacts SET name = 'Ana New'"))
    page = words(await client.get(f"/campaigns/{campaign_id}/settings"))
    assert "Hi Ana of the house Vega." in page, "as it was frozen"
    assert "As this person sees it" in page
    assert "Ana New" in page


@pytest.mark.fault("B3")
async def test_the_sample_holds_nobody_who_is_left_out(login_as: LoginAs, state: AppState) -> None:
    campaign_id = await drafted(state, "Ana Vega", "Bo Stop", category="MARKETING")
    stop = text("UPDATE contacts SET marketing_opt_out_at = now() WHERE name = 'Bo Stop'")
    async with state.sessions.begin() as session:
        await session.execute(stop)
        message = await preview.message(session, await report.one(session, campaign_id))
        assert message is not None
        assert [item.name for item in message.examples] == ["Ana Vega"]
        await drafts.change(session, campaign_id, SYSTEM, DraftChange(type=CampaignType.CSV), None)
    client = await login_as(Role.MANAGER)
    base = f"/campaigns/{campaign_id}"
    rows = "Ana,+34611000100,yes\nBo,+34611000101,yes\nCy,+34611000102,no\nDi,+34611000103,yes\n"
    await upload(client, base, f"Name,Phone,Consent\n{rows}")
    await work(state)
    for step in ("file", "review"):
        page = await client.get(f"{base}/{step}", headers={"HX-Request": "true"})
        shown = words(page).partition("Phone Country Name")[2][:150]
        assert [name for name in ("Ana", "Bo", "Cy", "Di") if name in shown] == ["Ana", "Di"], step


@pytest.mark.fault("B11")
async def test_the_wizard_keeps_the_template_s_own_picture(
    login_as: LoginAs, state: AppState
) -> None:
    components = [HEADER, {"type": "BODY", "text": "Hi {{1}}"}]
    values = {"header.image": Variable("", ""), "body.1": Variable("name:first", "friend")}
    campaign_id = await drafted(state, "Ana", components=components, variables=values)
    client = await login_as(Role.MANAGER)
    for step in ("message", "review", "preview"):
        page = await client.get(f"/campaigns/{campaign_id}/{step}")
        assert re.search(r'<div class="template-media"[^>]*>\s*<img src="/pictures\?of=', page.text)
        assert PICTURE not in page.text, step


@pytest.mark.fault("B3")
async def test_in_doubt_the_wizard_lists_the_columns_that_may_hold_the_phone(
    login_as: LoginAs, state: AppState
) -> None:
    campaign_id = await drafted(state)
    async with state.sessions.begin() as session:
        await drafts.change(session, campaign_id, SYSTEM, DraftChange(type=CampaignType.CSV), None)
    client = await login_as(Role.MANAGER)
    rows = "\n".join(f"{n},+346110001{n}" for n in range(10, 20))
    await upload(client, f"/campaigns/{campaign_id}", f"Order no,Contacts A\n{rows}\n")
    await work(state)
    for address, htmx in (("file", {"HX-Request": "true"}), ("audience", {})):
        page = words(await client.get(f"/campaigns/{campaign_id}/{address}", headers=htmx))
        asked = page.partition("Which column holds the WhatsApp number?")[2]
        if asked:
            assert "Contacts A : +34611000110 · +34611000111" in asked
            assert "Spain" in asked
        else:
            assert "Column with the WhatsApp number" in page


@pytest.mark.fault("B6")
async def test_a_contact_shows_what_is_known_and_folds_what_is_not(
    login_as: LoginAs, state: AppState
) -> None:
    async with state.sessions.begin() as session:
        await stored_fields.create(session, CustomField("first_name", "First name", FieldType.TEXT))
        await stored_fields.create(session, CustomField("city", "City", FieldType.TEXT))
        person = ContactChange(phone="+34611000100", name="Ana", fields={"city": "Jaén"})
        made = await write.create(session, SYSTEM, person)
    client = await login_as(Role.MANAGER)
    person_id = UUID((await client.get("/api/auth/me")).json()["id"])
    principal = Principal(
        user_id=person_id, role=Role.MANAGER, name="", email="", actor=Actor("user", person_id),
        permissions=GRANTS[Role.MANAGER], timezone="UTC", locale="en", via="session",
    )  # fmt: skip
    page = await client.get(f"/contacts/{made.id}")
    assert "<dt>City</dt><dd>Jaén</dd>" in page.text
    assert "<dt>First name" not in page.text
    assert "1 empty field First name (field)" in words(page)
    # Also where it is filled in, managed, and read beside the conversation.
    for path in (f"/contacts/{made.id}/edit", "/contacts/fields"):
        assert "First name (field)" in words(await client.get(path))
    async with state.sessions.begin() as session:
        await write.update(session, SYSTEM, made.id, ContactChange(fields={"first_name": "Ani"}))
        found = await search.get(session, made.id)
        pane = await contact_pane(session, principal, found)
    assert ("First name (field)", "Ani") in pane["custom_fields"]


@pytest.mark.fault("B11")
async def test_everything_that_is_missing_is_said_at_once(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    parts = [HEADER, {"type": "BODY", "text": "Hi {{1}} of the house {{2}}."}]
    given = {"body.1": Variable("name:first")}
    campaign_id = await drafted(state, "Ana Ruiz", components=parts, variables=given)
    page = words(await client.get(f"/campaigns/{campaign_id}/review"))
    assert "Something is missing Choose what fills Header image and Body {{2}}." in page
    step = await client.get(f"/campaigns/{campaign_id}/message")
    assert "sample, which is not sent" in words(step)
    link = re.search(r'src="(/pictures[^"]+)"', step.text)
    assert link is not None
    # Nobody answers there: a drawn sign instead of the browser's broken picture.
    shown = await client.get(link[1].replace("&amp;", "&"))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/svg+xml")
    assert "sandbox" in shown.headers["content-security-policy"]


@pytest.mark.fault("B7")
async def test_only_the_rule_that_a_value_breaks_is_told(
    state: AppState, login_as: LoginAs
) -> None:
    button = {"type": "URL", "text": "Shop", "url": "https://shop.example/{{1}}", "example": ["x"]}
    components = [HEADER, BODY, {"type": "BUTTONS", "buttons": [button]}]
    fine = {
        "header.image": Variable("", "https://cdn.example/a b.png"),
        "body.1": Variable("name:first", "friend"),
        "body.2": Variable("name:last", "nobody"),
    }
    broken = fine | {"button.0.1": Variable("", "https://other.example/x")}
    campaign_id = await drafted(state, "Mara Voss", components=components, variables=broken)
    client = await login_as(Role.MANAGER)
    page = words(await client.get(f"/campaigns/{campaign_id}/message"))
    assert "Enter what comes after https://shop.example/" in page
    assert "Enter a link that starts with https://" not in page
