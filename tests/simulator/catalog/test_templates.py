"""Templates: paging, filters, and the life of one from creation to deletion."""

from typing import Any

import pytest

from tests.simulator.harness import Json, Sim, body, template

BODY: Json = {
    "type": "body",
    "text": "Hi {{1}}, your table for {{2}} people is booked.",
    "example": {"body_text": [["Mara", "4"]]},
}


def new(**changes: Any) -> Json:
    """A template to create."""
    form: Json = {"name": "table_booked", "language": "en_US", "category": "utility"}
    return {**form, "components": [BODY], **changes}


async def create(sim: Sim, **changes: Any) -> str:
    """The id of a created template."""
    response = await sim.post(f"{sim.waba}/message_templates", new(**changes))
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["status"], answer["category"]) == ("PENDING", "UTILITY")
    identifier: str = answer["id"]
    return identifier


async def test_all_pages_by_following_next(sim: Sim) -> None:
    found: list[Json] = []
    page = await sim.get(f"{sim.waba}/message_templates", fields="name,language,status")
    sizes = []
    while True:
        sizes.append(len(page["data"]))
        found += page["data"]
        if "next" not in page["paging"]:
            break
        page = (await sim.client.get(page["paging"]["next"])).json()
    assert sizes[0] == 25
    assert len(sizes) >= 2
    keys = {(item["name"], item["language"]) for item in found}
    assert len(keys) == len(found) == len(sim.engine.world.catalog.by_id)
    assert {("spring_sale", "en_US"), ("spring_sale", "es"), ("spring_sale", "pt_BR")} <= keys
    assert {item["status"] for item in found} >= {"APPROVED", "PAUSED", "REJECTED", "PENDING"}
    assert set(found[0]) == {"name", "language", "status", "id"}


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"name": "spring"}, 3),
        ({"name": "spring", "language": "es"}, 1),
        ({"status": "PAUSED"}, 1),
        ({"category": "authentication"}, 1),
        ({"name_or_content": "parcel"}, 1),
        ({"quality_score": "RED"}, 1),
        ({"name": "nothing"}, 0),
    ],
)
async def test_filters(sim: Sim, filters: dict[str, str], count: int) -> None:
    page = await sim.get(f"{sim.waba}/message_templates", **filters)
    assert len(page["data"]) == count


async def test_created_reviewed_and_sent(sim: Sim) -> None:
    identifier = await create(sim)
    name = "table_booked"
    message = template(name, "en_US", body("Mara", "4"))
    await sim.until(lambda: sim.receiver.fields("message_template_status_update"))
    [update] = sim.receiver.fields("message_template_status_update")
    assert (update["event"], update["reason"]) == ("APPROVED", None)
    assert update["message_template_id"] == int(identifier)
    assert update["message_template_language"] == "en-US"
    assert await sim.accepted(message)
    node = await sim.get(identifier)
    assert node["components"][0]["type"] == "BODY"
    assert node["parameter_format"] == "POSITIONAL"


async def test_rejected_then_edited(sim: Sim) -> None:
    adjacent = {**BODY, "text": "Hello {{1}}{{2}}, your table is booked for tonight."}
    identifier = await create(sim, components=[adjacent])
    await sim.until(lambda: sim.receiver.fields("message_template_status_update"))
    node = await sim.get(identifier, fields="status,rejected_reason")
    assert (node["status"], node["rejected_reason"]) == ("REJECTED", "INVALID_FORMAT")
    edited = (await sim.post(identifier, {"components": [BODY]})).json()
    named = {"id": identifier, "name": "table_booked", "category": "UTILITY"}
    assert edited == {"success": True, **named}
    await sim.until(lambda: len(sim.receiver.fields("message_template_status_update")) == 2)
    assert (await sim.get(identifier, fields="status"))["status"] == "APPROVED"


async def test_approved_changes_once_a_day(sim: Sim) -> None:
    [spring] = (await sim.get(f"{sim.waba}/message_templates", name="hello_world"))["data"]
    assert (await sim.post(spring["id"], {"category": "MARKETING"})).status_code == 400
    assert (await sim.post(spring["id"], {"components": [BODY]})).status_code == 200
    assert (await sim.post(spring["id"], {"components": [BODY]})).status_code == 400
    assert await sim.refusal(template("hello_world")) == (400, 132000)


