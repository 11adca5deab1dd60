"""Being a customer: every kind of message, the thread on the phone, and the marketing switch."""

import pytest

from tests.simulator.harness import PICTURE, URL, Json, Sim, body, button, spring, template, text

PHONE = "34600000100"

KINDS: dict[str, Json] = {
    "text": {"body": "Is it in stock?"},
    "button": {"payload": "STOP:1", "text": "Stop promotions"},
    "interactive": {"type": "button_reply", "button_reply": {"id": "keep", "title": "Keep"}},
    "location": {"latitude": 40.4, "longitude": -3.7, "name": "Sol"},
    "reaction": {"message_id": "wamid.X", "emoji": "👍"},
}


@pytest.mark.parametrize(("kind", "value"), KINDS.items())
async def test_inbound(sim: Sim, kind: str, value: Json) -> None:
    wamid = await sim.write(PHONE, kind, value, name="Mara Voss")
    await sim.until(lambda: sim.receiver.values("messages"))
    [message] = sim.receiver.values("messages")
    assert (message["id"], message["from"], message["type"]) == (wamid, PHONE, kind)
    assert message[kind] == value
    assert message["timestamp"].isdecimal()
    [contact] = sim.receiver.values("contacts")
    assert contact["profile"]["name"] == "Mara Voss"
    assert contact["user_id"] == message["from_user_id"]


async def test_inbound_picture(sim: Sim) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    uploaded = await sim.client.post("/_sim/media", files={"file": ("a.png", png, "image/png")})
    media = uploaded.json()
    await sim.write(PHONE, "image", {"id": media["id"], "caption": "like this"})
    await sim.until(lambda: sim.receiver.values("messages"))
    [message] = sim.receiver.values("messages")
    picture = message["image"]
    assert picture["caption"] == "like this"
    assert picture["mime_type"] == "image/png"
    assert len(picture["sha256"]) == 44
    response = await sim.client.get(picture["url"])
    assert response.content == png
    shown = await sim.get(f"_sim/customers/{PHONE}/thread")
    assert shown["messages"][0]["header"]["url"] == f"/_sim/media/{media['id']}"
    assert (await sim.client.get(f"/_sim/media/{media['id']}")).content == png


async def test_thread_renders_a_template(sim: Sim) -> None:
    wamid = await sim.accepted(spring())
    await sim.settled()
    [shown] = (await sim.get(f"_sim/customers/{PHONE}/thread"))["messages"]
    assert shown["id"] == wamid
    assert shown["header"] == {"kind": "image", "url": PICTURE, "filename": ""}
    assert shown["body"].startswith("Hi Mara, spring is here! Enjoy 20% off")
    assert shown["footer"].startswith("Lumen Market")
    more, stop, link = shown["buttons"]
    assert more == {"kind": "quick_reply", "title": "Show me more", "id": "Show me more"}
    assert stop["id"] == "Stop promotions"
    assert link["url"] == "https://shop.lumen.example/spring/mara"
    assert shown["state"] == "read"


async def test_thread_keeps_the_payload_and_names(sim: Sim) -> None:
    await sim.accepted(
        template(
            "welcome_offer",
            "en_US",
            body(discount="15%", first_name="Mara"),
            button("quick_reply", 1, "payload", "STOP:9"),
        )
    )
    [shown] = (await sim.get(f"_sim/customers/{PHONE}/thread"))["messages"]
    assert "Welcome to Lumen Market, Mara! Here is 15% off" in shown["body"]
    assert shown["buttons"][1]["id"] == "STOP:9"


async def test_thread_quotes_reacts_and_fails(sim: Sim) -> None:
    hello = await sim.write(PHONE, "text", {"body": "Hello"})
    answer = await sim.accepted(text(context={"message_id": hello}))
    await sim.write(PHONE, "reaction", {"message_id": answer, "emoji": "👍"})
    await sim.knobs(failures={"131026": 1.0})
    await sim.accepted(text())
    await sim.settled()
    first, second, third = (await sim.get(f"_sim/customers/{PHONE}/thread"))["messages"]
    assert (first["from"], second["from"]) == ("customer", "business")
    assert second["quoted"] == {"id": hello, "text": "Hello"}
    assert second["reaction"] == "👍"
    assert third["error"]["code"] == 131026


async def test_stop_and_resume_marketing(sim: Sim) -> None:
    address = f"/_sim/customers/{PHONE}/marketing"
    await sim.client.post(address, json={"stopped": True})
    stopped = await sim.accepted(spring())
    await sim.settled()
    assert sim.receiver.statuses(stopped)[0]["errors"][0]["code"] == 131050
    await sim.client.post(address, json={"stopped": False})
    await sim.accepted(spring())
    await sim.settled()
    stop, resume = sim.receiver.fields("user_preferences")
    assert stop["user_preferences"][0]["value"] == "stop"
    assert stop["user_preferences"][0]["wa_id"] == PHONE
    assert isinstance(stop["user_preferences"][0]["timestamp"], int)
    assert resume["user_preferences"][0]["value"] == "resume"


