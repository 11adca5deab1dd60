"""Webhooks: order, batches, redelivery, faults on the way, personas and prices."""

from collections import Counter
from itertools import pairwise
from typing import Any

import orjson
import pytest

from simulator.pump import gap
from tests.simulator.harness import CUSTOMER, Sim, body, simulator, spring, template, text

LADDER = ["sent", "delivered", "read"]


def names(sim: Sim, wamid: str) -> list[str]:
    """The statuses of a message in order of arrival."""
    return [status["status"] for status in sim.receiver.statuses(wamid)]


async def campaign(sim: Sim, count: int) -> list[str]:
    """Templates to so many people."""
    return [
        await sim.accepted(
            template(to=f"+346100{n:05d}", biz_opaque_callback_data=f'attempt "{n}" é')
        )
        for n in range(100, 100 + count)
    ]


async def test_the_ladder(sim: Sim) -> None:
    wamid = await sim.accepted(spring(biz_opaque_callback_data="cmp:1"))
    await sim.settled()
    sent, delivered, read = sim.receiver.statuses(wamid)
    assert names(sim, wamid) == LADDER
    assert {item["biz_opaque_callback_data"] for item in (sent, delivered, read)} == {"cmp:1"}
    assert {item["recipient_id"] for item in (sent, delivered, read)} == {CUSTOMER[1:]}
    assert sent["pricing"] == {
        "billable": True,
        "pricing_model": "PMP",
        "type": "regular",
        "category": "marketing",
    }
    assert "pricing" not in read
    assert sent["conversation"]["id"] == read["conversation"]["id"]
    assert "expiration_timestamp" in sent["conversation"]
    assert "expiration_timestamp" not in delivered["conversation"]
    assert sim.receiver.values("contacts")[0]["wa_id"] == CUSTOMER[1:]
    [change] = list(sim.receiver.changes())[:1]
    assert change["value"]["metadata"]["phone_number_id"] == sim.number
    assert orjson.loads(sim.receiver.bodies[0])["entry"][0]["id"] == sim.waba


async def test_newer_webhook_versions_have_no_conversation(sim: Sim) -> None:
    await sim.knobs(webhook_version="v24.0")
    wamid = await sim.accepted(template())
    await sim.settled()
    assert "conversation" not in sim.receiver.statuses(wamid)[0]


async def test_delivered_is_skipped_when_the_chat_is_open(sim: Sim) -> None:
    await sim.knobs(delivered_skip_probability=1.0)
    wamid = await sim.accepted(template())
    await sim.settled()
    assert names(sim, wamid) == ["sent", "read"]


async def test_no_statuses_when_they_are_off(sim: Sim) -> None:
    await sim.knobs(statuses=False)
    await sim.accepted(template())
    stats = await sim.settled()
    assert stats["statuses"]["generated"] == 0


async def test_batches_stay_below_their_size(sim: Sim) -> None:
    await sim.knobs(batch_size=7, batch_window_ms=100)
    wamids = await campaign(sim, 40)
    stats = await sim.settled()
    assert stats["statuses"]["delivered"] == 120
    sizes = [
        sum(len(change["value"]["statuses"]) for change in orjson.loads(raw)["entry"][0]["changes"])
        for raw in sim.receiver.bodies
    ]
    assert max(sizes) == 7
    assert all(names(sim, wamid) == LADDER for wamid in wamids)


@pytest.mark.parametrize("status", [500, 404, 204, 0])
async def test_nothing_is_lost_while_the_receiver_is_down(sim: Sim, status: int) -> None:
    sim.receiver.status = status
    wamids = await campaign(sim, 30)
    await sim.write("34600000100", "text", {"body": "Anyone there?"})
    await sim.until(lambda: sim.engine.pump.refused_posts > 5)
    stats = await sim.get("_sim/stats")
    assert stats["statuses"]["delivered"] == 0
    sim.receiver.status = 200
    stats = await sim.settled()
    await sim.until(lambda: sim.receiver.values("messages"))
    assert stats["statuses"]["delivered"] == 90
    assert all(Counter(names(sim, wamid)) == Counter(LADDER) for wamid in wamids)
    if sim.receiver.refused:
        assert sim.receiver.refused[0] in sim.receiver.bodies


async def test_redelivery_gaps_grow_and_compress() -> None:
    gaps = [gap(attempt, 1.0) for attempt in range(1, 20)]
    assert gaps[:4] == [0.0, 1.0, 2.0, 4.0]
    assert all(first <= second for first, second in pairwise(gaps))
    assert gaps[-1] == 3600
    assert gap(5, 100.0) == 0.08


