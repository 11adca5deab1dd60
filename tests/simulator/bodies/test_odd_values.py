"""Any value in any place of a call, however it is written: Meta's answer or Meta's error, nothing else."""

from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import orjson
import pytest

from tests.simulator.admin.test_calls import MESSAGES
from tests.simulator.harness import CUSTOMER, Json, Sim, text
from tests.simulator.template_review.forms import TAKEN
from tests.simulator.test_parameters import FORMS
from tests.simulator.test_parameters import TAKEN as SENT

pytestmark = pytest.mark.fault("8A")

PHONE = CUSTOMER[1:]
MANY_DIGITS = "9" * 5_000
NESTED = {
    f"<{kind} {depth}>": (kind, depth) for kind in ("[", "{") for depth in (90, 200, 300, 1_000)
}
"""What stands for lists in lists and objects in objects, which no encoder here would write."""

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    "",
    " ",
    "x",
    "1_0",
    "٣",
    "²",
    MANY_DIGITS,
    f"ES.{MANY_DIGITS}",
    "https://[x",
    "{{",
    [],
    [1],
    {},
    {"x": 1},
    {"id": {"id": 5}},
    [{}],
    [[]],
    *NESTED,
)
TRIES = 500
JSON = {"content-type": "application/json"}


def written(document: Any) -> bytes:
    """A document as JSON, the nested values written out."""
    raw = orjson.dumps(document)
    for name, (kind, depth) in NESTED.items():
        opened, closed = (b"[", b"]") if kind == "[" else (b'{"a":', b"}")
        inner = b"" if kind == "[" else b"1"
        raw = raw.replace(orjson.dumps(name), opened * depth + inner + closed * depth)
    return raw


def places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    if where:
        yield where
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, item in pairs:
        yield from places(item, (*where, key))


def spoilt(document: Json, chance: Random) -> Json:
    """A copy with an odd value somewhere."""
    copy: Any = orjson.loads(orjson.dumps(document))
    *path, last = chance.choice(list(places(copy)))
    target = copy
    for key in path:
        target = target[key]
    target[last] = chance.choice(ODD)
    found: Json = copy
    return found


def check(response: httpx.Response, tried: Any) -> None:
    """A Graph answer."""
    body = response.json()
    if response.status_code != 200:
        error = body["error"]
        assert error["fbtrace_id"], tried
        assert response.status_code < 500, tried


async def posted(sim: Sim, path: str, document: Json) -> None:
    """A call with a document, and a look at its answer."""
    raw = written(document)
    check(await sim.client.post(f"/v23.0/{path}", content=raw, headers=JSON), document)


def as_form(document: Json) -> dict[str, str]:
    """The same parameters as texts."""
    return {
        key: value if isinstance(value, str) and value not in NESTED else written(value).decode()
        for key, value in document.items()
    }


async def test_messages(sim: Sim) -> None:
    await sim.knobs(pair_limit=False, throughput_limit=False, statuses=False)
    chance = Random(8)
    for _ in range(TRIES):
        tried = spoilt(chance.choice(list(MESSAGES.values())), chance)
        await posted(sim, f"{sim.number}/messages", tried)
    assert (await sim.get(f"_sim/customers/{PHONE}/thread?limit=1000"))["messages"]


