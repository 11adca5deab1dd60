"""Everything a customer can send, as it is delivered and as their phone shows it; and what people are called."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.simulator.harness import CUSTOMER, Json, Sim, body, simulator, template, text

pytestmark = pytest.mark.fault("8A")

PHONE = CUSTOMER[1:]
NEW = "34600000777"


async def say(sim: Sim, kind: str, value: Any = None, **beside: Any) -> Json:
    """What the business is delivered."""
    before = len(sim.receiver.values("messages"))
    content = {"type": kind, **({} if value is None else {kind: value}), **beside}
    answer = await sim.client.post(f"/_sim/customers/{PHONE}/messages", json=content)
    assert answer.status_code == 200, answer.text
    await sim.until(lambda: len(sim.receiver.values("messages")) > before)
    message = sim.receiver.values("messages")[-1]
    assert message["id"] == answer.json()["id"]
    return message


async def shown(sim: Sim, phone: str = PHONE) -> list[Json]:
    """The customer's thread."""
    messages: list[Json] = (await sim.get(f"_sim/customers/{phone}/thread"))["messages"]
    return messages


async def file(sim: Sim, name: str, kind: str, data: bytes) -> str:
    """A file that a customer attaches."""
    answer = await sim.client.post("/_sim/media", files={"file": (name, data, kind)})
    identifier: str = answer.json()["id"]
    return identifier


async def test_what_stands_beside_a_message(sim: Sim) -> None:
    sent = await sim.accepted(template())
    quoted = await say(sim, "text", {"body": "This one"}, quoted=sent)
    assert quoted["context"] == {"from": "34611555010", "id": sent}
    forwarded = await say(sim, "text", {"body": "Look"}, forwarded=True)
    assert forwarded["context"] == {"forwarded": True}
    often = await say(sim, "text", {"body": "Look"}, frequently_forwarded=True)
    assert often["context"] == {"frequently_forwarded": True}
    product = {"catalog_id": "1", "product_retailer_id": "coffee"}
    asked = await say(sim, "text", {"body": "This?"}, quoted=sent, referred_product=product)
    assert asked["context"]["referred_product"] == product
    ad = await say(sim, "text", {"body": "More?"}, referral=True)
    assert ad["referral"].keys() >= {"source_url", "source_id", "source_type", "ctwa_clid"}
    post = await say(sim, "text", {"body": "More?"}, referral={"source_type": "post"})
    assert post["referral"]["source_type"] == "post"
    group = await say(sim, "text", {"body": "Hello all"}, group="Y2FwaQ")
    assert group["group_id"] == "Y2FwaQ"
    raw = {"context": {"forwarded": True}, "group_id": "Y2FwaQ", "errors": [{"code": 131060}]}
    whole = await say(sim, "text", {"body": "As Meta writes it"}, **raw)
    assert {key: whole[key] for key in raw} == raw
    notes = [message.get("note", "") for message in await shown(sim)]
    assert "forwarded" in notes
    assert "in the group Y2FwaQ" in notes


async def test_a_group_and_notices_open_no_window(sim: Sim) -> None:
    await say(sim, "text", {"body": "Hello all"}, group="Y2FwaQ")
    await say(sim, "system", {"type": "user_identity_changed"})
    await say(sim, "revoke", {"original_message_id": "wamid.X"})
    wamid = await sim.accepted(text())
    await sim.until(lambda: sim.receiver.statuses(wamid))
    assert sim.receiver.statuses(wamid)[0]["errors"][0]["code"] == 131047
    await say(sim, "text", {"body": "Hello"})
    wamid = await sim.accepted(text())
    await sim.until(lambda: sim.receiver.statuses(wamid))
    assert sim.receiver.statuses(wamid)[0]["status"] == "sent"


