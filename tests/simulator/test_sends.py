"""Sends: what is accepted, and every refusal by its code."""

import time
from typing import Any

import pytest

from simulator.engine import Engine
from simulator.identifiers import user_id
from tests.simulator.harness import (
    CUSTOMER,
    PICTURE,
    Json,
    Sim,
    body,
    button,
    image,
    simulator,
    spring,
    template,
    text,
)

ORDER = body("Mara", "A-81", "Elm Street")
TRACK = button("url", 0, "text", "A-81")
HEADER = {"type": "header", "parameters": [{"type": "text", "text": "A-81"}]}
COUPON = ("member_coupon", "en_US", body("Mara"))
OTP = ("login_code", "en_US", body("482913"))


def free(kind: str, value: Any) -> Json:
    """A free-form message of any type."""
    return {"messaging_product": "whatsapp", "to": CUSTOMER, "type": kind, kind: value}


def interactive(kind: str, action: Json, **parts: Any) -> Json:
    """An interactive message."""
    return free("interactive", {"type": kind, "body": {"text": "?"}, "action": action, **parts})


def replies(*titles: str) -> Json:
    """Reply buttons."""
    return {
        "buttons": [
            {"type": "reply", "reply": {"id": f"b{place}", "title": title}}
            for place, title in enumerate(titles)
        ]
    }


def rows(count: int) -> Json:
    """A list with so many rows."""
    found = [{"id": str(place), "title": "Row"} for place in range(count)]
    return {"button": "Choose", "sections": [{"title": "A", "rows": found}]}


ACCEPTED = {
    "template without variables": template(),
    "template with header, body and link": template("order_ready", "es", HEADER, ORDER, TRACK),
    "template with picture": spring(),
    "named parameters in any order": template(
        "welcome_offer", "en_US", body(discount="15%", first_name="Mara")
    ),
    "coupon": template(*COUPON, button("copy_code", 0, "coupon_code", "SAVE20")),
    "one-time code": template(*OTP, button("url", 0, "text", "482913")),
    "quick reply payload": template(
        "feedback_request", "en_US", body("Mara"), button("quick_reply", 1, "payload", "fine:1")
    ),
    "upper-case component": template("feedback_request", "en_US", {**body("Mara"), "type": "BODY"}),
    "text": text(),
    "text by default": {"messaging_product": "whatsapp", "to": CUSTOMER, "text": {"body": "Hi"}},
    "picture by link": free("image", {"link": PICTURE, "caption": "Blue"}),
    "location": free("location", {"latitude": 40.4, "longitude": "-3.7"}),
    "reply buttons": interactive("button", replies("Yes", "No")),
    "list": interactive("list", rows(10)),
    "reaction": free("reaction", {"message_id": "wamid.X", "emoji": "👍"}),
    "contact": free("contacts", [{"name": {"formatted_name": "Mara V", "first_name": "Mara"}}]),
    "callback of 512": text(biz_opaque_callback_data="x" * 512),
}

