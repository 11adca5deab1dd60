"""`whatsway chaos --automations`: kill everything while people talk to an automation, then judge each path."""

import asyncio
import contextlib
import time
from typing import Any
from uuid import UUID

import httpx

from cli.bench.automations import acting
from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from cli.chaos.automations import stories
from cli.chaos.automations.fire import Fire
from cli.chaos.automations.people import AWAY, People
from cli.chaos.automations.verdict import count
from cli.chaos.plan import plan

LATENCY_MS = 150.0
SHORTEST_S, PER_KILL_S = 20.0, 8.0
LIMIT_S, LIMIT_PER_KILL_S = 240.0, 60.0
SETTLE_S = 60.0
KNOBS = {"sent_ms": [50, 200], "delivered_ms": [100, 500], "read_ms": [300, 1500]}


async def run(
    conversations: int,
    seed: int,
    kills: int,
    *,
    drop_share: float,
    quiet: bool,
    per_kill_s: float = PER_KILL_S,
    workers: int = 1,
    patience: bool = True,
) -> dict[str, Any]:
    """Run all conversations under attack; returns the figures. Without ``patience`` nobody lets a minute pass."""
    told = stories.stories(seed, conversations, patience=patience)
    lasts_s = max(SHORTEST_S, per_kill_s * kills)
    knobs = {**KNOBS, "drop_response_share": drop_share}
    async with open_scene(
        0, latency_ms=LATENCY_MS, knobs=knobs, journal=True, workers=workers
    ) as scene:
        automation_id = await acting.publish(scene, "Chaos", stories.GRAPH)
        people = People(scene, told, seed, lasts_s)
        fire = Fire(scene, people, LIMIT_S + LIMIT_PER_KILL_S * kills, quiet=quiet)
        async with people.talking() as talking:
            await fire.burn(plan(seed, kills))
            alone = await fire.ended(talking) and await _ended(scene, automation_id)
            await _settle(scene)
        figures = await count(scene, automation_id, people, told, fire.faults, alone=alone)
    return {"conversations": conversations, "seed": seed, **figures}


async def _ended(scene: Scene, automation_id: UUID) -> bool:
    """Wait until no run is inside any more; False if one stays."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(*AWAY):
            if not await acting.inside(scene, automation_id):
                return True
        await asyncio.sleep(0.3)
    return False


async def _settle(scene: Scene) -> None:
    """Wait for late webhooks: they settle what a kill left unknown."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError, *AWAY):
            counters = (await scene.statistics())["statuses"]
            if counters["pending"] == 0 and await scene.waiting_webhooks() == 0:
                return
        await asyncio.sleep(0.3)
