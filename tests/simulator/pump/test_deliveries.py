"""Deliveries: a time in every entry, ids without numbers in them, and all that belongs to some news."""

import time
from base64 import b64decode
from typing import Any

import orjson
import pytest

from tests.simulator.harness import CUSTOMER, Json, Sim, simulator, spring, template, text

pytestmark = pytest.mark.fault("8A")

PHONE = CUSTOMER[1:]


def entries(sim: Sim) -> list[Json]:
    """Every entry that was delivered."""
    return [entry for body in sim.receiver.bodies for entry in orjson.loads(body)["entry"]]


async def hello(sim: Sim) -> str:
    """The id of a template."""
    [found] = (await sim.get(f"{sim.waba}/message_templates", name="hello_world"))["data"]
    identifier: str = found["id"]
    return identifier


async def turn_template(sim: Sim, identifier: str, **change: str) -> Json:
    """Sets a state; what Meta tells of it."""
    before = len(sim.receiver.fields("message_template_status_update"))
    await sim.client.post(f"/_sim/templates/{identifier}/status", json=change)
    await sim.until(lambda: len(sim.receiver.fields("message_template_status_update")) > before)
    return sim.receiver.fields("message_template_status_update")[-1]


async def test_every_entry_has_a_time(sim: Sim) -> None:
    await sim.accepted(spring())
    await sim.write(PHONE, "text", {"body": "Hello"})
    await sim.client.post(f"/_sim/customers/{PHONE}/marketing", json={"stopped": True})
    await turn_template(sim, await hello(sim), status="PAUSED")
    await sim.client.patch("/_sim/account", json={"messaging_tier": "TIER_2K"})
    await sim.client.post("/_sim/ping_webhook")
    await sim.settled()
    await sim.until(lambda: sim.receiver.fields("business_capability_update"))
    found = entries(sim)
    fields = {change["field"] for entry in found for change in entry["changes"]}
    assert len(fields) == 4
    for entry in found:
        assert type(entry["time"]) is int
        assert abs(entry["time"] - time.time()) < 60


async def test_a_state_that_comes_back_is_no_repetition(sim: Sim) -> None:
    identifier = await hello(sim)
    for _ in range(3):
        for state in ("PAUSED", "APPROVED"):
            await turn_template(sim, identifier, status=state)
    for standing in ("RESTRICTED", "ACTIVE", "RESTRICTED", "DISABLED", "ACTIVE", "DISABLED"):
        await sim.client.patch("/_sim/account", json={"standing": standing})
    for stopped in (True, False, True, False):
        await sim.client.post(f"/_sim/customers/{PHONE}/marketing", json={"stopped": stopped})
    await sim.until(lambda: len(sim.receiver.fields("user_preferences")) == 4)
    await sim.until(lambda: len(sim.receiver.fields("account_update")) == 5)
    told = [
        (entry["time"], orjson.dumps(change))
        for entry in entries(sim)
        for change in entry["changes"]
    ]
    assert len(set(told)) == len(told)
    times: dict[bytes, int] = {}
    for moment, change in told:
        assert moment > times.get(change, 0)
        times[change] = moment


async def test_redeliveries_keep_their_time() -> None:
    async with simulator(knobs={"time_scale": 1_000_000}) as sim:
        sim.receiver.status = 500
        await turn_without_waiting(sim)
        await sim.until(lambda: len(sim.receiver.refused) > 3)
        sim.receiver.status = 200
        await sim.until(lambda: sim.receiver.bodies)
        assert set(sim.receiver.refused) == set(sim.receiver.bodies)


async def turn_without_waiting(sim: Sim) -> None:
    await sim.client.post(f"/_sim/templates/{await hello(sim)}/status", json={"status": "PAUSED"})