async def test_files_of_every_kind(sim: Sim) -> None:
    sound = await file(sim, "a.ogg", "audio/ogg", b"OggS" + b"x")
    voice = await say(sim, "voice", {"id": sound})
    assert (voice["type"], voice["audio"]["voice"]) == ("audio", True)
    assert voice["audio"]["mime_type"] == "audio/ogg; codecs=opus"
    assert "voice" not in (await say(sim, "audio", {"id": sound}))["audio"]
    film = await file(sim, "a.mp4", "video/mp4", b"x")
    video = await say(sim, "video", {"id": film, "caption": "See"})
    assert (video["video"]["caption"], video["video"]["mime_type"]) == ("See", "video/mp4")
    sticker = await file(sim, "a.webp", "image/webp", b"RIFF" + b"x")
    assert (await say(sim, "sticker", {"id": sticker}))["sticker"]["animated"] is False
    paper = await file(sim, "a.pdf", "application/pdf", b"%PDF")
    assert (await say(sim, "document", {"id": paper}))["document"]["filename"] == "a.pdf"
    kinds = [message["header"]["kind"] for message in await shown(sim)]
    assert kinds == ["audio", "audio", "video", "sticker", "document"]


async def test_an_order_and_the_answer_of_a_form(sim: Sim) -> None:
    order = await say(sim, "order", {"product_items": [{"product_retailer_id": "coffee"}]})
    [item] = order["order"]["product_items"]
    assert item.keys() == {"product_retailer_id", "quantity", "item_price", "currency"}
    assert order["order"]["catalog_id"]
    answer = await say(sim, "flow", {"flow_token": "ft-81", "answers": {"email": "m@example.org"}})
    reply = answer["interactive"]
    assert (answer["type"], reply["type"]) == ("interactive", "nfm_reply")
    assert reply["nfm_reply"] == {
        "name": "flow",
        "body": "Sent",
        "response_json": '{"flow_token":"ft-81","email":"m@example.org"}',
    }
    assert [message["body"] for message in await shown(sim)] == [
        "Order of 1 items", "email: m@example.org",
    ]  # fmt: skip


async def test_second_thoughts(sim: Sim) -> None:
    first = (await say(sim, "text", {"body": "Is it in stock?"}))["id"]
    second = (await say(sim, "text", {"body": "Never mind"}))["id"]
    edit = await say(sim, "edit", {"original_message_id": first, "body": "Is it in stock now?"})
    assert edit["edit"] == {
        "original_message_id": first,
        "message": {"type": "text", "text": {"body": "Is it in stock now?"}},
    }
    revoke = await say(sim, "revoke", {"original_message_id": second})
    assert revoke["revoke"] == {"original_message_id": second}
    changed, deleted = await shown(sim)
    assert (changed["body"], changed["edited"]) == ("Is it in stock now?", True)
    assert deleted["deleted"] is True


async def test_a_reaction_can_be_taken_back(sim: Sim) -> None:
    sent = await sim.accepted(template("feedback_request", "en_US", body("Mara")))
    await say(sim, "reaction", {"message_id": sent, "emoji": "👍"})
    assert (await shown(sim))[0]["reaction"] == "👍"
    gone = await say(sim, "reaction", {"message_id": sent, "emoji": ""})
    assert gone["reaction"] == {"message_id": sent}
    assert (await shown(sim))[0]["reaction"] == ""


async def test_what_businesses_cannot_read(sim: Sim) -> None:
    poll = await say(sim, "poll")
    assert (poll["type"], poll["unsupported"]) == ("unsupported", {"type": "poll_creation"})
    assert [error["code"] for error in poll["errors"]] == [131051]
    pin = await say(sim, "unsupported", {"type": "pin"}, error={"code": 131060})
    assert (pin["unsupported"]["type"], pin["errors"][0]["code"]) == ("pin", 131060)


