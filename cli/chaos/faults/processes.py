"""Kills, freezes and deploys: what signals can do to a component."""

import asyncio
import signal

from cli.bench.scene import Scene
from cli.chaos.plan import Blow

READY_S = 60.0


async def kill(scene: Scene, blow: Blow) -> None:
    """kill -9; the supervisor starts it again."""
    scene.stack.kill(blow.component)
    await asyncio.sleep(0)


async def deploy(scene: Scene, blow: Blow) -> None:
    """Like a deploy: SIGTERM, then the next version starts."""
    scene.stack.kill(blow.component, signal.SIGTERM)
    await asyncio.sleep(0)


async def freeze(scene: Scene, blow: Blow) -> None:
    """SIGSTOP, and SIGCONT later: like a suspended or swapping machine."""
    scene.stack.freeze(blow.component)
    try:
        await asyncio.sleep(blow.seconds)
    finally:
        scene.stack.thaw(blow.component)