REFUSED: dict[str, tuple[int, int, Json]] = {
    "no product": (400, 100, {"to": CUSTOMER, "type": "text", "text": {"body": "Hi"}}),
    "no recipient": (400, 131008, {**text(), "to": ""}),
    "not a number": (400, 131009, text("call me")),
    "too short": (400, 131009, text("+3460")),
    "own number": (400, 131021, text("+34 611 555 010")),
    "on block list": (400, 130403, text("+34600000013")),
    "a group": (400, 131009, text(recipient_type="group")),
    "callback too long": (400, 100, text(biz_opaque_callback_data="x" * 513)),
    "unknown type": (400, 131009, free("poll", {})),
    "type is no text": (400, 100, {**text(), "type": {}}),
    "no text": (400, 131008, free("text", None)),
    "empty text": (400, 131008, free("text", {"body": ""})),
    "text too long": (400, 100, free("text", {"body": "x" * 4097})),
    "caption too long": (400, 100, free("image", {"link": PICTURE, "caption": "x" * 1025})),
    "id and link": (400, 131008, free("image", {"link": PICTURE, "id": "1"})),
    "neither id nor link": (400, 131008, free("image", {})),
    "unknown media": (400, 131053, free("image", {"id": "1"})),
    "link is no link": (400, 131009, free("image", {"link": "ftp://x"})),
    "audio caption": (400, 100, free("audio", {"link": PICTURE, "caption": "x"})),
    "off the globe": (400, 131009, free("location", {"latitude": 91, "longitude": 0})),
    "no longitude": (400, 131008, free("location", {"latitude": 1})),
    "contact without parts": (400, 131008, free("contacts", [{"name": {"formatted_name": "M"}}])),
    "four buttons": (400, 131009, interactive("button", replies("1", "2", "3", "4"))),
    "equal titles": (400, 131009, interactive("button", replies("1", "1"))),
    "title too long": (400, 100, interactive("button", replies("x" * 21))),
    "eleven rows": (400, 131009, interactive("list", rows(11))),
    "picture over list": (
        400,
        131009,
        interactive("list", rows(1), header={"type": "image", "image": {"link": PICTURE}}),
    ),
    "unknown interactive": (400, 131009, interactive("quiz", {})),
    "footer too long": (400, 100, interactive("button", replies("A"), footer={"text": "x" * 61})),
    "flow without id": (
        400,
        131008,
        interactive(
            "flow", {"name": "flow", "parameters": {"flow_message_version": "3", "flow_cta": "Go"}}
        ),
    ),
    "link is no address": (
        400,
        131009,
        interactive(
            "cta_url", {"name": "cta_url", "parameters": {"display_text": "Go", "url": "x"}}
        ),
    ),
    "unknown template": (404, 132001, template("nobody_knows")),
    "unknown language": (404, 132001, template("hello_world", "en")),
    "rejected template": (404, 132001, template("win_big_now", "en_US", body("Mara"))),
    "pending template": (404, 132001, template("autumn_preview", "en_US", body("Mara"))),
    "paused template": (400, 132015, template("flash_weekend", "en_US", body("Mara"))),
    "disabled template": (400, 132016, template("old_newsletter", "en_US", body("Mara"))),
    "no language": (400, 131008, free("template", {"name": "hello_world"})),
    "too few values": (400, 132000, template("feedback_request")),
    "too many values": (400, 132000, template("feedback_request", "en_US", body("a", "b"))),
    "unwanted values": (400, 132000, template("hello_world", "en_US", body("a"))),
    "names where positions": (
        400,
        132000,
        template("feedback_request", "en_US", body(first_name="Mara")),
    ),
    "positions where names": (400, 132000, template("welcome_offer", "en_US", body("a", "b"))),
    "wrong name": (
        400,
        132000,
        template("welcome_offer", "en_US", body(first_name="Mara", percent="15%")),
    ),
    "line break": (400, 132012, template("feedback_request", "en_US", body("Ma\nra"))),
    "five spaces": (400, 132012, template("feedback_request", "en_US", body("Ma     ra"))),
    "empty value": (400, 131008, template("feedback_request", "en_US", body(""))),
    "body too long": (400, 132005, template("feedback_request", "en_US", body("x" * 1000))),
    "no picture": (
        400,
        132012,
        template("spring_sale", "en_US", body("M", "2"), button("url", 2, "text", "m")),
    ),
    "wrong header kind": (
        400,
        132012,
        template(
            "spring_sale",
            "en_US",
            {"type": "header", "parameters": [{"type": "video", "video": {"link": PICTURE}}]},
            body("Mara", "20%"),
            button("url", 2, "text", "mara"),
        ),
    ),
    "unknown picture": (
        400,
        131053,
        template(
            "spring_sale",
            "en_US",
            image(id="1"),
            body("Mara", "20%"),
            button("url", 2, "text", "mara"),
        ),
    ),
    "no link value": (
        400,
        131008,
        template("spring_sale", "en_US", image(link=PICTURE), body("Mara", "20%")),
    ),
    "no such button": (
        400,
        132012,
        template("feedback_request", "en_US", body("M"), button("quick_reply", 7, "payload", "x")),
    ),
    "wrong button kind": (
        400,
        132012,
        template("feedback_request", "en_US", body("M"), button("url", 0, "text", "x")),
    ),
    "coupon missing": (400, 131008, template(*COUPON)),
    "coupon too long": (
        400,
        132005,
        template(*COUPON, button("copy_code", 0, "coupon_code", "x" * 21)),
    ),
    "strange component": (400, 100, template("hello_world", "en_US", {"type": "sidebar"})),
}