async def test_people_move(sim: Sim) -> None:
    await say(sim, "text", {"body": "Hello"}, name="Mara Voss")
    old = sim.receiver.values("contacts")[-1]["user_id"]
    people = len(sim.receiver.values("contacts"))
    moved = await say(sim, "system", {"type": "user_changed_number", "phone": f"+{NEW}"})
    assert (moved["from"], moved["system"]["wa_id"]) == (PHONE, NEW)
    assert moved["system"]["previous_user_id"] == old
    assert moved["system"]["user_id"] != old
    assert moved["system"]["body"] == f"User Mara Voss changed from {PHONE} to {NEW}"
    hidden = await say(sim, "system", {"type": "user_changed_user_id", "phone": f"+{NEW}"})
    assert not hidden.keys() & {"from", "from_user_id"}
    assert hidden["system"].keys() == {"type", "body", "user_id", "previous_user_id"}
    assert PHONE not in str(hidden)
    by_id = {"type": "user_changed_user_id", "user_id": moved["system"]["user_id"]}
    assert (await say(sim, "system", by_id))["system"]["user_id"] == by_id["user_id"]
    as_meta = {"type": "user_changed_number", "wa_id": NEW}
    assert (await say(sim, "system", as_meta))["system"]["wa_id"] == NEW
    older = await say(sim, "system", {"type": "customer_changed_number", "phone": NEW})
    assert older["system"]["new_wa_id"] == NEW
    code = await say(sim, "system", {"type": "user_identity_changed"})
    assert code["identity"]["hash"]
    assert len(sim.receiver.values("contacts")) == people  # notices come without a profile
    [there] = (await sim.get("_sim/customers", query=NEW))["customers"]
    assert there["name"] == "Mara Voss"
    wrote = await sim.client.post(
        f"/_sim/customers/{NEW}/messages", json={"type": "text", "text": {"body": "New phone"}}
    )
    assert wrote.status_code == 200
    await sim.until(lambda: sim.receiver.values("messages")[-1]["from"] == NEW)
    assert sim.receiver.values("contacts")[-1]["user_id"] == moved["system"]["user_id"]


BAD: list[Json] = [
    {"type": "hologram", "hologram": {"x": 1}},
    {"type": "edit", "edit": {"original_message_id": "wamid.X"}},
    {"type": "edit", "edit": {"body": "x"}},
    {"type": "revoke", "revoke": {"x": 1}},
    {"type": "system", "system": {"type": "user_left"}},
    {"type": "system", "system": {"type": "user_changed_number"}},
    {"type": "flow", "flow": {"answers": "x"}},
    {"type": "order", "order": {}},
    {"type": "reaction", "reaction": {"emoji": "👍"}},
    {"type": "interactive", "interactive": {"type": "button"}},
    {"type": "voice", "voice": {"id": "1"}},
    {"type": "text", "text": ["x"]},
    {"type": "edit", "edit": ["x"]},
    {"type": "text", "text": {"body": {"x": 1}}},
    {"type": "text", "text": {"body": "x"}, "context": {"id": 5}},
    {"type": "text", "text": {"body": "x"}, "context": {"id": {"x": 1}}},
    {"type": "text", "text": {"body": "x"}, "quoted": {"x": 1}},
    {"type": "text", "text": {"body": "x"}, "quoted": 5},
    {"type": "text", "text": {"body": "x"}, "group": {"x": 1}},
    {"type": "text", "text": {"body": "x"}, "number": {"x": 1}},
    {"type": {"x": 1}},
    {"type": "reaction", "reaction": {"message_id": {"x": 1}, "emoji": "👍"}},
    {"type": "reaction", "reaction": {"message_id": ["x"]}},
    {"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": {"x": 1}}},
    {"type": "revoke", "revoke": {"original_message_id": {"x": 1}}},
    {"type": "edit", "edit": {"original_message_id": {"x": 1}, "body": "x"}},
    {"type": "button", "button": {"payload": {"x": 1}, "text": "x"}},
    {"type": "system", "system": {"type": ["user_changed_number"]}},
    {"type": "system", "system": {"type": "user_changed_number", "phone": PHONE}},
    {"type": "system", "system": {"type": "user_changed_number", "phone": {"x": 1}}},
    {"type": "system", "system": {"type": "user_changed_user_id", "phone": f"+{PHONE}"}},
    {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": {}}}},
    {"type": "location", "location": {"name": "Sol"}},
    {"type": "location", "location": {"latitude": 1}},
    {"type": "location", "location": {"latitude": "1_0", "longitude": 1}},
    {"type": "location", "location": {"latitude": 91, "longitude": 1}},
    {"type": "contacts", "contacts": ["x"]},
    {"type": "contacts", "contacts": [{}, "x"]},
    {"type": "image", "image": {"id": {"x": 1}}},
]