async def test_duplicates_carry_the_same_bytes(sim: Sim) -> None:
    await sim.knobs(duplicate_share=1.0)
    await sim.accepted(template())
    await sim.settled()
    await sim.until(lambda: len(sim.receiver.bodies) % 2 == 0)
    assert all(count == 2 for count in Counter(sim.receiver.bodies).values())


async def test_reorder_loses_nothing(sim: Sim) -> None:
    await sim.knobs(reorder=True, batch_window_ms=50)
    wamids = await campaign(sim, 40)
    await sim.settled()
    seen = [names(sim, wamid) for wamid in wamids]
    assert all(Counter(found) == Counter(LADDER) for found in seen)
    assert any(found != LADDER for found in seen)


async def test_escaped_unicode_is_signed_as_it_travels(sim: Sim) -> None:
    await sim.knobs(escaped_unicode=True)
    await sim.write("34600000100", "text", {"body": "é <b>50 %</b> a@b 🌷"}, name="Zoë")
    await sim.until(lambda: sim.receiver.values("messages"))
    [raw] = sim.receiver.bodies
    assert raw.isascii()
    assert b"\\u003Cb\\u003E50 \\u0025" in raw.replace(b"<\\/b>", b"").replace(b">", b"\\u003E")
    assert sim.receiver.values("messages")[0]["text"]["body"] == "é <b>50 %</b> a@b 🌷"


async def test_unknown_things_are_injected(sim: Sim) -> None:
    await sim.knobs(inject_unknown_share=1.0)
    wamid = await sim.accepted(template())
    await sim.settled()
    assert sim.receiver.fields("a_field_from_the_future")
    assert sim.receiver.statuses("wamid.UNKNOWN")
    assert names(sim, wamid) == LADDER


async def test_webhook_before_response(sim: Sim) -> None:
    await sim.knobs(webhook_before_response=True, batch_window_ms=20)
    wamid = await sim.accepted(template())
    assert "sent" in names(sim, wamid)


async def test_failure_share(sim: Sim) -> None:
    await sim.knobs(failures={"131026": 1.0})
    wamid = await sim.accepted(template(biz_opaque_callback_data="a1"))
    await sim.settled()
    [failed] = sim.receiver.statuses(wamid)
    assert failed["status"] == "failed"
    assert failed["errors"][0]["code"] == 131026
    assert failed["biz_opaque_callback_data"] == "a1"
    assert "recipient_user_id" not in failed
    assert not sim.receiver.values("contacts")


PERSONAS: dict[str, tuple[str, dict[str, Any], list[str], int | None]] = {
    "not on WhatsApp": ("0001", template(), ["failed"], 131026),
    "stopped marketing": ("0002", spring(), ["failed"], 131050),
    "stopped marketing, utility": ("0002", template(), LADDER, None),
    "blocked the business": ("0003", template(), ["sent", "failed"], 131026),
    "no read receipts": ("0004", template(), ["sent", "delivered"], None),
    "experiment": ("0009", spring(), ["failed"], 130472),
    "marketing limit": ("0010", spring(), ["failed"], 131049),
    "switched off": ("0012", template(), ["sent"], None),
}


@pytest.mark.parametrize(("ending", "message", "ladder", "code"), PERSONAS.values(), ids=PERSONAS)
async def test_personas(
    sim: Sim, ending: str, message: dict[str, Any], ladder: list[str], code: int | None
) -> None:
    wamid = await sim.accepted({**message, "to": f"+3460000{ending}"})
    await sim.settled()
    assert names(sim, wamid) == ladder
    last = sim.receiver.statuses(wamid)[-1]
    assert (last["errors"][0]["code"] if "errors" in last else None) == code


async def test_personas_off(sim: Sim) -> None:
    await sim.knobs(personas=False)
    wamid = await sim.accepted(template(to="+34600000001"))
    await sim.settled()
    assert names(sim, wamid) == LADDER


async def test_us_numbers_get_no_marketing(sim: Sim) -> None:
    wamid = await sim.accepted(spring("+12125550123"))
    other = await sim.accepted(spring("+15557010102"))
    await sim.settled()
    assert sim.receiver.statuses(wamid)[0]["errors"][0]["code"] == 131049
    assert names(sim, other) == LADDER