@pytest.mark.parametrize("message", ACCEPTED.values(), ids=ACCEPTED.keys())
async def test_accepted(sim: Sim, message: Json) -> None:
    response = await sim.send(message)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["contacts"] == [{"input": CUSTOMER, "wa_id": CUSTOMER[1:]}]
    assert answer["messages"][0]["id"].startswith("wamid.")
    is_template = message.get("type") == "template"
    assert answer["messages"][0].get("message_status") == ("accepted" if is_template else None)


@pytest.mark.parametrize(("status", "code", "message"), REFUSED.values(), ids=REFUSED.keys())
async def test_refused(sim: Sim, status: int, code: int, message: Json) -> None:
    assert await sim.refusal(message) == (status, code)
    stats = await sim.get("_sim/stats")
    assert stats["rejected_by_code"] == {str(code): 1}
    assert stats["accepted"] == 0


async def test_refused_before_the_payload_is_read(sim: Sim) -> None:
    stranger = {"authorization": "Bearer EAA-nobody"}
    response = await sim.client.post(f"/v23.0/{sim.number}/messages", json=text(), headers=stranger)
    assert (response.status_code, response.json()["error"]["code"]) == (401, 190)
    response = await sim.post("1234567890/messages", text())
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
    response = await sim.client.post(f"/v23.0/{sim.number}/messages", content=b"{")
    assert (response.status_code, response.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize("version", ["/v23.0", "/v19.0", "/v26.0", ""])
async def test_any_version(sim: Sim, version: str) -> None:
    response = await sim.client.post(f"{version}/{sim.number}/messages", json=text())
    assert response.status_code == 200


@pytest.mark.fault("8A")
@pytest.mark.parametrize("to", ["1 (631) 555-1234", "+1 (631) 555-1234", "16315551234"])
async def test_a_number_is_international_with_and_without_its_plus(sim: Sim, to: str) -> None:
    response = await sim.send(text(to))
    assert response.json()["contacts"][0] == {"input": to, "wa_id": "16315551234"}


async def test_to_a_business_scoped_user_id(sim: Sim) -> None:
    identifier = user_id("34600000100", "ES")
    message = {**text(), "recipient": identifier}
    del message["to"]
    response = await sim.send(message)
    assert response.json()["contacts"] == [{"input": identifier, "user_id": identifier}]
    code = template(*OTP, button("url", 0, "text", "482913"), recipient=identifier, to="")
    assert await sim.refusal(code) == (400, 131062)
    assert await sim.refusal({**message, "recipient": "US.nobody"}) == (400, 131009)


async def test_marketing_endpoint(sim: Sim) -> None:
    response = await sim.send(spring(product_policy="STRICT"), "marketing_messages")
    wamid = response.json()["messages"][0]["id"]
    await sim.settled()
    assert sim.receiver.statuses(wamid)[0]["pricing"]["category"] == "marketing_lite"
    assert await sim.refusal(text(), "marketing_messages") == (400, 100)
    assert await sim.refusal(template(), "marketing_messages") == (400, 134100)
    wrong = spring(bid_spec={"per_message_bid_multiplier": 0})
    assert await sim.refusal(wrong, "marketing_messages") == (400, 100)
    world = sim.engine.world
    world.catalog.by_name["spring_sale", "en_US"].updated = int(world.clock.now())
    strict = spring(product_policy="STRICT")
    assert await sim.refusal(strict, "marketing_messages") == (400, 134101)


async def test_read_marks_and_typing(sim: Sim) -> None:
    wamid = await sim.write("34600000100", "text", {"body": "Hi"})
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    response = await sim.send({**mark, "typing_indicator": {"type": "text"}})
    assert response.json() == {"success": True}
    shown = await sim.get("_sim/customers/34600000100/thread")
    assert shown["typing"]
    assert shown["messages"][0]["state"] == "read"
    assert await sim.refusal({**mark, "message_id": "wamid.HBgX"}) == (400, 131009)
    await sim.accepted(text())
    assert not (await sim.get("_sim/customers/34600000100/thread"))["typing"]


async def test_number_throughput() -> None:
    async with simulator(knobs={"pair_limit": False}) as sim:
        began = time.monotonic()
        outcomes = [(await sim.send(text(f"+3460000{n:04d}"))).status_code for n in range(200, 600)]
        refilled = 80 * (time.monotonic() - began)
        stats = await sim.get("_sim/stats")
        assert 80 <= outcomes.count(200) <= min(81 + refilled, 399)
        assert stats["rejected_by_code"]["130429"] == outcomes.count(400)
        assert stats["max_in_any_second"][sim.number] >= 80


async def test_pair_limit_borrows_45_and_then_waits(sim: Sim) -> None:
    outcomes = [(await sim.send(text())).status_code for _ in range(46)]
    assert outcomes == [200] * 45 + [400]
    assert await sim.refusal(text()) == (400, 131056)
    assert await sim.accepted(text("+34600000101"))


async def test_deregistered_number(sim: Sim) -> None:
    await sim.post(f"{sim.number}/deregister", {})
    assert await sim.refusal(text()) == (400, 133010)
    await sim.post(f"{sim.number}/register", {"messaging_product": "whatsapp", "pin": "123456"})
    assert await sim.accepted(text())


async def test_own_block_list(sim: Sim) -> None:
    users = {"messaging_product": "whatsapp", "block_users": [{"user": CUSTOMER}]}
    await sim.write(CUSTOMER, "text", {"body": "Hello"})
    await sim.post(f"{sim.number}/block_users", users)
    assert await sim.refusal(text()) == (400, 130403)


async def test_error_share(sim: Sim) -> None:
    await sim.knobs(errors={"131016": 1.0})
    assert await sim.refusal(template()) == (500, 131016)
    assert (await sim.get("_sim/stats"))["rejected_by_code"] == {"131016": 1}


async def test_http_500_with_and_without_acceptance(sim: Sim) -> None:
    await sim.knobs(http_500_share=1.0, http_500_accepted_share=1.0)
    assert await sim.refusal(template()) == (500, 131000)
    assert (await sim.get("_sim/stats"))["accepted"] == 1
    await sim.knobs(http_500_accepted_share=0.0)
    assert await sim.refusal(template()) == (500, 131000)
    assert (await sim.get("_sim/stats"))["accepted"] == 1


async def test_held_for_quality(sim: Sim) -> None:
    await sim.knobs(held_share=1.0)
    answer = (await sim.send(spring())).json()
    assert answer["messages"][0]["message_status"] == "held_for_quality_assessment"


async def test_call_log_pages_and_counts_doubles(sim: Sim) -> None:
    for place in range(5):
        await sim.send(template(to=f"+3460000010{place % 4}", biz_opaque_callback_data=f"a{place}"))
    await sim.send(template("nobody_knows", biz_opaque_callback_data="a9"))
    await sim.send(template(to="+34600000200", biz_opaque_callback_data="a0"))
    calls: list[Json] = []
    after: int | None = 0
    while after is not None:
        page = await sim.get("_sim/calls", after=after, limit=3)
        calls += page["calls"]
        after = page["next"]
    assert [call["seq"] for call in calls] == list(range(1, 8))
    assert calls[0]["to"] == "34600000100"
    assert calls[0]["biz_opaque_callback_data"] == "a0"
    assert (calls[5]["outcome"], calls[5]["code"]) == ("rejected", 132001)
    only = await sim.get("_sim/calls", outcome="rejected")
    assert [call["seq"] for call in only["calls"]] == [6]
    stats = await sim.get("_sim/stats")
    assert (stats["calls"], stats["accepted"], stats["unique_recipients"]) == (7, 6, 5)
    assert (stats["doubles_by_recipient"], stats["doubles_by_callback"]) == (1, 1)
    await sim.client.post("/_sim/reset")
    assert (await sim.get("_sim/stats"))["calls"] == 0


def test_wamids_differ_after_a_reset(sim: Sim) -> None:
    engine: Engine = sim.engine
    before = engine.world.ids.encode(0)
    engine.reset()
    assert engine.world.ids.encode(0) != before
    assert engine.world.ids.decode(before) is None
