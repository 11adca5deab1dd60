"""The worker's clock is an hour off."""

import asyncio
from pathlib import Path

from cli.bench.scene import Scene
from cli.chaos.plan import Blow
from cli.chaos.promises import PromiseBroken
from cli.environment import ROOT

SHIFTS = {"ahead": 3600, "behind": -3600}
SHIFT = "WHATSWAY_CHAOS_SHIFT_S"
SHIM = Path(__file__).parent.parent / "shifted"
READY_S = 60.0


async def clock(scene: Scene, blow: Blow) -> None:
    """Start the worker with a wrong clock, let it work, and set it right again."""
    stack = scene.stack
    paths = f"{SHIM}:{ROOT}"
    before = stack.change("worker", {SHIFT: str(SHIFTS[blow.component]), "PYTHONPATH": paths})
    try:
        await stack.restart("worker", READY_S)
        accepted = (await scene.statistics())["accepted"]
        await asyncio.sleep(blow.seconds)
        if (await scene.statistics())["accepted"] == accepted and not await scene.ended():
            raise PromiseBroken("nothing was sent while the clock was wrong")
    finally:
        stack.change("worker", before)
        await stack.restart("worker", READY_S)