async def test_messages_as_forms_and_in_the_address(sim: Sim) -> None:
    await sim.knobs(pair_limit=False, throughput_limit=False, statuses=False)
    chance, address = Random(9), f"/v23.0/{sim.number}/messages"
    for count in range(TRIES // 2):
        tried = as_form(spoilt(chance.choice(list(MESSAGES.values())), chance))
        way: Json = (
            {"params": tried},
            {"data": tried},
            {"files": {name: (None, value) for name, value in tried.items()}},
        )[count % 3]
        check(await sim.client.post(address, **way), tried)
    assert (await sim.get(f"_sim/customers/{PHONE}/thread?limit=1000"))["messages"]


async def test_templates_and_their_parameters(sim: Sim) -> None:
    await sim.knobs(
        pair_limit=False, throughput_limit=False, statuses=False, management_limit=False
    )
    chance, edge = Random(8), f"{sim.waba}/message_templates"
    for _ in range(TRIES):
        await posted(sim, edge, spoilt(chance.choice([*TAKEN.values(), *FORMS.values()]), chance))
    for name, content in FORMS.items():
        await sim.post(edge, {**content, "name": name})
    catalog = sim.engine.world.catalog
    await sim.until(
        lambda: all(catalog.by_name[name, "en_US"].status == "APPROVED" for name in FORMS)
    )
    for _ in range(TRIES):
        name, parts = chance.choice(list(SENT.values()))
        parameters = spoilt({"components": list(parts)}, chance)["components"]
        language = {"code": "en_US"}
        template = {"name": name, "language": language, "components": parameters}
        head = {"messaging_product": "whatsapp", "to": CUSTOMER, "type": "template"}
        await posted(sim, f"{sim.number}/messages", {**head, "template": template})
    assert (await sim.get(f"_sim/customers/{PHONE}/thread?limit=1000"))["messages"]
    assert (await sim.get(edge, limit=1_000))["data"]


async def test_other_calls(sim: Sim) -> None:
    await sim.knobs(management_limit=False)
    app = sim.engine.world.config.app_id
    url = "http://app.test/hook"
    calls: dict[str, Json] = {
        f"{sim.number}/register": {"messaging_product": "whatsapp", "pin": "123456"},
        f"{sim.number}/deregister": {"messaging_product": "whatsapp"},
        f"{sim.number}/block_users": {
            "messaging_product": "whatsapp",
            "block_users": [{"user": CUSTOMER, "user_id": "ES.1"}],
        },
        f"{sim.number}/whatsapp_business_profile": {
            "messaging_product": "whatsapp",
            "about": "Open",
            "profile_picture_handle": "4::x",
        },
        sim.number: {"webhook_configuration": {"override_callback_uri": url, "verify_token": "x"}},
        f"{sim.waba}/subscribed_apps": {"override_callback_uri": url, "verify_token": "x"},
        f"{app}/subscriptions": {
            "object": "whatsapp_business_account",
            "callback_url": url,
            "verify_token": "x",
        },
        f"{app}/uploads": {"file_name": "a", "file_length": 10, "file_type": "image/png"},
    }
    chance = Random(10)
    for _ in range(TRIES // 2):
        path, document = chance.choice(list(calls.items()))
        tried = spoilt({**document, "access_token": "EAA-simulator-token"}, chance)
        await posted(sim, path, tried)
        check(await sim.client.post(f"/v23.0/{path}", params=as_form(tried)), tried)


TEXTS = [str(value) for value in ODD if value is not None and str(value) not in NESTED] + [
    "[1,", "[" * 300 + "]" * 300, "a{" * 3_000, "a{" * 50 + "b" + "}" * 50, ".limit(" * 90,
    "phone_numbers.fields(" * 600, "id,,", "%ff", "\x00", "\uff11\uff12",
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "edge", "names"),
    [
        ("GET", "message_templates", ("limit", "after", "before", "fields", "status", "summary")),
        ("GET", "phone_numbers", ("limit", "after", "before", "fields")),
        ("GET", "", ("fields",)),
        ("DELETE", "message_templates", ("hsm_ids", "hsm_id", "name")),
        ("DELETE", "subscribed_apps", ("access_token", "appsecret_proof", "x")),
        ("POST", "messages", ("to", "recipient", "type", "context", "status", "message_id")),
        ("GET", "block_users", ("limit", "after", "before")),
        ("GET", "debug_token", ("input_token",)),
    ],
)
async def test_odd_texts_in_the_address(
    sim: Sim, method: str, edge: str, names: tuple[str, ...]
) -> None:
    await sim.knobs(management_limit=False, pair_limit=False)
    node = sim.number if edge in ("messages", "block_users") else sim.waba
    path = f"/v23.0/{edge}" if edge == "debug_token" else f"/v23.0/{node}/{edge}"
    for name in names:
        for tried in TEXTS:
            query = {"messaging_product": "whatsapp", name: tried} if method == "POST" else {}
            response = await sim.client.request(method, path, params=query or {name: tried})
            check(response, (name, tried[:40]))


async def test_odd_offsets_and_lengths(sim: Sim) -> None:
    app, token = sim.engine.world.config.app_id, "EAA-simulator-token"
    query = {"file_length": "4", "file_type": "image/png"}
    session = (await sim.client.post(f"/v23.0/{app}/uploads", params=query)).json()["id"]
    for tried in (MANY_DIGITS, "-1", "²", "x", ""):
        headers = {b"authorization": f"OAuth {token}".encode(), b"file_offset": tried.encode()}
        refused = await sim.client.post(f"/v23.0/{session}", content=b"ab", headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100), tried[:9]
        started = await sim.client.post(
            f"/v23.0/{app}/uploads", params={**query, "file_length": tried}
        )
        assert (started.status_code, started.json()["error"]["code"]) == (400, 100), tried[:9]


FROM_CUSTOMERS: dict[str, Json] = {
    "text": {"body": "Hello"},
    "button": {"payload": "a", "text": "Yes"},
    "interactive": {"type": "button_reply", "button_reply": {"id": "a", "title": "Yes"}},
    "flow": {"flow_token": "a", "answers": {"email": "m@example.org"}},
    "location": {"latitude": 1, "longitude": 2, "name": "Sol", "address": "Madrid"},
    "contacts": [{"name": {"formatted_name": "Mara"}, "phones": [{"phone": "1"}], "org": {}}],  # type: ignore[dict-item]
    "reaction": {"message_id": "wamid.X", "emoji": "👍"},
    "order": {"catalog_id": "1", "product_items": [{"product_retailer_id": "a"}]},
    "system": {"type": "user_changed_number", "phone": "+34600000888", "body": "x"},
    "edit": {"original_message_id": "wamid.X", "message": {"type": "text", "text": {"body": "x"}}},
    "revoke": {"original_message_id": "wamid.X"},
    "unsupported": {"type": "poll_creation"},
    "image": {"id": "", "caption": "Look"},
    "document": {"id": "", "caption": "Look", "filename": "a.png"},
}
BESIDE: Json = {
    "context": {"id": "wamid.X", "from": "34611555010", "forwarded": True},
    "referral": {"source_type": "ad", "headline": "Hi"},
    "group_id": "Y2FwaQ",
    "errors": [{"code": 1}],
    "name": "Mara",
    "number": "",
    "forwarded": True,
    "referred_product": {"catalog_id": "1"},
}


async def test_what_customers_send(sim: Sim) -> None:
    file = {"file": ("a.png", b"\x89PNG\r\n\x1a\n" + b"x", "image/png")}
    media = (await sim.client.post("/_sim/media", files=file)).json()["id"]
    address, chance = f"/_sim/customers/{PHONE}/messages", Random(11)
    for _ in range(TRIES):
        kind = chance.choice(list(FROM_CUSTOMERS))
        value: Any = FROM_CUSTOMERS[kind]
        if "id" in value:
            value = {**value, "id": media}
        beside = chance.choice(list(BESIDE))
        document = {"type": kind, kind: value, beside: BESIDE[beside], "quoted": "wamid.X"}
        tried = spoilt({**document, "number": sim.number}, chance)
        answer = await sim.client.post(address, content=written(tried), headers=JSON)
        assert answer.status_code in (200, 400, 422), (tried, answer.text)
        assert answer.json().keys() & {"id", "error"}
        shown = await sim.client.get(f"/_sim/customers/{PHONE}/thread", params={"limit": 3})
        assert shown.status_code in (200, 404), tried
    assert (await sim.get("_sim/customers"))["customers"]
    assert (await sim.get(f"_sim/customers/{PHONE}/thread", limit=1_000))["messages"]


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("PUT", f"customers/{PHONE}", {"name": "Mara"}),
        ("POST", f"customers/{PHONE}/marketing", {"stopped": True}),
        ("PATCH", "account", {"number": "", "quality_rating": "GREEN", "standing": "ACTIVE"}),
        ("POST", "webhooks", {"field": "account_update", "value": {"event": "X"}}),
        ("PATCH", "knobs", {"sent_ms": [1, 2], "latency_ms": 0, "errors": {"131000": 0.0}}),
    ],
)
async def test_the_rest_of_the_phones_api(sim: Sim, method: str, path: str, document: Json) -> None:
    chance = Random(12)
    for _ in range(60):
        raw = written(spoilt(document, chance))
        answer = await sim.client.request(method, f"/_sim/{path}", content=raw, headers=JSON)
        assert answer.status_code in (200, 400, 404, 422), raw[:200]
    for name in ("calls", "accepted", "inbound", "customers", f"customers/{PHONE}/thread"):
        for key in ("limit", "after"):
            for tried in (MANY_DIGITS, "²", "-1", "x"):
                answer = await sim.client.get(f"/_sim/{name}", params={key: tried})
                assert answer.status_code in (200, 400, 404), (name, key)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b""),
        ("application/json", b"[1]"),
        ("application/json", b"\xff"),
        ("application/json", b'{"a":' * 2_000 + b"1" + b"}" * 2_000),
        ("application/json", b'{"a":' * 101 + b"1" + b"}" * 101),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"x"),
        (
            "multipart/form-data; boundary=b0",
            b"--b0\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 1_500,
        ),
        ("application/x-www-form-urlencoded", b"\xff\xfe=1&%zz&text=%7B"),
        ("text/plain", b"hello"),
    ],
)
@pytest.mark.parametrize("edge", ["messages", "register", "block_users", "message_templates"])
async def test_bodies(sim: Sim, edge: str, kind: str, content: bytes) -> None:
    node = sim.waba if edge == "message_templates" else sim.number
    headers = {"content-type": kind}
    response = await sim.client.post(f"/v23.0/{node}/{edge}", content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] in (100, 131008)


async def test_what_is_nested_within_reason_is_taken(sim: Sim) -> None:
    payload: Any = {"leaf": 1}
    for _ in range(60):
        payload = {"inner": payload}
    [flow] = [message for name, message in MESSAGES.items() if name == "interactive flow"]
    found: Any = orjson.loads(orjson.dumps(flow))
    found["interactive"]["action"]["parameters"]["flow_action_payload"]["data"] = payload
    assert await sim.accepted(found)
    assert await sim.accepted(text())
