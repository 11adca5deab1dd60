"""A disk is full until somebody makes room."""

import asyncio

from cli.bench.scene import Scene
from cli.chaos import disks
from cli.chaos.plan import Blow


async def disk(scene: Scene, blow: Blow) -> None:
    """Fill PostgreSQL's disk, or the one with Temporal's file, logs and uploads; or both."""
    data = scene.stack.data
    folders = {"postgres": [data.postgres], "data": [data.path]}.get(
        blow.component, [data.postgres, data.path]
    )
    for folder in folders:
        await asyncio.to_thread(disks.fill, folder)
    try:
        await asyncio.sleep(blow.seconds)
    finally:
        for folder in folders:
            await asyncio.to_thread(disks.make_room, folder)
