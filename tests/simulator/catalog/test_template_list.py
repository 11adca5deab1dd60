"""The list of templates: pages both ways, filters, the whole summary; and states that stay sendable."""

import pytest

from tests.simulator.harness import Sim, template

pytestmark = pytest.mark.fault("8A")


async def test_back_and_forth(sim: Sim) -> None:
    address = f"{sim.waba}/message_templates"
    first = await sim.get(address, limit=10, fields="name")
    second = (await sim.client.get(first["paging"]["next"])).json()
    third = (await sim.client.get(second["paging"]["next"])).json()
    assert "previous" not in first["paging"]
    for page, former in ((second, first), (third, second)):
        back = (await sim.client.get(page["paging"]["previous"])).json()
        assert back["data"] == former["data"]
    before = second["paging"]["cursors"]["before"]
    last_of_first = await sim.get(address, limit=1, fields="name", before=before)
    assert last_of_first["data"] == first["data"][-1:]
    before = first["paging"]["cursors"]["before"]
    assert (await sim.get(address, before=before))["data"] == []


@pytest.mark.parametrize("way", ["APPROVED,PAUSED", '["approved","paused"]', "paused, Approved"])
async def test_several_statuses(sim: Sim, way: str) -> None:
    page = await sim.get(f"{sim.waba}/message_templates", status=way, limit=100)
    assert {item["status"] for item in page["data"]} == {"APPROVED", "PAUSED"}


async def test_several_values_of_other_filters(sim: Sim) -> None:
    address = f"/v23.0/{sim.waba}/message_templates"
    repeated = await sim.client.get(address, params={"status": ["PAUSED", "REJECTED"]})
    assert {item["status"] for item in repeated.json()["data"]} == {"PAUSED", "REJECTED"}
    two = await sim.get(f"{sim.waba}/message_templates", language="es,pt_BR", name="spring_sale")
    assert {item["language"] for item in two["data"]} == {"es", "pt_BR"}
    for wrong in ({"status": "LOST"}, {"category": "NEWS"}, {"quality_score": "BLUE"}):
        response = await sim.client.get(address, params=wrong)
        assert response.json()["error"]["code"] == 100


async def test_content_is_what_people_read(sim: Sim) -> None:
    async def names(**filters: str) -> set[str]:
        page = await sim.get(f"{sim.waba}/message_templates", limit=100, **filters)
        return {item["name"] for item in page["data"]}

    assert await names(content="SPRING is here") == {"spring_sale"}
    assert await names(content="spring_sale") == set()
    assert await names(content="show me more") == {"spring_sale"}
    assert await names(content="BODY") == set()
    assert await names(name_or_content="spring_sale") == {"spring_sale"}


async def test_the_whole_summary(sim: Sim) -> None:
    address, total = f"{sim.waba}/message_templates", len(sim.engine.world.catalog.by_id)
    whole = {
        "total_count": 1,
        "message_template_count": total,
        "message_template_limit": 6_000,
        "are_translations_complete": True,
    }
    for wanted in ("true", ",".join(whole)):
        page = await sim.get(address, summary=wanted, status="PAUSED")
        assert page["summary"] == whole
    page = await sim.get(address, summary="total_count")
    assert page["summary"] == {"total_count": total}
    response = await sim.client.get(f"/v23.0/{address}", params={"summary": "surprise"})
    assert response.json()["error"]["code"] == 100


async def test_a_flagged_template_stays_sendable(sim: Sim) -> None:
    [hello] = (await sim.get(f"{sim.waba}/message_templates", name="hello_world"))["data"]
    await sim.client.post(f"/_sim/templates/{hello['id']}/status", json={"status": "FLAGGED"})
    assert (await sim.get(hello["id"], fields="status"))["status"] == "FLAGGED"
    assert await sim.accepted(template())
    for state in ("IN_APPEAL", "PENDING_DELETION", "LIMIT_EXCEEDED", "ARCHIVED", "REJECTED"):
        await sim.client.post(f"/_sim/templates/{hello['id']}/status", json={"status": state})
        assert await sim.refusal(template()) == (404, 132001), state


async def test_a_flagged_number_goes_on_sending(sim: Sim) -> None:
    await sim.client.patch("/_sim/account", json={"quality_rating": "RED"})
    assert (await sim.get(sim.number, fields="status"))["status"] == "FLAGGED"
    assert await sim.accepted(template())