async def test_free_form_needs_an_open_window(sim: Sim) -> None:
    closed = await sim.accepted(text())
    await sim.settled()
    assert sim.receiver.statuses(closed)[0]["errors"][0]["code"] == 131047
    await sim.write("34600000100", "text", {"body": "Hi"})
    opened = await sim.accepted(text())
    await sim.settled()
    assert names(sim, opened) == LADDER
    pricing = sim.receiver.statuses(opened)[0]["pricing"]
    assert (pricing["category"], pricing["type"]) == ("service", "free_customer_service")


async def test_reactions_only_get_sent(sim: Sim) -> None:
    target = await sim.write("34600000100", "text", {"body": "Hi"})
    message = {"messaging_product": "whatsapp", "to": CUSTOMER, "type": "reaction"}
    good = await sim.accepted({**message, "reaction": {"message_id": target, "emoji": "👍"}})
    bad = await sim.accepted({**message, "reaction": {"message_id": "wamid.X", "emoji": "👍"}})
    await sim.settled()
    assert names(sim, good) == ["sent"]
    assert "pricing" not in sim.receiver.statuses(good)[0]
    assert sim.receiver.statuses(bad)[0]["errors"][0]["code"] == 131009


async def test_daily_limit_of_the_portfolio() -> None:
    async with simulator(messaging_tier="TIER_50") as sim:
        wamids = await campaign(sim, 55)
        again = await sim.accepted(template(to="+34610000100"))
        await sim.settled()
        failed = [wamid for wamid in wamids if names(sim, wamid) == ["failed"]]
        assert failed == wamids[50:]
        assert sim.receiver.statuses(failed[0])[0]["errors"][0]["code"] == 131048
        assert names(sim, again) == LADDER


async def test_number_override_wins_over_account_and_app(sim: Sim) -> None:
    token = sim.engine.world.config.verify_token
    account = {"override_callback_uri": "http://account.test/hook", "verify_token": token}
    assert (await sim.post(f"{sim.waba}/subscribed_apps", account)).status_code == 200
    await sim.write("34600000100", "text", {"body": "1"})
    await sim.until(lambda: "http://account.test/hook" in sim.receiver.urls)
    number = {"override_callback_uri": "http://number.test/hook", "verify_token": token}
    response = await sim.post(sim.number, {"webhook_configuration": number})
    assert response.status_code == 200
    await sim.write("34600000100", "text", {"body": "2"})
    await sim.until(lambda: "http://number.test/hook" in sim.receiver.urls)
    wrong = {**account, "verify_token": "wrong"}
    assert (await sim.post(f"{sim.waba}/subscribed_apps", wrong)).json()["error"]["code"] == 2200


async def test_username_persona_hides_the_phone_until_written_to(sim: Sim) -> None:
    phone = "34600000008"
    await sim.write(phone, "text", {"body": "Hi"})
    await sim.until(lambda: sim.receiver.values("messages"))
    [message], [contact] = sim.receiver.values("messages"), sim.receiver.values("contacts")
    assert "from" not in message
    assert "wa_id" not in contact
    assert contact["profile"]["username"]
    answer = {**text(), "to": "", "recipient": message["from_user_id"]}
    wamid = await sim.accepted(answer)
    await sim.settled()
    assert "recipient_id" not in sim.receiver.statuses(wamid)[0]
    await sim.accepted(text(f"+{phone}"))
    await sim.write(phone, "text", {"body": "Now you know me"})
    await sim.until(lambda: len(sim.receiver.values("messages")) == 2)
    assert sim.receiver.values("messages")[1]["from"] == phone


async def test_answering_personas(sim: Sim) -> None:
    tapped = await sim.accepted(
        template("feedback_request", "en_US", body("Mara"), to="+34600000007")
    )
    await sim.accepted(template(to="+34600000011"))
    await sim.until(lambda: len(sim.receiver.values("messages")) == 2)
    by_type = {message["type"]: message for message in sim.receiver.values("messages")}
    assert by_type["button"]["button"] == {"payload": "Loved it", "text": "Loved it"}
    assert by_type["button"]["context"]["id"] == tapped
    assert by_type["text"]["text"]["body"] == "STOP"


async def test_reply_share(sim: Sim) -> None:
    await sim.knobs(reply_share=1.0)
    await campaign(sim, 10)
    await sim.until(lambda: len(sim.receiver.values("messages")) == 10)


async def test_ping_and_verify(sim: Sim) -> None:
    ping = (await sim.client.post("/_sim/ping_webhook")).json()
    assert ping["status"] == 200
    assert (await sim.client.post("/_sim/verify")).json()["verified"]
    assert (await sim.get("_sim/stats"))["webhooks"]["verified"]
