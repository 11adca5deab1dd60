"""A restarted simulator goes on where its journal ends."""

import asyncio
from pathlib import Path

import pytest

from simulator.fast_path import ConnectionDropped
from simulator.journal import Journal
from tests.simulator.harness import Sim, simulator, template, text

PHONE = "34600000100"


def statuses(sim: Sim, wamid: str) -> list[str]:
    """The statuses of a message in order of arrival."""
    return [status["status"] for status in sim.receiver.statuses(wamid)]


async def test_calls_people_and_templates_come_back(tmp_path: Path) -> None:
    log = tmp_path / "simulator.log"
    async with simulator(log_path=log) as sim:
        first = await sim.accepted(template(biz_opaque_callback_data="a1"))
        await sim.refusal(template("nobody_knows", biz_opaque_callback_data="a2"))
        inbound = await sim.write(PHONE, "text", {"body": "Hi"}, name="Mara Voss")
        await sim.client.post(f"/_sim/customers/{PHONE}/marketing", json={"stopped": True})
        [paused] = (await sim.get(f"{sim.waba}/message_templates", name="flash"))["data"]
        await sim.post(f"{paused['id']}/unpause", {})
        await sim.client.delete(f"/v23.0/{sim.waba}/message_templates?name=old_coupon")
        before = await sim.settled()
    async with simulator(log_path=log) as sim:
        after = await sim.get("_sim/stats")
        for name in ("calls", "accepted", "rejected_by_code", "unique_recipients", "inbound"):
            assert after[name] == before[name]
        [found, refused] = (await sim.get("_sim/calls"))["calls"]
        assert (found["wamid"], found["state"]) == (first, "read")
        assert (refused["code"], refused["biz_opaque_callback_data"]) == (132001, "a2")
        thread = await sim.get(f"_sim/customers/{PHONE}/thread")
        assert [item["id"] for item in thread["messages"]] == [first, inbound]
        assert thread["customer"]["name"] == "Mara Voss"
        assert thread["customer"]["marketing_stopped"]
        [template_now] = (await sim.get(f"{sim.waba}/message_templates", name="flash"))["data"]
        assert template_now["status"] == "APPROVED"
        assert await sim.accepted(text())  # the window is still open
        assert not sim.receiver.statuses(first)


async def test_pending_webhooks_arrive_after_a_restart(tmp_path: Path) -> None:
    log = tmp_path / "simulator.log"
    slow = {"read_ms": (1_000_000, 1_000_000)}
    async with simulator(log_path=log, knobs=slow) as sim:
        sim.receiver.status = 503
        wamid = await sim.accepted(template())
        await sim.write(PHONE, "text", {"body": "Hi"})
        await sim.until(lambda: sim.engine.pump.refused_posts > 3)
        sim.engine.world.wheel.clear()  # what is in memory only is lost
    async with simulator(log_path=log) as sim:
        await sim.until(lambda: len(statuses(sim, wamid)) == 2 and sim.receiver.values("messages"))
        assert statuses(sim, wamid) == ["sent", "delivered"]
        stats = await sim.get("_sim/stats")
        assert stats["statuses"]["scheduled"] == 1  # the far-away read
    async with simulator(log_path=log) as sim:
        await sim.client.post(f"/_sim/customers/{PHONE}/read")
        await sim.until(lambda: sim.receiver.statuses(wamid))
        assert statuses(sim, wamid) == ["read"]
        assert not sim.receiver.values("messages")


async def test_reset_empties_the_journal(tmp_path: Path) -> None:
    log = tmp_path / "simulator.log"
    async with simulator(log_path=log) as sim:
        await sim.accepted(template())
        await sim.client.post("/_sim/reset")
        assert await sim.accepted(template())
    async with simulator(log_path=log) as sim:
        assert (await sim.get("_sim/stats"))["accepted"] == 1


@pytest.mark.parametrize("tail", [b'["a",1,', b"garbage"])
def test_a_torn_last_line_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b'["h",1]\n["v",[1]]\n' + tail)
    journal = Journal(path)
    assert list(journal.open()) == [["h", 1], ["v", [1]]]
    journal.write("v", [2])
    journal.close()
    assert path.read_bytes() == b'["h",1]\n["v",[1]]\n["v",[2]]\n'


async def test_a_message_is_in_the_journal_before_it_is_answered(tmp_path: Path) -> None:
    log = tmp_path / "simulator.log"
    async with simulator(log_path=log, knobs={"latency_ms": 60_000}) as sim:
        call = asyncio.create_task(sim.send(template(biz_opaque_callback_data="a1")))
        await sim.until(lambda: sim.engine.world.ledger.accepted)
        on_disk = log.read_bytes()
        call.cancel()
    killed = tmp_path / "killed.log"
    killed.write_bytes(on_disk)
    async with simulator(log_path=killed) as sim:
        [row] = (await sim.get("_sim/accepted"))["accepted"]
        assert row[0] == PHONE
        assert (await sim.settled())["statuses"]["delivered"] == 3


async def test_dropped_answers_are_counted_over_a_restart(tmp_path: Path) -> None:
    log = tmp_path / "simulator.log"
    async with simulator(log_path=log, knobs={"drop_response_share": 1.0}) as sim:
        with pytest.raises(ConnectionDropped):
            await sim.send(template())
        await sim.settled()
    async with simulator(log_path=log) as sim:
        assert (await sim.get("_sim/stats"))["unanswered"] == 1
        [call] = (await sim.get("_sim/calls"))["calls"]
        assert not call["answered"]


async def test_when_a_customers_message_was_answered_is_known_over_a_restart(
    tmp_path: Path,
) -> None:
    log = tmp_path / "simulator.log"
    async with simulator(log_path=log) as sim:
        await sim.write(PHONE, "text", {"body": "STOP"})
        await sim.until(lambda: sim.engine.world.ledger.told)
        [[phone, moment, told]] = (await sim.get("_sim/inbound"))["inbound"]
        assert (phone, told >= moment) == (PHONE, True)
        sim.receiver.status = 503
        await sim.write(PHONE, "text", {"body": "BAJA"})
        await sim.until(lambda: sim.engine.pump.refused_posts)
        _, [_, _, not_yet] = (await sim.get("_sim/inbound"))["inbound"]
        assert not_yet is None
        await sim.accepted(template())
        await sim.accepted(text())
    async with simulator(log_path=log) as sim:
        await sim.until(lambda: len(sim.engine.world.ledger.told) == 2)
        (_, _, before), (_, _, later) = (await sim.get("_sim/inbound"))["inbound"]
        assert before == told < later
        assert len((await sim.get("_sim/accepted"))["accepted"]) == 2
        assert len((await sim.get("_sim/accepted", templates="true"))["accepted"]) == 1
