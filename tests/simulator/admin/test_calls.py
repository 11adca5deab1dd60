"""How a call may be made, and what Meta says to names it does not know."""

import hmac
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from tests.simulator.harness import CUSTOMER, Json, Sim, simulator, spring, template, text
from tests.simulator.test_interactive import ACCEPTED as INTERACTIVE
from tests.simulator.test_sends import ACCEPTED

pytestmark = pytest.mark.fault("8A")

SECRET, TOKEN = "simulator-app-secret", "EAA-simulator-token"
PROOF = hmac.digest(SECRET.encode(), TOKEN.encode(), "sha256").hex()
BODY = text()
FORM = {**BODY, "text": orjson.dumps(BODY["text"]).decode()}
WAYS: dict[str, Json] = {
    "bearer": {"headers": {"authorization": f"Bearer {TOKEN}"}, "json": BODY},
    "lower-case bearer": {"headers": {"authorization": f"bearer {TOKEN}"}, "json": BODY},
    "oauth": {"headers": {"authorization": f"OAuth {TOKEN}"}, "json": BODY},
    "token in the address": {"params": {"access_token": TOKEN}, "json": BODY},
    "token in the body": {"json": {**BODY, "access_token": TOKEN}},
    "form": {"data": {**FORM, "access_token": TOKEN}},
    "multipart": {
        "files": {name: (None, value) for name, value in {**FORM, "access_token": TOKEN}.items()}
    },
    "all in the address": {"params": {**FORM, "access_token": TOKEN}},
    "proof in the address": {
        "params": {"access_token": TOKEN, "appsecret_proof": PROOF},
        "json": BODY,
    },
    "proof in the body": {
        "headers": {"authorization": f"Bearer {TOKEN}"},
        "json": {**BODY, "appsecret_proof": PROOF},
    },
}


@pytest.fixture
async def bare() -> AsyncIterator[Sim]:
    """A simulator whose client sends no token by itself."""
    async with simulator() as running:
        del running.client.headers["authorization"]
        yield running


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
async def test_every_way_to_send(bare: Sim, way: Json) -> None:
    response = await bare.client.post(f"/v23.0/{bare.number}/messages", **way)
    assert response.status_code == 200, response.text
    assert response.json()["contacts"][0]["wa_id"] == CUSTOMER[1:]


ADDRESS = {
    "object": "whatsapp_business_account",
    "callback_url": "http://app.test/hook",
    "verify_token": "simulator-verify-token",
}
MANAGING: dict[str, Json] = {
    "bearer": {"headers": {"authorization": f"Bearer {TOKEN}"}, "json": ADDRESS},
    "oauth": {"headers": {"authorization": f"OAuth {TOKEN}"}, "data": ADDRESS},
    "token in the address": {"params": {"access_token": TOKEN}, "json": ADDRESS},
    "token in the body": {"json": {**ADDRESS, "access_token": TOKEN}},
    "token in a form": {"data": {**ADDRESS, "access_token": TOKEN}},
    "all in the address": {"params": {**ADDRESS, "access_token": TOKEN}},
    "multipart": {
        "headers": {"authorization": f"Bearer {TOKEN}"},
        "files": {name: (None, value) for name, value in ADDRESS.items()},
    },
    "proof in the body": {"json": {**ADDRESS, "access_token": TOKEN, "appsecret_proof": PROOF}},
}


@pytest.mark.parametrize("way", MANAGING.values(), ids=MANAGING.keys())
async def test_every_way_to_manage(bare: Sim, way: Json) -> None:
    app = bare.engine.world.config.app_id
    response = await bare.client.post(f"/v23.0/{app}/subscriptions", **way)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("edge", ["messages", "phone_numbers"])
async def test_wrong_tokens_and_proofs(bare: Sim, edge: str) -> None:
    async def refused(**call: Any) -> tuple[int, int]:
        if edge == "messages":
            call = {"json": BODY, **call}
            answer = await bare.client.post(f"/v23.0/{bare.number}/messages", **call)
        else:
            answer = await bare.client.get(f"/v23.0/{bare.waba}/phone_numbers", **call)
        return answer.status_code, answer.json()["error"]["code"]

    assert await refused() == (401, 190)
    assert await refused(params={"access_token": "EAA-other"}) == (401, 190)
    assert await refused(headers={"authorization": f"Basic {TOKEN}"}) == (401, 190)
    wrong = {"access_token": TOKEN, "appsecret_proof": PROOF[::-1]}
    assert await refused(params=wrong) == (400, 100)


async def test_an_app_may_ask_for_a_proof() -> None:
    async with simulator(require_proof=True) as sim:
        assert await sim.refusal(text()) == (400, 100)
        address = f"/v23.0/{sim.number}/messages"
        sent = await sim.client.post(address, params={"appsecret_proof": PROOF}, json=text())
        assert sent.status_code == 200
        assert (await sim.client.get(f"/v23.0/{sim.waba}")).status_code == 400
        query = urlencode({"appsecret_proof": PROOF})
        assert (await sim.client.get(f"/v23.0/{sim.waba}?{query}")).status_code == 200


MESSAGES = {**ACCEPTED, **{f"interactive {key}": value for key, value in INTERACTIVE.items()}}
FREE = {"data", "flow_action_data"}