async def test_delete_by_name_takes_all_languages_and_locks(sim: Sim) -> None:
    address = f"/v23.0/{sim.waba}/message_templates"
    assert (await sim.client.delete(address, params={"name": "order_ready"})).status_code == 200
    assert not (await sim.get(f"{sim.waba}/message_templates", name="order_ready"))["data"]
    again = await sim.post(f"{sim.waba}/message_templates", new(name="order_ready"))
    assert again.json()["error"]["error_subcode"] == 2388024
    assert (await sim.client.delete(address, params={"name": "order_ready"})).status_code == 400
    assert (await sim.client.delete(address, params={"name": "old_newsletter"})).status_code == 400


async def test_delete_one_language(sim: Sim) -> None:
    [spanish] = (await sim.get(f"{sim.waba}/message_templates", name="spring", language="es"))[
        "data"
    ]
    await sim.client.delete(
        f"/v23.0/{sim.waba}/message_templates",
        params={"name": "spring_sale", "hsm_id": spanish["id"]},
    )
    left = (await sim.get(f"{sim.waba}/message_templates", name="spring"))["data"]
    assert {item["language"] for item in left} == {"en_US", "pt_BR"}


async def test_unpause_and_forced_states(sim: Sim) -> None:
    [paused] = (await sim.get(f"{sim.waba}/message_templates", name="flash_weekend"))["data"]
    message = template("flash_weekend", "en_US", body("Mara"))
    assert await sim.refusal(message) == (400, 132015)
    assert (await sim.post(f"{paused['id']}/unpause", {})).json() == {"success": True}
    assert await sim.accepted(message)
    await sim.client.post(f"/_sim/templates/{paused['id']}/status", json={"status": "disabled"})
    assert await sim.refusal(message) == (400, 132016)
    await sim.until(lambda: len(sim.receiver.fields("message_template_status_update")) == 2)


NAMED = {
    "type": "BODY",
    "text": "Hi {{first_name}}, welcome to the club.",
    "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Mara"}]},
}
QUICK = {"type": "QUICK_REPLY", "text": "Yes"}
LINK = {"type": "URL", "text": "Go", "url": "https://example.org"}
CREATION: dict[str, tuple[Json, int | None]] = {
    "bad name": ({"name": "Table Booked"}, 2388023),
    "bad language": ({"language": "english"}, None),
    "bad category": ({"category": "NEWS"}, None),
    "no components": ({"components": []}, None),
    "no body": ({"components": [{"type": "FOOTER", "text": "x"}]}, 2388072),
    "two bodies": ({"components": [BODY, BODY]}, None),
    "no example": ({"components": [{"type": "BODY", "text": "Hi {{1}}, how are you?"}]}, 2388043),
    "variable first": ({"components": [{**BODY, "text": "{{1}} a b c {{2}} d e f."}]}, 2388299),
    "variable last": ({"components": [{**BODY, "text": "a b c {{1}} d e f {{2}}"}]}, 2388299),
    "too many variables": ({"components": [{**BODY, "text": "a {{1}} b {{2}} c"}]}, 2388293),
    "gap in numbers": ({"components": [{**BODY, "text": "a b {{1}} c d {{3}} e f"}]}, 2388072),
    "body too long": ({"components": [{"type": "BODY", "text": "x" * 1025}]}, 2388040),
    "footer variable": (
        {"components": [BODY, {"type": "FOOTER", "text": "Bye {{1}}"}]},
        2388073,
    ),
    "picture without sample": (
        {"components": [BODY, {"type": "HEADER", "format": "IMAGE"}]},
        2388043,
    ),
    "split quick replies": (
        {"components": [BODY, {"type": "BUTTONS", "buttons": [QUICK, LINK, QUICK]}]},
        None,
    ),
    "three links": ({"components": [BODY, {"type": "BUTTONS", "buttons": [LINK] * 3}]}, None),
    "one card": ({"components": [BODY, {"type": "CAROUSEL", "cards": [{}]}]}, None),
    "bad parameter name": (
        {
            "parameter_format": "named",
            "components": [{**NAMED, "text": "Hi {{First}}, welcome to the club."}],
        },
        None,
    ),
    "name taken": ({"name": "hello_world"}, 2388024),
}


@pytest.mark.parametrize(("changes", "subcode"), CREATION.values(), ids=CREATION.keys())
async def test_creation_refused(sim: Sim, changes: Json, subcode: int | None) -> None:
    response = await sim.post(f"{sim.waba}/message_templates", new(**changes))
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == 100
    assert error.get("error_subcode") == subcode


async def test_named_parameters(sim: Sim) -> None:
    await create(sim, parameter_format="NAMED", components=[NAMED])
    await sim.until(lambda: sim.receiver.fields("message_template_status_update"))
    assert await sim.accepted(template("table_booked", "en_US", body(first_name="Mara")))