async def test_what_belongs_to_a_template_state(sim: Sim) -> None:
    identifier = await hello(sim)
    titles = [
        (await turn_template(sim, identifier, status=state))["other_info"]["title"]
        for state in ("PAUSED", "APPROVED", "PAUSED", "APPROVED", "PAUSED", "DISABLED")
    ]
    assert titles == [
        "FIRST_PAUSE", "UNPAUSE", "SECOND_PAUSE", "UNPAUSE", "RATE_LIMITING_PAUSE", "DISABLED",
    ]  # fmt: skip
    disabled = sim.receiver.fields("message_template_status_update")[-1]
    assert abs(disabled["disable_info"]["disable_date"] - time.time()) < 60
    for reason in ("INVALID_FORMAT", "SCAM", "NONE"):
        rejected = await turn_template(sim, identifier, status="REJECTED", reason=reason)
        assert set(rejected["rejection_info"]) == {"reason", "recommendation"}
        assert all(rejected["rejection_info"].values())
    flagged = await turn_template(sim, identifier, status="FLAGGED")
    assert flagged["disable_info"]["disable_date"] > time.time()
    approved = await turn_template(sim, identifier, status="APPROVED")
    assert not approved.keys() & {"other_info", "disable_info", "rejection_info"}


async def test_bans_have_their_day(sim: Sim) -> None:
    day = "%B %-d, %Y"
    for standing in ("DISABLED", "ACTIVE", "TO_BE_DISABLED"):
        await sim.client.patch("/_sim/account", json={"standing": standing})
    await sim.until(lambda: len(sim.receiver.fields("account_update")) == 3)
    bans = [update["ban_info"] for update in sim.receiver.fields("account_update")]
    states = [ban["waba_ban_state"] for ban in bans]
    assert states == ["DISABLE", "REINSTATE", "SCHEDULE_FOR_DISABLE"]
    today = time.strftime(day, time.gmtime(sim.engine.world.clock.now()))
    assert [ban["waba_ban_date"] for ban in bans[:2]] == [today, today]
    assert await sim.accepted(template())  # a ban that is announced holds nothing back


async def test_whose_news_it_is(sim: Sim) -> None:
    business = sim.engine.world.config.business_id
    await sim.client.patch("/_sim/account", json={"marketing_onboarding": "ELIGIBLE"})
    await sim.client.patch("/_sim/account", json={"marketing_onboarding": "ONBOARDED"})
    waba = {"waba_id": sim.waba, "owner_business_id": business}
    for event in ("PARTNER_ADDED", "ACCOUNT_DELETED"):
        told = {"field": "account_update", "value": {"event": event, "waba_info": waba}}
        assert (await sim.client.post("/_sim/webhooks", json=told)).status_code == 200
    await sim.until(lambda: len(sim.receiver.fields("account_update")) == 3)
    owners = {
        change["value"]["event"]: entry["id"]
        for entry in entries(sim)
        for change in entry["changes"]
    }
    assert owners == {
        "MM_LITE_TERMS_SIGNED": business,
        "PARTNER_ADDED": business,
        "ACCOUNT_DELETED": sim.waba,
    }
    odd: list[Json] = [{"field": "x"}, {"field": "a b", "value": {}}, {"value": {}}]
    for wrong in odd:
        assert (await sim.client.post("/_sim/webhooks", json=wrong)).status_code == 422


def numbers_in(value: Any) -> set[str]:
    """Every way a number could stand in an id."""
    raw = b64decode(value.removeprefix("wamid."))
    readings = {value, raw.decode("latin-1"), raw.hex(), str(raw)}
    for start in range(len(raw)):
        try:
            readings.add(bytes.fromhex(raw[start:].decode("ascii")[:30]).decode("latin-1"))
        except (UnicodeDecodeError, ValueError):
            continue
    return readings


async def test_ids_hold_no_number(sim: Sim) -> None:
    wamids = [await sim.accepted(text(f"+3460000010{digit}")) for digit in range(5)]
    wamids += [await sim.write(f"3460000011{digit}", "text", {"body": "Hi"}) for digit in range(5)]
    assert len(set(wamids)) == 10
    for wamid in wamids:
        assert wamid.startswith("wamid.")
        assert 40 <= len(wamid) <= 256
        for reading in numbers_in(wamid):
            assert "346000001" not in reading
            assert "34611555010" not in reading
