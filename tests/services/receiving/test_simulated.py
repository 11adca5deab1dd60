"""The simulator's deliveries in the product: every kind is understood, and a returning state counts."""

import pytest

from simulator.config import NumberConfig
from tests import factories
from tests.services.receiving.conftest import Sessions, column, count, receive
from tests.simulator.app.test_foreign_client import every_kind
from tests.simulator.harness import Sim, simulator

pytestmark = pytest.mark.fault("8A")

ACCOUNT = {
    "waba_id": factories.WABA_ID,
    "numbers": (NumberConfig(id=factories.PHONE_NUMBER_ID),),
    "knobs": {"batch_size": 1},
}


async def told(sim: Sim, sessions: Sessions, count_before: int) -> int:
    """Hands on what arrived since; how many bodies there were."""
    await sim.until(lambda: len(sim.receiver.bodies) > count_before)
    await receive(sessions, *sim.receiver.bodies[count_before:])
    return len(sim.receiver.bodies)


async def test_a_state_that_comes_back_counts(sessions: Sessions) -> None:
    async with simulator(**ACCOUNT) as sim:
        [hello] = (await sim.get(f"{sim.waba}/message_templates", name="hello_world"))["data"]
        async with sessions.begin() as session:
            await factories.template(session, name="hello_world")
        bodies = 0
        for state in ("PAUSED", "APPROVED", "PAUSED", "APPROVED", "PAUSED"):
            address = f"/_sim/templates/{hello['id']}/status"
            await sim.client.post(address, json={"status": state})
            bodies = await told(sim, sessions, bodies)
            found = await column(sessions, "status FROM templates WHERE name = 'hello_world'")
            assert found == [state]
        for standing, status in (
            ("DISABLED", "blocked"),
            ("ACTIVE", "connected"),
            ("DISABLED", "blocked"),
            ("ACTIVE", "connected"),
        ):
            await sim.client.patch("/_sim/account", json={"standing": standing})
            bodies = await told(sim, sessions, bodies)
            assert await column(sessions, "status FROM channels") == [status]


async def test_every_kind_is_understood(sessions: Sessions) -> None:
    async with simulator(**ACCOUNT) as sim:
        kinds = await every_kind(sim)
        for kind, content in kinds:
            answer = await sim.client.post(
                "/_sim/customers/34600000100/messages", json={"type": kind, **content}
            )
            assert answer.status_code == 200, answer.text
        await sim.settled()
        await sim.until(lambda: len(sim.receiver.values("messages")) == len(kinds) + 1)
        await receive(sessions, *sim.receiver.bodies)
    assert await count(sessions, "webhook_events WHERE state = 'dead'") == 0
    odd = await column(
        sessions, "reason || ' ' || kind FROM webhook_objects WHERE kind NOT LIKE 'statuses%'"
    )
    assert odd == []
