"""`whatsway bench launch`: from the launch call to the first message, and how long a freeze takes."""

import asyncio
import json
import time
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.bench import imports
from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from cli.bench.usage import Watch, machine

LOOK_EVERY_S = 0.05
LIMIT_S = 900.0


def launch(
    recipients: Annotated[int, typer.Option(min=1, help="People in the sent campaign.")] = 100_000,
    freeze: Annotated[
        int, typer.Option(min=0, help="People in the frozen one; 0 for none.")
    ] = 1_000_000,
    file: Annotated[int, typer.Option(min=0, help="Rows of a CSV campaign; 0 for none.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Launch a campaign and time its first message; launch huge ones and time their freeze."""
    print(json.dumps(asyncio.run(measure(recipients, freeze, file, quiet=as_json))))


async def measure(recipients: int, freeze: int, file: int, *, quiet: bool) -> dict[str, Any]:
    """Run each size on a separate installation; returns the figures."""
    result: dict[str, Any] = {"sent": await _one(recipients, quiet=quiet)}
    if freeze:
        result["frozen"] = await _one(freeze, quiet=quiet)
    if file:
        result["file"] = await _one(0, file, quiet=quiet)
    return {**result, "machine": machine()}


async def _one(recipients: int, rows: int = 0, *, quiet: bool) -> dict[str, Any]:
    async with open_scene(recipients, latency_ms=50) as scene:
        campaign_id = await scene.campaign("Benchmark")
        read = await _read(scene, campaign_id, rows) if rows else {}
        frozen_s = 0.0
        async with Watch(scene.stack) as watch, asyncio.timeout(LIMIT_S):
            launched = time.time()
            await scene.launch(campaign_id)
            accepted_call_s = time.time() - launched
            while not (counters := await scene.statistics())["first_accepted_at"]:
                if not frozen_s and (await scene.look(campaign_id)).progress.total:
                    frozen_s = time.time() - launched
                await asyncio.sleep(LOOK_EVERY_S)
        total = (await scene.look(campaign_id)).progress.total
        await scene.stop(campaign_id)
    first_s = counters["first_accepted_at"] - launched
    figures = {
        **read,
        "recipients": total,
        "launch_call_s": round(accepted_call_s, 2),
        "freeze_s": round(frozen_s or first_s, 2),
        "first_send_s": round(first_s, 2),
        "cpu_s": {name: round(spent, 2) for name, spent in watch.cpu.items()},
        "peak_rss_mb": watch.peak_rss_mb,
    }
    if not quiet:
        print(json.dumps(figures), flush=True)
    return figures


async def _read(scene: Scene, campaign_id: UUID, rows: int) -> dict[str, Any]:
    """Give the campaign a file with many spellings, duplicates and mistakes."""
    content = await asyncio.to_thread(imports.generate, rows)
    began = time.time()
    await scene.upload(campaign_id, content)
    return {"rows": rows, "read_s": round(time.time() - began, 2)}
