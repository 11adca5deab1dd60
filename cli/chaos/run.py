"""`whatsway chaos`: kill -9 every component while a campaign runs, then count who got what."""

import asyncio
import json
from typing import Annotated, Any

import typer

from cli.bench.opening import open_scene
from cli.chaos.fire import Fire
from cli.chaos.plan import plan
from cli.chaos.verdict import count

LATENCY_MS = 150.0
SHORTEST_S, PER_KILL_S = 20.0, 7.0
"""How long the campaign would take undisturbed: long enough that every kill meets it in full flow."""

LIMIT_S, LIMIT_PER_KILL_S = 240.0, 30.0
KNOBS = {
    "sent_ms": [50, 200],
    "delivered_ms": [100, 500],
    "read_ms": [300, 1500],
    "time_scale": 10.0,
}


def chaos(
    recipients: Annotated[int, typer.Option(min=100, help="People in the audience.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Decides order and moments of the kills.")] = 1,
    kills: Annotated[int, typer.Option(min=1, help="How many kills.")] = 12,
    drop_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of answers that WhatsApp loses.")
    ] = 0.015,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Kill worker, API, Temporal, PostgreSQL and the simulator during a campaign; nobody may be lost."""
    result = asyncio.run(run(recipients, seed, kills, drop_share=drop_share, quiet=as_json))
    print(json.dumps(result))
    if result["violations"]:
        raise typer.Exit(1)


async def run(
    recipients: int,
    seed: int,
    kills: int,
    *,
    drop_share: float,
    quiet: bool,
    per_kill_s: float = PER_KILL_S,
) -> dict[str, Any]:
    """One campaign under fire; the figures, counted from the simulator's call log."""
    knobs = {**KNOBS, "drop_response_share": drop_share}
    async with open_scene(recipients, latency_ms=LATENCY_MS, knobs=knobs, journal=True) as scene:
        sending_s = max(SHORTEST_S, per_kill_s * kills)
        speed = min(1000, max(20, round(recipients / sending_s)))
        campaign_id = await scene.campaign("Chaos", throttle=speed)
        limit_s = LIMIT_S + LIMIT_PER_KILL_S * kills
        await scene.launch(campaign_id)
        fire = Fire(scene, campaign_id, recipients, limit_s, quiet=quiet)
        await fire.burn(plan(seed, kills))
        alone = await fire.ended()
        await fire.settle()
        figures = await count(scene, campaign_id, recipients, fire.kills, alone=alone)
    return {"recipients": recipients, "seed": seed, "msg_per_s_asked": speed, **figures}
