"""PostgreSQL's host vanishes silently; later another one answers at its address."""

import asyncio

from cli.bench.scene import Scene
from cli.chaos.networks import Host
from cli.chaos.plan import Blow

GONE_S = 3.0


async def failover(scene: Scene, _: Blow) -> None:
    """Old connections hang for ever; new ones work after a moment."""
    host = scene.host
    assert isinstance(host, Host)
    await host.vanish()
    await asyncio.sleep(GONE_S)
    await host.return_elsewhere()