@pytest.mark.parametrize("content", BAD)
async def test_what_is_no_message(sim: Sim, content: Json) -> None:
    answer = await sim.client.post(f"/_sim/customers/{PHONE}/messages", json=content)
    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_a_file_is_what_it_is_sent_as(sim: Sim) -> None:
    files = {
        "image": await file(sim, "a.png", "image/png", b"\x89PNG\r\n\x1a\n" + b"x"),
        "video": await file(sim, "a.mp4", "video/mp4", b"x"),
        "audio": await file(sim, "a.ogg", "audio/ogg", b"OggS" + b"x"),
        "sticker": await file(sim, "a.webp", "image/webp", b"RIFF" + b"x"),
        "document": await file(sim, "a.pdf", "application/pdf", b"%PDF"),
    }

    async def status(kind: str, value: Json) -> int:
        content = {"type": kind, kind: value}
        sent = await sim.client.post(f"/_sim/customers/{PHONE}/messages", json=content)
        return sent.status_code

    for sent_as in files:
        for kind, identifier in files.items():
            fits = sent_as in (kind, "document")
            assert await status(sent_as, {"id": identifier}) == (200 if fits else 422)
    assert await status("voice", {"id": files["image"]}) == 422
    for kind, identifier in files.items():
        captioned = kind not in ("audio", "sticker")
        value = {"id": identifier, "caption": "Look"}
        assert await status(kind, value) == (200 if captioned else 422)
        assert await status(kind, {"id": identifier, "caption": ""}) == 200
        if captioned:
            assert await status(kind, {"id": identifier, "caption": {"x": 1}}) == 422


async def test_a_thread_of_former_days_with_odd_ids_is_shown(sim: Sim) -> None:
    customers, number = sim.engine.customers, sim.engine.world.numbers[0]
    customers.write(PHONE, number, "text", {"body": "Hi"}, {"context": {"id": 5}})
    odd = {"message_id": {"x": 1}, "emoji": "👍"}
    customers.write(PHONE, number, "reaction", odd)
    deep = '{"a":' * 900 + "1" + "}" * 900
    answer = {"type": "nfm_reply", "nfm_reply": {"response_json": deep}}
    customers.write(PHONE, number, "interactive", answer)
    assert len(await shown(sim)) == 3


class Contacts:
    """The business's address book, and who was asked for."""

    def __init__(self) -> None:
        self.names = {PHONE: "Mara Voss"}
        self.asked: list[list[str]] = []

    async def __call__(self, digits: Sequence[str]) -> dict[str, str]:
        self.asked.append(list(digits))
        return {one: self.names[one] for one in digits if one in self.names}


async def test_people_bear_their_contacts_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.names.FRESH_S", 3_600.0)
    contacts = Contacts()
    async with simulator(lookup=contacts) as sim:
        await sim.accepted(template())
        await sim.accepted(template(to="+34600000101"))
        found = (await sim.get("_sim/customers", query="mara v"))["customers"]
        assert [one["phone"] for one in found] == [PHONE]
        listed = (await sim.get("_sim/customers"))["customers"]
        assert {one["phone"]: one["name"] for one in listed}[PHONE] == "Mara Voss"
        thread = await sim.get(f"_sim/customers/{PHONE}/thread")
        assert thread["customer"]["name"] == "Mara Voss"
        await sim.write(PHONE, "text", {"body": "Hello"})
        await sim.until(lambda: sim.receiver.values("messages"))
        [told] = [one["value"] for one in sim.receiver.changes() if "messages" in one["value"]]
        assert told["contacts"][0]["profile"]["name"] == "Mara Voss"
        assert len(contacts.asked) == 1  # once in a while, not for every look
        named = {"name": "M. Voss"}
        await sim.client.put(f"/_sim/customers/{PHONE}", json=named)
        thread = await sim.get(f"_sim/customers/{PHONE}/thread")
        assert thread["customer"]["name"] == "M. Voss"
