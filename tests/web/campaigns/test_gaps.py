"""The wizard asks for every choice without a value, everywhere and all at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.state import AppState
from domain.campaigns import BRAKE, THROTTLE
from domain.permissions import Role
from tests.conftest import LoginAs
from tests.web.campaigns.test_pages import draft, ingredients, launch, revision, words

pytestmark = pytest.mark.fault("8B1")
BLANK = {"when": "later", "at": "", "speed": "limited", "per_second": "", "brake": "on"}
AGO = {"ago": timedelta(minutes=23)}
ASKED = (
    "Choose a date and a time.",
    "Enter how many messages per second: 1 to 1,000.",
    "Enter the percentage of failures at which it pauses: 1 to 100.",
)


async def test_a_time_a_speed_and_a_brake_without_a_value_are_asked_for_at_once(
    login_as: LoginAs,
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/schedule")
    form = {**BLANK, "brake_percent": "", "revision": revision(page)}
    onward = await client.post(f"{base}/schedule", data={**form, "go": "review"})
    assert onward.headers["location"] == f"{base}/schedule?missing=1"
    page = await client.get(onward.headers["location"])
    for sentence in ASKED:
        assert words(page).count(sentence) == 1
    for field, allowed in (("per_second", THROTTLE), ("brake_percent", BRAKE)):
        [box] = re.findall(rf'<input[^>]*name="{field}"[^>]*>', page.text)
        assert f'min="{allowed.least}"' in box
        assert f'max="{allowed.most}"' in box
    for chosen in ("later", "limited", "on"):
        assert re.search(rf'value="{chosen}"[^>]* checked', page.text), chosen
    # Using the steps above the form shows the same, and sending is impossible.
    review = await client.get(f"{base}/review")
    assert "Starts at launch" not in words(review)
    assert "As fast as the number allows" not in words(review)
    for sentence in ASKED:
        assert sentence in words(review)
    await launch(client, base)
    assert "Choose a date" in words(await client.get(f"{base}/review"))


async def test_as_it_is_typed_the_choice_is_kept_and_an_answer_closes_it(
    login_as: LoginAs,
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/schedule")
    form = {**BLANK, "brake_percent": "30"}
    saved = await client.post(f"{base}/schedule", data={**form, "revision": revision(page)})
    assert "no time chosen yet" in words(saved)
    assert "Choose a date and a time." in words(await client.get(f"{base}/review"))
    answered = {**form, "at": "2027-03-01T09:30", "zone": "UTC", "per_second": "5"}
    saved = await client.post(f"{base}/schedule", data={**answered, "revision": revision(saved)})
    review = words(await client.get(f"{base}/review"))
    assert not any(sentence in review for sentence in ASKED)
    # A time that is emptied again is none: the one of before does not come back.
    await client.post(f"{base}/schedule", data={**form, "revision": revision(saved)})
    review = words(await client.get(f"{base}/review"))
    assert "At a time that is not chosen yet" in review
    assert "1 Mar 2027" not in review


@pytest.mark.parametrize("number", ["0", "1001", "ten", "2.5", "-3"])
async def test_a_number_that_cannot_be_is_asked_for_like_one_that_is_missing(
    login_as: LoginAs, number: str
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    form = {**BLANK, "when": "now", "per_second": number, "brake_percent": "30"}
    form["revision"] = revision(await client.get(f"{base}/schedule"))
    saved = await client.post(f"{base}/schedule", data=form)
    assert (saved.status_code, ASKED[1] in words(saved)) == (200, True)
    form["revision"] = revision(saved)
    onward = await client.post(f"{base}/schedule", data={**form, "go": "review"})
    assert ASKED[1] in words(await client.get(onward.headers["location"]))


@pytest.mark.parametrize("name", ["", " "])
async def test_name_and_people_that_are_missing_are_named_together(
    login_as: LoginAs, name: str
) -> None:
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    assert page.text.count("formnovalidate") >= 3  # the browser would name the first field only
    form = {"name": name, "scope": "groups", "revision": revision(page), "go": "message"}
    onward = await client.post(f"{base}/audience", data=form)
    page = await client.get(onward.headers["location"])
    for sentence in ("Give the campaign a name.", "Nobody is in this audience yet."):
        assert sentence in words(page)
    assert re.search(r'name="name"[^>]* value=""|name="name"(?![^>]* value=)', page.text)
    named = {"name": "Spring", "scope": "groups", "revision": revision(page), "go": "message"}
    await client.post(f"{base}/audience", data=named)
    assert "Give the campaign a name." not in words(await client.get(f"{base}/review"))


async def test_the_heading_and_the_day_of_the_change_follow_what_is_typed(
    login_as: LoginAs, state: AppState
) -> None:
    found = await ingredients(state)
    client = await login_as(Role.MANAGER)
    base = await draft(client)
    page = await client.get(f"{base}/audience")
    assert '<h1 class="page-title" id="campaign-name">' in page.text
    form = {"name": "Winter", "scope": "groups", "group": str(found["group"])}
    saved = await client.post(f"{base}/audience", data={**form, "revision": revision(page)})
    assert 'id="campaign-name" hx-swap-oob="true">Winter</h1>' in saved.text
    for path, sent in (
        ("name", {"data": {"name": "Autumn"}}),
        ("schedule", {"data": {"when": "now", "speed": "limited", "per_second": "7"}}),
        ("template", {"data": {"template_id": str(found["template"])}}),
        ("file", {"files": {"file": ("a.csv", b"Phone\n+34611000106\n", "text/csv")}}),
    ):
        async with state.sessions.begin() as session:
            await session.execute(text("UPDATE campaigns SET updated_at = now() - :ago"), AGO)
        assert "Changed 23 min" in words(await client.get("/campaigns"))
        seen = revision(await client.get(f"{base}/schedule"))
        given: dict[str, Any] = {"data": {}} | sent
        given["data"] |= {"revision": seen}
        await client.post(f"{base}/{path}", **given)
        assert "Changed 23 min" not in words(await client.get("/campaigns"))
