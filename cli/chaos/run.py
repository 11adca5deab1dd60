"""`whatsway chaos`: break everything a campaign runs on while it runs, then count who got what."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli.chaos import optouts
from cli.chaos.arenas import arena
from cli.chaos.automations import run as talks
from cli.chaos.fire import Fire
from cli.chaos.plan import KINDS, Blow, plan
from cli.chaos.verdict import count
from cli.problems import Problem

LATENCY_MS = 150.0
SHORTEST_S, PER_FAULT_S = 20.0, 7.0
"""How long the campaign would take undisturbed: long enough for every fault to hit it at full speed."""

LIMIT_S, LIMIT_PER_FAULT_S = 240.0, 60.0
KNOBS = {
    "sent_ms": [50, 200],
    "delivered_ms": [100, 500],
    "read_ms": [300, 1500],
    "time_scale": 10.0,
}


def chaos(
    recipients: Annotated[int, typer.Option(min=100, help="People in the audience.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Determines the order and times of the faults.")] = 1,
    kinds: Annotated[
        str, typer.Option(help=f"Kinds of faults, separated by commas: {', '.join(KINDS)}; or all.")
    ] = "kill",
    faults: Annotated[int, typer.Option(min=1, help="How many faults.")] = 12,
    kills: Annotated[
        int | None, typer.Option(min=1, help="Number of kills; short for only faults of that kind.")
    ] = None,
    longest: Annotated[
        float, typer.Option(min=1, help="The most seconds a lasting fault may take.")
    ] = 90.0,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    drop_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of answers that WhatsApp loses.")
    ] = 0.015,
    automations: Annotated[
        bool, typer.Option("--automations", help="Kill while people talk to an automation instead.")
    ] = False,
    conversations: Annotated[
        int, typer.Option(min=10, help="With --automations: how many people talk.")
    ] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Kill, freeze, fill, lock and mislead what a campaign runs on; nobody may be lost or messaged twice."""
    options: dict[str, Any] = {"drop_share": drop_share, "quiet": as_json, "workers": workers}
    if automations:
        attack = talks.run(conversations, seed, kills or faults, **options)
    else:
        chosen = ["kill"] if kills is not None else kinds_of(kinds)
        options |= {"kinds": chosen, "longest_s": longest}
        attack = run(recipients, seed, kills or faults, **options)
    result = asyncio.run(attack)
    print(json.dumps(result))
    if result["violations"]:
        raise typer.Exit(1)


def kinds_of(text: str) -> list[str]:
    """The kinds named by an option, in the order of the table."""
    wanted = {part.strip() for part in text.split(",") if part.strip()}
    if wanted == {"all"}:
        return list(KINDS)
    if not wanted or wanted - set(KINDS):
        unknown = ", ".join(sorted(wanted - set(KINDS))) or "nothing"
        raise Problem(
            f"There is no kind of fault called {unknown}: choose from {', '.join(KINDS)}."
        )
    return [kind for kind in KINDS if kind in wanted]


async def run(
    recipients: int,
    seed: int,
    faults: int,
    *,
    drop_share: float,
    quiet: bool,
    kinds: Sequence[str] = ("kill",),
    longest_s: float = 90.0,
    per_fault_s: float = PER_FAULT_S,
    workers: int = 1,
) -> dict[str, Any]:
    """Run one campaign under attack; returns the figures from the simulator's call log."""
    blows = plan(seed, faults, kinds, longest_s)
    result = await strike_all(
        recipients, blows, drop_share, quiet=quiet, per_fault_s=per_fault_s, workers=workers,
        seed=seed,
    )  # fmt: skip
    return {"recipients": recipients, "seed": seed, "kinds": list(kinds), **result}


async def strike_all(
    recipients: int,
    blows: Sequence[Blow],
    drop_share: float,
    *,
    quiet: bool,
    per_fault_s: float,
    workers: int = 1,
    seed: int = 1,
) -> dict[str, Any]:
    """The figures of one campaign under these blows."""
    knobs = {**KNOBS, "drop_response_share": drop_share}
    lasting_s = sum(blow.seconds for blow in blows)
    kinds = sorted({blow.kind for blow in blows})
    needs: dict[str, Any] = {"latency_ms": LATENCY_MS, "knobs": knobs, "workers": workers}
    async with arena(recipients, kinds, **needs) as scene:
        sending_s = max(SHORTEST_S, per_fault_s * len(blows) + lasting_s)
        speed = min(1000, max(5, round(recipients / sending_s)))
        stops = optouts.KIND in kinds
        template = {"template": optouts.TEMPLATE} if stops else {}
        campaign_id = await scene.campaign("Chaos", throttle=speed, **template)
        limit_s = LIMIT_S + LIMIT_PER_FAULT_S * len(blows) + 3 * lasting_s
        await scene.launch(campaign_id)
        fire = Fire(scene, campaign_id, recipients, limit_s, quiet=quiet)
        async with optouts.meanwhile(scene, campaign_id, speed, seed, on=stops):
            await fire.burn(blows)
            alone = await fire.ended()
        await fire.settle()
        figures = await count(scene, campaign_id, recipients, fire.faults, alone=alone)
    return {"msg_per_s_asked": speed, **figures}
