"""Bad deliveries are rejected or survived, and no message is lost because of them."""

import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.stage import Stage
from tests.e2e.stories import ask, items, refused
from tests.eventually import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEGABYTE = 1024 * 1024


def delivery(stage: Stage, text: str, *, sender: str, **extra: Any) -> dict[str, Any]:
    """What WhatsApp sends when a customer writes; ``extra`` joins the value."""
    number = stage.whatsapp.numbers[0].id
    message = {
        "from": sender, "id": f"wamid.{uuid4().hex}", "timestamp": str(int(time.time())),
        "type": "text", "text": {"body": text},
    }  # fmt: skip
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "34611555010", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Otto"}, "wa_id": sender}],
        "messages": [message],
        **extra,
    }
    change = {"field": "messages", "value": value}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": stage.whatsapp.waba_id, "changes": [change]}],
    }


async def arrives(program: httpx.AsyncClient, sender: str) -> dict[str, Any]:
    """The newest message of this customer in our inbox."""

    async def found() -> Any:
        listed = items(await program.get("/api/conversations", params={"search": sender}))
        return listed[0] if listed else None

    conversation = await eventually(found, "the message arrives")
    query = {"conversation_id": conversation["id"]}
    return items(await program.get("/api/messages", params=query))[0]


AWKWARD: dict[str, dict[str, Any]] = {
    "unknown fields": {"surprise": {"deep": [1, {"er": None}]}, "statuses": "not a list"},
    "an unknown kind beside": {"reactions_v9": [{"type": "hologram"}]},
    "three megabytes": {"padding": "x" * (3 * MEGABYTE)},
}


@pytest.mark.parametrize("name", AWKWARD)
async def test_a_message_inside_an_awkward_delivery_arrives(
    stage: Stage, anonymous: httpx.AsyncClient, program: httpx.AsyncClient, name: str
) -> None:
    sender = f"49171392{2000 + list(AWKWARD).index(name)}"
    body = json.dumps(delivery(stage, f"Through {name}", sender=sender, **AWKWARD[name])).encode()
    answer = await anonymous.post("/api/webhook", content=body, headers=stage.sign(body))
    assert answer.status_code == 200
    assert (await arrives(program, sender))["text"] == f"Through {name}"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"\x00\xff\xfe", b"[]", b"null", b'{"object": 7, "entry": {}}',
        b"[" * 20_000, b'{"entry": [{"changes": [null, 1, {"field": []}]}]}',
        '{"entry": [{"id": "1", "changes": [{"field": "messages", "value": 3}]}]}'.encode("utf-16"),
    ],
    ids=lambda body: str(body[:12]),
)  # fmt: skip
async def test_a_signed_delivery_that_makes_no_sense_blocks_nobody(
    stage: Stage, anonymous: httpx.AsyncClient, program: httpx.AsyncClient, body: bytes
) -> None:
    answer = await anonymous.post("/api/webhook", content=body, headers=stage.sign(body))
    assert answer.status_code == 200
    sender = f"491713922{int(time.time() * 1000) % 900:03}"
    after = json.dumps(delivery(stage, "Am I next?", sender=sender)).encode()
    await anonymous.post("/api/webhook", content=after, headers=stage.sign(after))
    assert (await arrives(program, sender))["text"] == "Am I next?"


async def test_nul_characters_in_a_message_do_not_lose_it(
    stage: Stage, anonymous: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    sender = "491713922990"
    body = json.dumps(delivery(stage, "before\x00after", sender=sender)).encode()
    answer = await anonymous.post("/api/webhook", content=body, headers=stage.sign(body))
    assert answer.status_code == 200
    text = (await arrives(program, sender))["text"]
    assert text.startswith("before")
    assert text.endswith("after")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_delivery_above_four_megabytes_is_too_large(
    stage: Stage, anonymous: httpx.AsyncClient, chunked: bool
) -> None:
    body = b"x" * (4 * MEGABYTE + 1)

    async def pieces() -> Any:
        for start in range(0, len(body), MEGABYTE):
            yield body[start : start + MEGABYTE]

    content = pieces() if chunked else body
    answer = await anonymous.post("/api/webhook", content=content, headers=stage.sign(body))
    assert refused(answer, 413) == "too_large"


async def test_unsigned_deliveries_are_turned_away_and_counted(
    stage: Stage, anonymous: httpx.AsyncClient
) -> None:
    before = counted(stage)
    body = json.dumps(delivery(stage, "Let me in", sender="491713922998")).encode()
    signed = stage.sign(body)["X-Hub-Signature-256"]
    forged = signed[:-1] + ("1" if signed.endswith("0") else "0")
    for header in (None, "", "sha256=", "sha1=abc", "sha256=zz", forged, "sha256=" + "0" * 64):
        headers = {} if header is None else {"X-Hub-Signature-256": header}
        answer = await anonymous.post("/api/webhook", content=body, headers=headers)
        assert answer.status_code == 401
    await eventually(lambda: counted(stage) - before >= 7, "the refusals are written down")
    assert counted(stage) - before == 7


def counted(stage: Stage) -> int:
    """How many deliveries have been rejected so far."""
    return int(ask(stage, "SELECT coalesce(sum(count), 0) FROM rejected_webhooks"))


async def test_an_unsigned_delivery_left_nothing_behind(program: httpx.AsyncClient) -> None:
    found = items(await program.get("/api/contacts", params={"search": "+491713922998"}))
    assert found == []
