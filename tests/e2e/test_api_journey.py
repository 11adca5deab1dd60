"""The same day through the JSON API with a token, and every endpoint of the specification."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.e2e.stage import Stage
from tests.e2e.stories import draft, ended, group_id, items, talk, template_id, tiny_campaign
from tests.eventually import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUSTOMER = "491713920150"

SPECIFICATION: list[tuple[str, str, Any, int]] = [
    ("GET", "/api/auth/me", None, 200),
    ("GET", "/api/contacts", None, 200),
    ("POST", "/api/contacts", {"phone": "+491713920151", "name": "Nina"}, 201),
    ("PUT", "/api/contacts/{contact}", {"name": "Nina Weber"}, 200),
    ("DELETE", "/api/contacts/{contact}", None, 204),
    ("GET", "/api/campaigns", None, 200),
    ("POST", "/api/campaigns", {"name": "By a program"}, 201),
    ("PUT", "/api/campaigns/{draft}", {"name": "Renamed by a program"}, 200),
    ("POST", "/api/campaigns/{draft}/execute", None, 200),
    ("GET", "/api/campaigns/{campaign}/stats", None, 200),
    ("GET", "/api/templates", None, 200),
    ("POST", "/api/templates/sync", None, 202),
    ("GET", "/api/templates/{template}", None, 200),
    ("PUT", "/api/templates/{editable}", {"components": [{"type": "BODY", "text": "Hi!"}]}, 200),
    ("POST", "/api/messages/send", {"to": f"+{CUSTOMER}", "text": {"body": "By API"}}, 202),
    ("GET", "/api/messages", None, 200),
    ("PUT", "/api/messages/{message}/status", {"status": "read"}, 200),
]
"""Verb, path, body and the answer of each endpoint a token may call."""

OTHERS = (
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/logout"),
    ("POST", "/api/contacts/import"),
    ("GET", "/api/webhook"),
    ("POST", "/api/webhook"),
)
"""The rest of the specification, each with its own test, above or below."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(
    program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> AsyncIterator[dict[str, str]]:
    """What the paths of the table name."""
    conversation = await talk(program, simulator, CUSTOMER, "Hello from the API journey")
    query = {"conversation_id": conversation["id"]}
    contact = await program.post("/api/contacts", json={"phone": "+491713920152"})
    yield {
        "contact": contact.json()["id"],
        "draft": await draft(program, "To be executed"),
        "campaign": await tiny_campaign(program, "Through the API"),
        "template": await template_id(program, "order_ready"),
        "editable": await template_id(program, "feedback_request"),
        "message": items(await program.get("/api/messages", params=query))[0]["id"],
    }


@pytest.mark.parametrize(("verb", "path", "body", "status"), SPECIFICATION)
async def test_an_endpoint_of_the_specification(
    program: httpx.AsyncClient, ids: dict[str, str], verb: str, path: str, body: Any, status: int
) -> None:
    answer = await program.request(verb, path.format(**ids), json=body)
    assert answer.status_code == status, answer.text


async def test_the_description_names_them_all(anonymous: httpx.AsyncClient) -> None:
    described = (await anonymous.get("/openapi.json")).raise_for_status().json()
    known = {
        (verb.upper(), _shape(path))
        for path, operations in described["paths"].items()
        for verb in operations
    }
    named = [(verb, path) for verb, path, _, _ in SPECIFICATION]
    wanted = {(verb, _shape(path)) for verb, path in (*named, *OTHERS)}
    assert wanted - known == set()


def _shape(path: str) -> str:
    """A path without the names of its variables."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


async def test_a_person_signs_in_and_out_by_api(stage: Stage) -> None:
    async with httpx.AsyncClient(base_url=stage.stack.urls.app) as client:
        login = {"email": stage.email, "password": stage.password}
        answer = await client.post("/api/auth/login", json=login)
        assert answer.status_code == 200
        headers = {"X-CSRF-Token": answer.json()["csrf_token"]}
        assert (await client.get("/api/auth/me")).json()["email"] == stage.email
        assert (await client.post("/api/auth/logout")).status_code == 403
        assert (await client.post("/api/auth/logout", headers=headers)).status_code == 204
        assert (await client.get("/api/auth/me")).status_code == 401


async def test_the_webhook_answers_meta(anonymous: httpx.AsyncClient, stage: Stage) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    token = stage.whatsapp.verify_token
    right = await anonymous.get("/api/webhook", params=query | {"hub.verify_token": token})
    assert (right.status_code, right.text) == (200, "1158201444")
    wrong = await anonymous.get("/api/webhook", params=query | {"hub.verify_token": "guess"})
    assert wrong.status_code == 403
    body = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()
    answer = await anonymous.post("/api/webhook", content=body, headers=stage.sign(body))
    assert answer.status_code == 200


async def test_the_whole_job_by_api(
    program: httpx.AsyncClient, simulator: httpx.AsyncClient
) -> None:
    assert (await program.post("/api/templates/sync")).status_code == 202
    rows = "Name,Mobile\r\nAda,+491713920160\r\nGrace,0171 3920161\r\nWrong,12\r\n"
    options = {"new_group": "By API", "default_region": "DE"}
    sent = await program.post(
        "/api/contacts/import",
        files={"file": ("people.csv", rows.encode())},
        data={"options": json.dumps(options), "mapping": json.dumps({"0": "name", "1": "phone"})},
    )
    assert sent.status_code == 202, sent.text
    url = sent.json()["url"]

    async def imported() -> Any:
        found = (await program.get(url)).json()
        return found if found["status"] == "completed" else None

    counts = (await eventually(imported, "the file is imported"))["counts"]
    assert (counts["rows"], counts["invalid"], counts["grouped"]) == (3, 1, 2)
    errors = await program.get(sent.json()["errors_url"])
    assert "Wrong" in errors.text
    assert await group_id(program, "By API")

    campaign = await draft(program, "The whole job", group="By API", throttle=20)
    checked = (await program.get(f"/api/campaigns/{campaign}/check")).json()
    assert (checked["recipients"], checked["ready"]) == (2, True)
    launched = await program.post(f"/api/campaigns/{campaign}/execute")
    assert launched.status_code == 200, launched.text
    again = await program.post(f"/api/campaigns/{campaign}/execute")
    assert again.status_code in (200, 409)
    assert (await ended(program, campaign))["status"] == "completed"
    stats = (await program.get(f"/api/campaigns/{campaign}/stats")).json()
    assert stats["reconciliation"]["total"] == sum(stats["reconciliation"]["terms"].values()) == 2
    table = await program.get(f"/api/campaigns/{campaign}/recipients", params={"format": "csv"})
    assert len(table.text.splitlines()) == 3

    conversation = await talk(program, simulator, "491713920160", "Thank you!")
    reply = {
        "contact_id": conversation["contact_id"],
        "text": {"body": "You are welcome."},
        "client_id": "api-journey-1",
    }
    first = (await program.post("/api/messages/send", json=reply)).json()
    second = (await program.post("/api/messages/send", json=reply)).json()
    assert first["id"] == second["id"]

    async def delivered() -> bool:
        found = (await program.get(f"/api/messages/{first['id']}")).json()
        return found["state"] in ("delivered", "read")

    assert await eventually(delivered, "the reply is delivered")
