"""CSV and API campaigns over the JSON API: files, added people, and repeated or wrong input."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from api.state import AppState
from domain.permissions import Role
from services.campaigns.launching import freezing
from tests import factories
from tests.conftest import LoginAs, TokenFor
from tests.noted import commands
from tests.work import work

CSV = "Name,Phone,City\nAna,+34 611 000 001,Madrid\nBen,12,Rome\nAna,0034611000001,Oslo\n"


async def body(state: AppState, **more: Any) -> dict[str, Any]:
    async with state.sessions.begin() as session:
        channel_id = await factories.channel(session, state.vault)
        template_id = await factories.template(session)
    return {
        "name": "Orders",
        "type": "api",
        "channel_id": str(channel_id),
        "template_id": str(template_id),
        **more,
    }


def people(*numbers: int) -> dict[str, Any]:
    return {
        "recipients": [
            {"phone": f"+34611{number:06}", "variables": {"1": "Ana"}} for number in numbers
        ]
    }


async def made(client: httpx.AsyncClient, state: AppState, **more: Any) -> str:
    answer = await client.post("/api/campaigns", json=await body(state, **more))
    assert answer.status_code == 201, answer.text
    return f"/api/campaigns/{answer.json()['id']}"


async def freeze(state: AppState, url: str) -> int:
    async with state.sessions.begin() as session:
        return await freezing.freeze(session, UUID(url.rpartition("/")[2]))


async def test_a_program_creates_launches_feeds_and_closes(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    created = (await client.post("/api/campaigns", json=await body(state, **people(1, 1)))).json()
    assert created["type"] == "api"
    assert created["recipients"]["accepted"] == created["recipients"]["duplicate"] == 1
    url = f"/api/campaigns/{created['id']}"
    check = (await client.get(f"{url}/check")).json()
    assert check == {
        "recipients": 1, "never_asked": 0, "excluded": {}, "problems": {}, "ready": True,
    }  # fmt: skip
    assert (await client.post(f"{url}/execute")).status_code == 200
    assert await freeze(state, url) == 1
    pushed = await client.post(f"{url}/recipients", json=people(1, 2, 3))
    assert pushed.status_code == 200, pushed.text
    assert [(r["status"], r["number"]) for r in pushed.json()["results"]] == [
        ("duplicate", 1), ("accepted", 2), ("accepted", 3),
    ]  # fmt: skip
    assert (await client.get(f"{url}/stats")).json()["counters"]["total"] == 3
    closed = [(await client.post(f"{url}/close")).json()["closed_at"] for _ in "ab"]
    assert closed[0] == closed[1] is not None
    late = await client.post(f"{url}/recipients", json=people(4))
    assert (late.status_code, late.json()["code"]) == (409, "campaign_closed")
    assert await commands(state) == [
        "wake_campaign",
        "start_campaign",
        "wake_campaign",
        "wake_campaign",
    ]


async def test_it_may_start_with_nobody(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    url = await made(client, state)
    assert (await client.post(f"{url}/execute")).status_code == 200
    assert await freeze(state, url) == 0
    assert (await client.post(f"{url}/recipients", json=people(1))).json()["results"][0][
        "number"
    ] == 1
    assert await commands(state) == ["start_campaign", "wake_campaign"]


async def test_a_repeated_call_adds_nobody_with_a_key_and_without(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    url = await made(client, state)
    await client.post(f"{url}/execute")
    await freeze(state, url)
    key = {"Idempotency-Key": "batch-1"}
    first, again = [
        await client.post(f"{url}/recipients", json=people(1, 2), headers=key) for _ in "ab"
    ]
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await client.post(f"{url}/recipients", json=people(3), headers=key)
    assert other.json()["code"] == "idempotency_mismatch"
    without = (await client.post(f"{url}/recipients", json=people(1, 2))).json()
    assert (without["accepted"], without["duplicate"]) == (0, 2)
    assert [result["number"] for result in without["results"]] == [1, 2]
    at_once = await asyncio.gather(
        *(client.post(f"{url}/recipients", json=people(7, 8, 9)) for _ in range(6))
    )
    assert sum(answer.json()["accepted"] for answer in at_once) == 3
    assert (await client.get(url)).json()["counters"]["total"] == 5


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({}, "recipients"),
        ({"recipients": []}, "recipients"),
        (people(*range(1001)), "recipients"),
        ({"recipients": [{"phone": 34611000001}]}, "recipients.0.phone"),
        ({"recipients": [{"phone": "+34611000001", "variables": {"1": 5}}]}, "recipients.0"),
        ({"recipients": [{"name": "Ana"}]}, "recipients.0.phone"),
        ({**people(1), "default_region": "XXX"}, "default_region"),
        ({**people(1), "default_region": "XX"}, "default_region"),
    ],
)
async def test_a_call_of_the_wrong_shape_names_the_place(
    login_as: LoginAs, state: AppState, given: dict[str, Any], place: str
) -> None:
    client = await login_as(Role.MANAGER)
    url = await made(client, state)
    answer = await client.post(f"{url}/recipients", json=given)
    assert answer.status_code == 422, answer.text
    assert any(name.startswith(place) for name in answer.json()["fields"]), answer.json()


async def test_a_thousand_people_fit_one_call(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    url = await made(client, state)
    answer = (await client.post(f"{url}/recipients", json=people(*range(1000)))).json()
    assert answer["accepted"] == 1000


async def test_wrong_people_are_answered_one_by_one(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    url = await made(client, state)
    given = {
        "recipients": [
            {"phone": "call me"},
            {"phone": "+34611000001"},
            {"phone": "+34611000002", "variables": {"colour": "red"}},
            {"phone": "+34611000003", "variables": {"body.1": "Ana"}},
        ]
    }
    answer = (await client.post(f"{url}/recipients", json=given)).json()
    assert [result["status"] for result in answer["results"]] == [
        "invalid", "missing_variable", "variable_unknown", "accepted",
    ]  # fmt: skip
    assert (answer["accepted"], answer["refused"]) == (1, 3)


async def test_only_api_campaigns_take_people(login_as: LoginAs, state: AppState) -> None:
    client = await login_as(Role.MANAGER)
    async with state.sessions.begin() as session:
        campaign = await factories.campaign(session, state.vault, 2)
    url = f"/api/campaigns/{campaign.id}"
    for path, given in (("recipients", people(1)), ("close", None)):
        answer = await client.post(f"{url}/{path}", json=given)
        assert (answer.status_code, answer.json()["code"]) == (409, "campaign_not_api")
    bare = (await client.post("/api/campaigns", json={"name": "Bare", "type": "api"})).json()
    answer = await client.post(f"/api/campaigns/{bare['id']}/recipients", json=people(1))
    assert answer.json()["code"] == "campaign_template_needed"
    contacts = {"name": "With people", **people(1)}
    answer = await client.post("/api/campaigns", json=contacts)
    assert answer.json()["code"] == "campaign_not_api"
    assert (await client.get("/api/campaigns?search=With+people")).json()["items"] == []
    for path in ("recipients", "close"):
        answer = await client.post(f"/api/campaigns/{uuid4()}/{path}", json=people(1))
        assert answer.json()["code"] == "campaign_unknown"


async def send(client: httpx.AsyncClient, url: str, content: str, **form: str) -> httpx.Response:
    files = {"file": ("people.csv", content.encode(), "text/csv")}
    return await client.post(f"{url}/file", files=files, data=form)


async def test_a_file_is_sent_checked_launched_and_its_errors_fetched(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    mapping = {"body.1": {"field": "column:Name", "default": ""}}
    url = await made(client, state, type="csv", variables=mapping)
    answer = await send(client, url, CSV)
    assert answer.status_code == 202, answer.text
    assert (answer.json()["status"], answer.json()["columns"]) == (
        "reading",
        ["Name", "Phone", "City"],
    )
    problems = (await client.get(f"{url}/check")).json()["problems"]
    assert "still being read" in problems["audience"]
    await work(state)
    assert (await client.get(f"{url}/file")).json() == {
        "status": "ready", "percent": 100, "error": None, "encoding": "utf-8", "hidden_columns": [], "hidden_rows": 0, "delimiter": ",",
        "sheet": "", "sheets": [], "file_name": "people.csv", "columns": ["Name", "Phone", "City"], "phone_column": "Phone",
        "default_region": "", "rows": 3, "usable": 1, "invalid": 1, "duplicate": 1,
        "unclear": 0, "written": "", "countries": {"ES": 1}, "surprising": [], "consent_column": "",
        "errors_url": f"{url}/file/errors",
    }  # fmt: skip
    errors = await client.get(f"{url}/file/errors")
    rows = list(csv.DictReader(io.StringIO(errors.text.removeprefix("\ufeff"))))
    assert [(row["line"], row["Name"]) for row in rows] == [("3", "Ben"), ("4", "Ana")]
    excluded = {"invalid": 1, "duplicate": 1}
    assert (await client.get(f"{url}/check")).json()["excluded"] == excluded
    assert (await client.post(f"{url}/execute")).status_code == 200
    assert await freeze(state, url) == 1
    stats = (await client.get(f"{url}/stats")).json()
    assert stats["exclusions"] == excluded
    assert stats["counters"]["excluded"] == 2
    assert (await send(client, url, CSV)).json()["code"] == "campaign_state"
    assert list(Path(state.data_dir).rglob("campaigns/*")) == []
    assert await commands(state) == ["read_campaign_file", "start_campaign"]


async def test_a_file_for_a_draft_of_another_type_makes_it_a_csv_campaign(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    url = await made(client, state, type="contacts")
    assert (await client.get(f"{url}/file")).json()["code"] == "campaign_no_file"
    assert (await send(client, url, CSV)).status_code == 202
    assert (await client.get(url)).json()["type"] == "csv"


async def test_columns_and_country_are_chosen_or_refused(
    login_as: LoginAs, state: AppState
) -> None:
    client = await login_as(Role.MANAGER)
    url = await made(client, state, type="csv")
    await send(client, url, "A,B\n611000001,x\n", phone_column="A", default_region="ES")
    await work(state)
    chosen = await client.get(f"{url}/file")
    assert chosen.json()["usable"] == 1
    again = await client.put(f"{url}/file", json={"phone_column": "B"})
    assert (again.json()["phone_column"], again.json()["usable"]) == ("B", 0)
    for given, code in (
        ({"phone_column": "C"}, "campaign_file_column"),
        ({"phone_column": "A", "default_region": "XX"}, "import_region"),
    ):
        refused = await client.put(f"{url}/file", json=given)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    for form, code in (
        ({"phone_column": "Nope"}, "campaign_file_column"),
        ({"encoding": "klingon"}, "import_encoding"),
        ({"delimiter": "x"}, "import_delimiter"),
    ):
        answer = await send(client, url, CSV, **form)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await send(client, url, "")).json()["code"] == "import_empty"
    assert (await client.get(f"{url}/file")).json()["file_name"] == "people.csv"


async def test_what_a_token_may_do_is_narrow(
    token_for: TokenFor, login_as: LoginAs, client: httpx.AsyncClient, state: AppState
) -> None:
    url = await made(await login_as(Role.MANAGER), state)
    writer = {"Authorization": f"Bearer {await token_for(Role.MANAGER, ['campaigns:write'])}"}
    for path in ("recipients", "close"):
        refused = await client.post(f"{url}/{path}", json=people(1), headers=writer)
        assert refused.status_code == 403
    launcher = {"Authorization": f"Bearer {await token_for(Role.MANAGER, ['campaigns:launch'])}"}
    taken = await client.post(f"{url}/recipients", json=people(1), headers=launcher)
    assert taken.status_code == 200
