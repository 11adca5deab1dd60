"""`whatsway bench control`: how fast pause, resume, throttle and stop act on a running campaign."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer

from cli.bench import rates
from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from cli.bench.usage import machine

SPEED = 500
SLOW = 100
QUIET_S = 3.0
STEADY_S = 4.0
TARGET_S = 2.0
LOST = 99.0
"""The value for a round in which the simulator never saw the new speed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: which, when it was made, when we stopped watching, and the requested speed."""

    action: str
    called: float
    looked_until: float
    speed: float = 0.0


def control(
    rounds: Annotated[int, typer.Option(min=1, help="How often each is called.")] = 10,
    speed: Annotated[int, typer.Option(min=20, help="Messages per second.")] = SPEED,
    recipients: Annotated[int, typer.Option(help="People; 0 for as many as it takes.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Pause, resume, throttle and stop a campaign, timing when the simulator sees it."""
    result = asyncio.run(measure(rounds, speed, recipients or None, quiet=as_json))
    print(json.dumps(result))


async def measure(
    rounds: int, speed: int, recipients: int | None = None, *, quiet: bool
) -> dict[str, Any]:
    """Run every round on one campaign, then one campaign per stop; returns the figures."""
    slow = max(5, speed * SLOW // SPEED)
    enough = round(rounds * (speed * (STEADY_S * 2 + 2) + slow * STEADY_S)) + 10 * speed
    async with open_scene(recipients or enough, latency_ms=50) as scene:
        asked = await _rounds(scene, rounds, speed, slow, quiet=quiet)
        asked += await _stops(scene, rounds, speed)
        log = await scene.accepted()
    moments = sorted(log.moments)
    took: dict[str, list[float]] = {}
    for one in asked:
        took.setdefault(one.action, []).append(seconds(moments, one))
    results = {action: rates.summary(values) for action, values in took.items()}
    return {
        "msg_per_s": speed,
        "seconds_until_seen": results,
        "target_s": TARGET_S,
        "within_target": all(result["p95"] < TARGET_S for result in results.values()),
        "machine": machine(),
    }


def seconds(moments: list[float], asked: Asked) -> float:
    """The time from the call until the simulator saw the effect."""
    found: float | None
    if asked.action in ("pause", "stop"):
        found = rates.silent_after(moments, asked.called, asked.looked_until)
    elif asked.action == "resume":
        found = rates.first_after(moments, asked.called)
    else:
        slower = asked.action == "slower"
        found = rates.reached(moments, asked.called, asked.looked_until, asked.speed, slower=slower)
    return LOST if found is None else found


async def _rounds(scene: Scene, rounds: int, speed: int, slow: int, *, quiet: bool) -> list[Asked]:
    asked: list[Asked] = []
    campaign_id = await scene.campaign("Benchmark", throttle=speed)
    await scene.launch(campaign_id)
    await scene.flowing(speed)
    for number in range(rounds):
        asked += [
            await _ask("pause", partial(scene.pause, campaign_id), QUIET_S),
            await _ask("resume", partial(scene.resume, campaign_id), STEADY_S),
            await _ask("slower", partial(scene.throttle, campaign_id, slow), STEADY_S, slow),
            await _ask("faster", partial(scene.throttle, campaign_id, speed), STEADY_S, speed),
        ]
        if not quiet:
            print(f"round {number + 1} of {rounds}", flush=True)
    await scene.stop(campaign_id)
    return asked


async def _stops(scene: Scene, rounds: int, speed: int) -> list[Asked]:
    asked: list[Asked] = []
    for number in range(rounds):
        campaign_id = await scene.campaign(f"To be stopped {number + 1}", throttle=speed)
        await scene.launch(campaign_id)
        await scene.flowing(speed // 2)
        asked.append(await _ask("stop", partial(scene.stop, campaign_id), QUIET_S))
    return asked


async def _ask(
    action: str, call: Callable[[], Awaitable[None]], look_s: float, speed: float = 0.0
) -> Asked:
    called = time.time()
    await call()
    await asyncio.sleep(look_s)
    return Asked(action, called, time.time(), speed)
