"""Values of the wrong kind in free-form messages and marketing sends; read marks, PINs, pages and keys nobody knows."""

from functools import partial
from typing import Any

import httpx
import pytest

from simulator.config import NumberConfig
from simulator.graph.dispatch import HANDLERS
from tests.simulator.harness import CUSTOMER, PICTURE, Json, Sim, odd, simulator, spring, text
from tests.simulator.test_media import PNG, TWO, upload
from tests.simulator.test_sends import free

pytestmark = pytest.mark.fault("8A")

PHONE = CUSTOMER[1:]


def contact(**changes: Any) -> Json:
    """A shared contact."""
    return free("contacts", [{"name": {"formatted_name": "M V", "first_name": "M"}, **changes}])


def reaction(emoji: Any) -> Json:
    """A reaction to something."""
    return free("reaction", {"message_id": "wamid.X", "emoji": emoji})


TAKEN: dict[str, Json] = {
    "birthday": contact(birthday="1992-02-29"),
    "voice": free("audio", {"link": PICTURE, "voice": True}),
    "no voice": free("audio", {"link": PICTURE, "voice": False}),
    "end of a reaction": reaction(""),
    **{
        f"reaction {emoji}": reaction(emoji)
        for emoji in odd("👍", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍🚀", "👍🏽", "\u2139\ufe0f", "©️", "™️", "🇪🇸", "㊗️")
    },
    "answer": text(context={"message_id": "wamid.X"}),
    "text with space around it": free("text", {"body": " Hello "}),
    "link with a port": free("image", {"link": "http://pictures.example:8080/a.png?b=c d"}),
    "link without a path": free("image", {"link": "https://pictures.example"}),
}
REFUSED: dict[str, tuple[int, Json]] = {
    "text of spaces": (131008, free("text", {"body": "   "})),
    "text of line breaks": (131008, free("text", {"body": "\n\r\n\u2028"})),
    **{
        f"birthday {day!r}": (131009, contact(birthday=day))
        for day in odd("2026-13-45", "2025-02-29", "1990-4-9", "2026-01-0\u0661", 19900409, {}, "")
    },
    **{
        f"voice {value!r}": (100, free("audio", {"link": PICTURE, "voice": value}))
        for value in odd("yes", 1, {}, "")
    },
    **{
        f"reaction {emoji!r}": (131009, reaction(emoji))
        for emoji in odd("hello", " ", "ok 👍", "👍\n", 5, {}, True)
    },
    **{
        f"link {link!r}": (131009, free("image", {"link": link}))
        for link in odd(
            "https://", "http://?a", "https:///a.png", "https://[x", "https://a b/c.png",
            "https://\nexample.org", "https:example.org", {"x": 1}, 5,
        )
    },
    "media that is an object": (131053, free("image", {"id": {"x": 1}})),
    "answer to an object": (100, text(context={"message_id": {"x": 1}})),
    "name of spaces": (131008, contact(name={"formatted_name": " ", "first_name": "M"})),
}  # fmt: skip


async def test_taken(sim: Sim) -> None:
    await sim.knobs(pair_limit=False)
    for name, message in TAKEN.items():
        response = await sim.send(message)
        assert response.status_code == 200, (name, response.text)


async def test_refused(sim: Sim) -> None:
    for name, (code, message) in REFUSED.items():
        assert await sim.refusal(message) == (400, code), name


@pytest.mark.parametrize(
    "options",
    [
        {"bid_spec": {"per_message_bid_multiplier": value}}
        for value in odd(True, 0, -1, "x", None, {})
    ]
    + [{"message_activity_sharing": value} for value in odd("x", 1, {}, "")],
)
async def test_options_of_a_marketing_send(sim: Sim, options: Json) -> None:
    assert await sim.refusal(spring(**options), "marketing_messages") == (400, 100)


async def test_a_marketing_send_is_a_template(sim: Sim) -> None:
    good: Json = {
        "message_activity_sharing": False,
        "bid_spec": {"per_message_bid_multiplier": 1.25},
    }
    assert (await sim.send(spring(**good), "marketing_messages")).status_code == 200
    for message in (text(), reaction("👍"), free("image", {"link": PICTURE})):
        refused = await sim.send(message, "marketing_messages")
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (400, 100)
        assert error["message"] == "(#100) Message must be a template message."


async def state(sim: Sim) -> list[str]:
    """What the customer's own messages look like on their phone."""
    shown = await sim.get(f"_sim/customers/{PHONE}/thread")
    return [message["state"] for message in shown["messages"] if message["from"] == "customer"]


async def test_each_number_reads_its_own_messages() -> None:
    async with simulator(numbers=TWO) as sim:
        first, second = (number.id for number in TWO)
        to_first = await sim.write(PHONE, "text", {"body": "Hello"})
        to_second = await sim.write(PHONE, "text", {"body": "Hello"}, number=second)
        again = await sim.write(PHONE, "text", {"body": "Are you there?"})
        mark = {"messaging_product": "whatsapp", "status": "read"}

        async def reads(number: str, wamid: str) -> httpx.Response:
            return await sim.post(f"{number}/messages", {**mark, "message_id": wamid})

        for number, wamid in ((second, to_first), (first, to_second)):
            refused = await reads(number, wamid)
            assert (refused.status_code, refused.json()["error"]["code"]) == (400, 131009)
        assert await state(sim) == ["delivered"] * 3
        assert (await reads(first, again)).status_code == 200
        assert await state(sim) == ["read", "delivered", "read"]
        assert (await reads(second, to_second)).status_code == 200
        assert await state(sim) == ["read"] * 3
        thumb = {"message_id": to_first, "emoji": "👍"}
        for number, status in ((second, "failed"), (first, "sent")):
            sent = await sim.post(f"{number}/messages", free("reaction", thumb))
            wamid = sent.json()["messages"][0]["id"]
            await sim.until(partial(sim.receiver.statuses, wamid))
            assert sim.receiver.statuses(wamid)[0]["status"] == status


async def test_a_number_has_one_pin(sim: Sim) -> None:
    async def register(pin: Any) -> tuple[int, int]:
        body = {"messaging_product": "whatsapp", "pin": pin}
        answer = await sim.post(f"{sim.number}/register", body)
        return answer.status_code, answer.json().get("error", {}).get("code", 0)

    for pin in odd(
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "٤٢٤٢٤٢",
        "12345",
        "12345a",
        "",
        {},
        "²²²²²²",
    ):
        assert await register(pin) == (400, 100)
    assert await register("424242") == (200, 0)
    assert await register(424242) == (200, 0)
    assert await register("111111") == (400, 133005)
    assert (await sim.post(f"{sim.number}/deregister", {})).status_code == 200
    assert await register("111111") == (400, 133005)
    assert (await sim.post(sim.number, {"pin": "12"})).status_code == 400
    assert (await sim.post(sim.number, {"pin": "111111"})).json() == {"success": True}
    assert await register("111111") == (200, 0)


async def test_pages_of_numbers_and_of_blocked_people() -> None:
    many = [
        NumberConfig(id=f"10987654321098{place}", display_number=f"+34 611 555 01{place}")
        for place in range(3)
    ]
    async with simulator(numbers=many) as sim:
        for digit in range(3):
            await sim.write(f"3460000010{digit}", "text", {"body": "Hi"})
        users = [{"user": f"+3460000010{digit}"} for digit in range(3)]
        form = {"messaging_product": "whatsapp", "block_users": users}
        assert (await sim.post(f"{sim.number}/block_users", form)).status_code == 200
        for path, key in (
            (f"{sim.waba}/phone_numbers", "id"),
            (f"{sim.number}/block_users", "wa_id"),
        ):
            whole = [item[key] for item in (await sim.get(path))["data"]]
            assert len(whole) == 3
            first = await sim.get(path, limit=1)
            second = (await sim.client.get(first["paging"]["next"])).json()
            third = (await sim.client.get(second["paging"]["next"])).json()
            assert [page["data"][0][key] for page in (first, second, third)] == whole
            assert "next" not in third["paging"]
            back = (await sim.client.get(second["paging"]["previous"])).json()
            assert back["data"] == first["data"]
            for limit in ("0", "-1", "x", "9" * 5_000):
                refused = await sim.client.get(f"/v23.0/{path}", params={"limit": limit})
                assert refused.json()["error"]["code"] == 100
        nested = (await sim.get(sim.waba, fields="phone_numbers.limit(1){id}"))["phone_numbers"]
        assert nested["data"] == [{"id": many[0].id}]
        after = nested["paging"]["cursors"]["after"]
        fields = f"phone_numbers.limit(1).after({after}).fields(id)"
        following = (await sim.get(sim.waba, fields=fields))["phone_numbers"]
        assert following["data"] == [{"id": many[1].id}]
        following = (await sim.client.get(nested["paging"]["next"])).json()
        assert following["data"] == [{"id": many[1].id}]


WRITES = [place for place in HANDLERS if place[0] != "GET" and place[1] != "upload"]


@pytest.mark.parametrize(("method", "kind", "edge"), WRITES)
async def test_keys_nobody_knows_in_every_call_that_changes_something(
    sim: Sim, method: str, kind: str, edge: str
) -> None:
    [hello] = (await sim.get(f"{sim.waba}/message_templates", name="flash_weekend"))["data"]
    node = {
        "waba": sim.waba,
        "app": sim.engine.world.config.app_id,
        "number": sim.number,
        "template": hello["id"],
        "media": await upload(sim, sim.number, PNG) if kind == "media" else "",
    }[kind]
    path = f"/v23.0/{node}/{edge}".rstrip("/")
    ways: list[Json] = [{"params": {"surprise": "1"}}, {"json": {"surprise": 1}}]
    if edge == "media":
        data = {"messaging_product": "whatsapp"}
        ways = [
            {"data": data | {"surprise": "1"}, "files": {"file": PNG}},
            {"data": data, "files": {"file": PNG}, "params": {"surprise": "1"}},
            {"data": data, "files": {"file": PNG, "surprise": PNG}},
        ]
    for way in ways:
        response = await sim.client.request(method, path, **way)
        error = response.json().get("error", {})
        assert (response.status_code, error.get("code")) == (400, 100), response.text
        assert 'Unexpected key "surprise"' in str(error)


async def test_what_these_calls_take(sim: Sim) -> None:
    app = sim.engine.world.config.app_id
    query = {
        "file_name": "a", "file_length": "1", "file_type": "image/png", "session_type": "attachment",
        "access_token": "EAA-simulator-token",
    }  # fmt: skip
    assert (await sim.client.post(f"/v23.0/{app}/uploads", params=query)).status_code == 200
    body = {"messaging_product": "whatsapp"}
    assert (await sim.post(f"{sim.number}/deregister", body)).status_code == 200
    files = {"file": PNG}
    form = {**body, "type": "image/png", "access_token": "EAA-simulator-token"}
    media = await sim.client.post(f"/v23.0/{sim.number}/media", data=form, files=files)
    assert media.status_code == 200


@pytest.mark.parametrize(
    "given", ["[1,", "5", '{"a":1}', "x", "[]", "[{}]", '[""]', f"[{'1,' * 100}1]", "[[1]]"]
)
async def test_deleting_by_a_list_that_is_none(sim: Sim, given: str) -> None:
    before = len(sim.engine.world.catalog.by_id)
    address = f"/v23.0/{sim.waba}/message_templates"
    refused = await sim.client.delete(address, params={"hsm_ids": given})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 100)
    assert len(sim.engine.world.catalog.by_id) == before


async def test_deleting_by_a_list(sim: Sim) -> None:
    listed = (await sim.get(f"{sim.waba}/message_templates", name="spring_sale"))["data"]
    one, two, three = (item["id"] for item in listed)
    address = f"/v23.0/{sim.waba}/message_templates"
    for given in (f"[{one},{one}]", f'["{two}"]'):
        deleted = await sim.client.delete(address, params={"hsm_ids": given})
        assert deleted.json() == {"success": True}
    left = (await sim.get(f"{sim.waba}/message_templates", name="spring_sale"))["data"]
    assert [item["id"] for item in left] == [three]