def with_a_surprise(value: Any, root: Any = None, place: str = "") -> Iterator[tuple[str, Json]]:
    """The message once for each of its objects, which has a key nobody knows."""
    root = value if root is None else root
    if isinstance(value, dict):
        value["surprise"] = 1
        yield place, orjson.loads(orjson.dumps(root))
        del value["surprise"]
        for key, inside in list(value.items()):
            if key not in FREE:
                yield from with_a_surprise(inside, root, f"{place}.{key}")
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from with_a_surprise(inside, root, f"{place}.{index}")


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES.keys())
async def test_unknown_keys_anywhere_in_a_message(sim: Sim, message: Json) -> None:
    await sim.knobs(pair_limit=False)
    copies = list(with_a_surprise(orjson.loads(orjson.dumps(message))))
    assert copies
    for place, copy in copies:
        assert await sim.refusal(copy) == (400, 100), place
    await sim.accepted(message)


async def test_unknown_keys_elsewhere(sim: Sim) -> None:
    wamid = await sim.write(CUSTOMER, "text", {"body": "Hi"})
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    assert await sim.refusal({**read, "surprise": 1}) == (400, 100)
    assert await sim.refusal({**read, "typing_indicator": {"type": "text", "x": 1}}) == (400, 100)
    assert await sim.refusal(spring(surprise=1), "marketing_messages") == (400, 100)
    assert await sim.refusal(template(product_policy="STRICT")) == (400, 100)
    for path, body in (
        (f"{sim.number}/register", {"messaging_product": "whatsapp", "pin": "123456", "x": 1}),
        (f"{sim.number}/block_users", {"messaging_product": "whatsapp", "block_users": [], "x": 1}),
        (f"{sim.waba}/message_templates", {"name": "x", "x": 1}),
        (f"{sim.waba}/subscribed_apps", {"x": 1}),
        (f"{sim.engine.world.config.app_id}/subscriptions", {**ADDRESS, "x": 1}),
        (sim.number, {"webhook_configuration": {}, "x": 1}),
    ):
        response = await sim.post(path, body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, 100), path


NODES = ("waba", "number", "template", "media", "me")


@pytest.mark.parametrize("kind", NODES)
async def test_fields_that_do_not_exist(sim: Sim, kind: str) -> None:
    [hello] = (await sim.get(f"{sim.waba}/message_templates", name="hello_world"))["data"]
    png = ("a.png", b"\x89PNG\r\n\x1a\n" + b"x", "image/png")
    data = {"messaging_product": "whatsapp"}
    media = await sim.client.post(f"/{sim.number}/media", data=data, files={"file": png})
    node = {
        "waba": sim.waba,
        "number": sim.number,
        "template": hello["id"],
        "media": media.json()["id"],
        "me": "me",
    }[kind]
    for fields in ("surprise", "id,surprise", "id,surprise{id}", "surprise.limit(2)"):
        response = await sim.client.get(f"/v23.0/{node}", params={"fields": fields})
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (400, 100), fields
        assert "(surprise)" in error["message"]
    assert set(await sim.get(node, fields="id")) == {"id"}


async def test_fields_that_do_not_exist_in_lists(sim: Sim) -> None:
    for edge in ("message_templates", "phone_numbers"):
        response = await sim.client.get(f"/v23.0/{sim.waba}/{edge}", params={"fields": "surprise"})
        assert response.json()["error"]["code"] == 100
    profile = f"/v23.0/{sim.number}/whatsapp_business_profile"
    answer = await sim.client.get(profile, params={"fields": "surprise"})
    assert answer.json()["error"]["code"] == 100
    shown = (await sim.client.get(profile, params={"fields": "about,websites"})).json()["data"]
    assert set(shown[0]) == {"about", "websites"}


async def test_nested_fields(sim: Sim) -> None:
    fields = (
        "name,owner_business_info{name},phone_numbers{id,throughput{level}},"
        "message_templates.limit(2).status(PAUSED,APPROVED){name,status},health_status{entities{id}}"
    )
    account = await sim.get(sim.waba, fields=fields)
    assert account["owner_business_info"] == {"name": "Lumen Market", "id": "506914307656634"}
    assert account["phone_numbers"]["data"] == [
        {"id": sim.number, "throughput": {"level": "STANDARD"}}
    ]
    listed = account["message_templates"]
    assert [set(one) for one in listed["data"]] == [{"name", "status", "id"}] * 2
    assert "next" in listed["paging"]
    assert {entity["id"] for entity in account["health_status"]["entities"]} > {sim.waba}
    number = await sim.get(
        sim.number, fields="throughput.fields(level),health_status{can_send_message}"
    )
    assert number["throughput"] == {"level": "STANDARD"}
    assert number["health_status"] == {"can_send_message": "AVAILABLE"}
    for broken in ("id{", "id,,name", "phone_numbers{id", "throughput{speed}"):
        response = await sim.client.get(f"/v23.0/{sim.number}", params={"fields": broken})
        assert response.status_code == 400, broken


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
async def test_the_verb_of_an_unsupported_request(sim: Sim, method: str) -> None:
    for path in ("nobody", "1234567890123456/edge", f"{sim.number}/surprise"):
        response = await sim.client.request(method, f"/v23.0/{path}")
        error = response.json()["error"]
        assert (response.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
        assert error["message"].startswith(f"Unsupported {method.lower()} request. ")
    for edge in ("messages", "marketing_messages"):
        response = await sim.client.get(f"/v23.0/{sim.number}/{edge}")
        assert response.json()["error"]["message"].startswith("Unsupported get request.")