async def test_a_person_reads_by_opening_the_chat(sim: Sim) -> None:
    card = await sim.client.put(f"/_sim/customers/{PHONE}", json={"name": "Mara Voss"})
    assert card.json()["name"] == "Mara Voss"
    wamid = await sim.accepted(template())
    await sim.settled()
    assert [item["status"] for item in sim.receiver.statuses(wamid)] == ["sent", "delivered"]
    answer = await sim.client.post(f"/_sim/customers/{PHONE}/read")
    assert answer.json() == {"read": 1}
    await sim.settled()
    assert sim.receiver.statuses(wamid)[-1]["status"] == "read"
    assert (await sim.client.post(f"/_sim/customers/{PHONE}/read")).json() == {"read": 0}


async def test_search(sim: Sim) -> None:
    for place in range(4):
        await sim.accepted(template(to=f"+3460000010{place}"))
    await sim.write(PHONE, "text", {"body": "Hi"}, name="Mara Voss")
    everyone = (await sim.get("_sim/customers"))["customers"]
    assert [found["phone"] for found in everyone][:2] == [PHONE, "34600000103"]
    assert everyone[0]["last"]["text"] == "Hi"
    by_name = (await sim.get("_sim/customers", query="mara v"))["customers"]
    assert [found["phone"] for found in by_name] == [PHONE]
    by_number = (await sim.get("_sim/customers", query="+34 600 000 102"))["customers"]
    assert [found["phone"] for found in by_number] == ["34600000102"]


BAD: list[tuple[str, str, Json | bytes, int]] = [
    ("POST", f"/_sim/customers/{PHONE}/messages", {"type": "hologram"}, 422),
    ("POST", f"/_sim/customers/{PHONE}/messages", {"type": "text"}, 422),
    ("POST", f"/_sim/customers/{PHONE}/messages", {"type": "text", "text": {"body": " "}}, 422),
    ("POST", f"/_sim/customers/{PHONE}/messages", {"type": "image", "image": {"id": "1"}}, 422),
    ("POST", f"/_sim/customers/{PHONE}/messages", b"{", 400),
    ("POST", f"/_sim/customers/{PHONE}/marketing", {"stopped": "yes"}, 422),
    ("PUT", "/_sim/customers/12", {}, 404),
    ("GET", "/_sim/customers/34600999999/thread", {}, 404),
    ("GET", "/_sim/customers?limit=x", {}, 400),
    ("GET", "/_sim/media/1", {}, 404),
    ("PATCH", "/_sim/knobs", {"batch_size": 0}, 422),
    ("PATCH", "/_sim/knobs", {"speed": 1}, 422),
    ("PATCH", "/_sim/knobs", {"read_ms": [5, 1]}, 422),
    ("POST", "/_sim/templates/1/status", {"status": "PAUSED"}, 404),
]


@pytest.mark.parametrize(("method", "path", "content", "status"), BAD)
async def test_bad_input(
    sim: Sim, method: str, path: str, content: Json | bytes, status: int
) -> None:
    sending = {"content": content} if isinstance(content, bytes) else {"json": content}
    response = await sim.client.request(method, f"{URL}{path}", **sending)
    assert response.status_code == status
    assert response.json()["error"]


async def test_another_site_may_not_drive_it(sim: Sim) -> None:
    foreign = await sim.client.post("/_sim/reset", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    own = await sim.client.post("/_sim/reset", headers={"origin": URL})
    assert own.status_code == 200


@pytest.mark.fault("B8")
async def test_a_shape_of_a_customer_s_own_costs_no_other_bubble(sim: Sim) -> None:
    cards = [{"phones": [{"phone": "+34 611 000 999"}], "org": {"company": "Workshop"}}, {}]
    await sim.write(PHONE, "contacts", cards)
    edit = {"original_message_id": "wamid.X", "message": {"type": "location", "location": {"x": 1}}}
    await sim.write(PHONE, "edit", edit)
    await sim.write(PHONE, "order", {"product_items": 7})
    await sim.write(PHONE, "text", {"body": "After all that"})
    thread = await sim.get(f"_sim/customers/{PHONE}/thread")
    shown = [message["body"] for message in thread["messages"]]
    assert (shown[0], shown[2], shown[3]) == ("Workshop, Contact", "[order]", "After all that")
