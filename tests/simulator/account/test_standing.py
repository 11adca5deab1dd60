"""What Meta thinks of the account: restrictions, quality, speed, limits, the marketing endpoint."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulator.harness import Json, Sim, simulator, spring, template, text

PHONE = "34600000100"


async def change(sim: Sim, **changes: Any) -> Json:
    """Changes the account over the development surface."""
    response = await sim.client.patch("/_sim/account", json=changes)
    assert response.status_code == 200, response.text
    state: Json = response.json()
    return state


async def told(sim: Sim, field: str) -> Json:
    """The newest webhook of a field."""
    await sim.until(lambda: sim.receiver.fields(field))
    return sim.receiver.fields(field)[-1]


async def test_red_quality_is_flagged_and_unflagged(sim: Sim) -> None:
    await change(sim, quality_rating="YELLOW")
    await change(sim, quality_rating="RED")
    assert (await told(sim, "phone_number_quality_update"))["event"] == "FLAGGED"
    assert (await sim.get(sim.number, fields="quality_rating"))["quality_rating"] == "RED"
    await change(sim, quality_rating="GREEN")
    await sim.until(lambda: len(sim.receiver.fields("phone_number_quality_update")) == 2)
    update = sim.receiver.fields("phone_number_quality_update")[-1]
    assert update == {"display_phone_number": "34611555010", "event": "UNFLAGGED"}


async def test_an_upgrade_is_told_and_makes_the_number_faster(sim: Sim) -> None:
    until = sim.engine.world.clock.now() + 60
    await change(sim, throughput="HIGH", offline_until=until)
    assert (await told(sim, "phone_number_quality_update"))["event"] == "THROUGHPUT_UPGRADE"
    node = await sim.get(sim.number, fields="throughput,is_on_biz_app")
    assert (node["throughput"]["level"], node["is_on_biz_app"]) == ("HIGH", False)
    assert sim.engine.world.numbers[0].bucket.rate == 1_000
    assert await sim.refusal(template()) == (500, 131057)
    await change(sim, offline_until=0)
    assert await sim.accepted(template())


async def test_a_coexistence_number_takes_twenty_a_second() -> None:
    async with simulator(numbers=[{"throughput": "COEXISTENCE"}]) as sim:
        answers = [(await sim.send(template(to=f"+346000002{n:02}"))) for n in range(30)]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert 5 <= len(refused) <= 10
        assert {answer.json()["error"]["code"] for answer in refused} == {130429}
        assert (await sim.get(sim.number, fields="is_on_biz_app"))["is_on_biz_app"]


async def test_a_restricted_account_may_only_answer(sim: Sim) -> None:
    await change(sim, standing="RESTRICTED")
    update = await told(sim, "account_update")
    assert update["event"] == "ACCOUNT_RESTRICTION"
    [restriction] = update["restriction_info"]
    assert restriction["restriction_type"] == "RESTRICTED_BIZ_INITIATED_MESSAGING"
    assert await sim.refusal(template()) == (403, 368)
    node = await sim.get(sim.number, fields="status,health_status")
    assert (node["status"], node["health_status"]["can_send_message"]) == ("RESTRICTED", "BLOCKED")
    await sim.write(PHONE, "text", {"body": "Hi"})
    assert await sim.accepted(text())
    assert await sim.accepted(template())


async def test_a_ban_and_its_end(sim: Sim) -> None:
    await change(sim, standing="DISABLED")
    ban = (await told(sim, "account_update"))["ban_info"]
    assert ban["waba_ban_state"] == "DISABLE"
    assert await sim.refusal(text()) == (403, 131031)
    await change(sim, standing="ACTIVE")
    await sim.until(lambda: len(sim.receiver.fields("account_update")) == 2)
    update = sim.receiver.fields("account_update")[-1]
    assert update["ban_info"] == {**ban, "waba_ban_state": "REINSTATE"}
    assert await sim.accepted(template())


async def test_a_new_limit_holds_at_once_and_is_told(sim: Sim) -> None:
    state = await change(sim, messaging_tier="TIER_2K")
    assert state["state"]["messaging_tier"] == "TIER_2K"
    limit = await told(sim, "business_capability_update")
    assert limit["max_daily_conversations_per_business"] == 2000
    node = await sim.get(sim.number, fields="whatsapp_business_manager_messaging_limit")
    assert node["whatsapp_business_manager_messaging_limit"] == "TIER_2K"
    assert sim.engine.world.daily.size == 2_000


async def test_the_daily_limit_may_refuse_with_another_code() -> None:
    knobs = {"daily_limit_code": 130429, "daily_limit_refuses": True}
    async with simulator(messaging_tier="TIER_50", knobs=knobs) as sim:
        for number in range(50):
            await sim.accepted(template(to=f"+346000002{number:02}"))
        assert await sim.refusal(template(to="+34600000300")) == (400, 130429)
        assert await sim.accepted(template(to="+34600000200"))
        await sim.write(PHONE, "text", {"body": "Hi"})
        assert await sim.accepted(template())


async def test_the_daily_limit_and_changes_outlive_a_restart(tmp_path: Path) -> None:
    settings = {"log_path": tmp_path / "simulator.log", "messaging_tier": "TIER_50"}
    async with simulator(**settings) as sim:
        for number in range(50):
            await sim.accepted(template(to=f"+346000002{number:02}"))
        await change(sim, quality_rating="YELLOW")
    async with simulator(**settings) as sim:
        assert sim.engine.world.numbers[0].state.quality_rating == "YELLOW"
        wamid = await sim.accepted(template(to="+34600000300"))
        await sim.settled()
        assert sim.receiver.statuses(wamid)[0]["errors"][0]["code"] == 131048


@pytest.mark.parametrize(
    ("state", "status", "code"), [("INELIGIBLE", 400, 131055), ("ELIGIBLE", 500, 134102)]
)
async def test_who_may_use_the_marketing_endpoint(state: str, status: int, code: int) -> None:
    async with simulator(marketing_onboarding=state) as sim:
        assert await sim.refusal(spring(), "marketing_messages") == (status, code)
        assert await sim.accepted(spring())
        field = "marketing_messages_onboarding_status"
        assert (await sim.get(sim.waba, fields=field))[field] == state
        await change(sim, marketing_onboarding="ONBOARDED")
        assert (await told(sim, "account_update"))["event"] == "MM_LITE_TERMS_SIGNED"
        assert (await sim.send(spring(), "marketing_messages")).status_code == 200


async def test_marketing_switched_off_on_the_plain_endpoint() -> None:
    async with simulator(cloud_marketing_disabled=True) as sim:
        assert await sim.refusal(spring()) == (400, 131063)
        assert await sim.accepted(template())
        assert (await sim.send(spring(), "marketing_messages")).status_code == 200
        world = sim.engine.world
        world.catalog.by_name["spring_sale", "en_US"].updated = int(world.clock.now())
        assert await sim.refusal(spring(), "marketing_messages") == (400, 131063)


async def test_a_fresh_template_falls_back_and_costs_as_plain_marketing(sim: Sim) -> None:
    world = sim.engine.world
    world.catalog.by_name["spring_sale", "en_US"].updated = int(world.clock.now())
    response = await sim.send(spring(), "marketing_messages")
    await sim.settled()
    wamid = response.json()["messages"][0]["id"]
    assert sim.receiver.statuses(wamid)[0]["pricing"]["category"] == "marketing"


@pytest.mark.parametrize(
    "changes", [{"standing": "ODD"}, {"colour": 1}, {"quality_rating": "BLUE"}]
)
async def test_a_bad_change_is_explained(sim: Sim, changes: Json) -> None:
    response = await sim.client.patch("/_sim/account", json=changes)
    assert response.status_code == 422
    unknown = await sim.client.patch("/_sim/account", json={"number": "1"})
    assert unknown.status_code == 404
