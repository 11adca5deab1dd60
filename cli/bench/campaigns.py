"""`whatsway bench campaign`: one campaign at full speed, counted by the simulator's call log."""

import asyncio
import json
import os
import platform
import time
from typing import Annotated, Any

import typer

from cli.bench import usage
from cli.bench.scene import FINAL, Scene, open_scene
from services.campaigns.views import CampaignView

EVERY_STATUS = {
    "read_probability": 1.0, "delivered_skip_probability": 0.0, "sent_ms": [50, 200],
    "delivered_ms": [100, 400], "read_ms": [500, 2000], "batch_size": 100,
}  # fmt: skip
SETTLE_S = 60.0


def campaign(
    recipients: Annotated[int, typer.Option(min=1, help="People in the audience.")] = 20_000,
    latency_ms: Annotated[float, typer.Option(help="How long WhatsApp takes to answer.")] = 50.0,
    throttle: Annotated[int, typer.Option(min=0, help="Messages per second; 0 for no limit.")] = 0,
    seconds: Annotated[int, typer.Option(min=1, help="With --throttle: how long to send.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Send one campaign through the whole product and print what it took."""
    if throttle:
        recipients = throttle * seconds
    result = asyncio.run(measure(recipients, latency_ms, throttle=throttle or None, quiet=as_json))
    print(json.dumps(result))


async def measure(
    recipients: int, latency_ms: float, *, throttle: int | None = None, quiet: bool
) -> dict[str, Any]:
    """Run the campaign on a throw-away stack; the figures."""
    async with open_scene(recipients, latency_ms=latency_ms, knobs=EVERY_STATUS) as scene:
        campaign_id = await scene.campaign("Benchmark", throttle=throttle)
        before = usage.cpu_seconds(scene.stack)
        launched, started = time.time(), time.monotonic()
        await scene.launch(campaign_id)
        peak: dict[str, int] = {}
        while True:
            await asyncio.sleep(0.5)
            view = await scene.look(campaign_id)
            _note_peak(peak, scene.stack.memory())
            if not quiet:
                print(f"{time.monotonic() - started:6.1f} s  {_line(view)}", flush=True)
            if view.status in FINAL:
                break
        await _settle(scene)
        after = usage.cpu_seconds(scene.stack)
        return await _result(scene, view, recipients, launched, before, after, peak)


async def _settle(scene: Scene) -> None:
    """Wait until every webhook has been delivered and processed."""
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        counters = (await scene.statistics())["statuses"]
        on_the_way = counters["pending"] + counters["scheduled"]
        if on_the_way == 0 and await scene.recorded_statuses() >= counters["delivered"]:
            return
        await asyncio.sleep(0.3)


async def _result(
    scene: Scene,
    view: CampaignView,
    recipients: int,
    launched: float,
    before: dict[str, float],
    after: dict[str, float],
    peak: dict[str, int],
) -> dict[str, Any]:
    counters = await scene.statistics()
    log = await scene.accepted()
    view = await scene.look(view.id)
    seconds = counters["last_accepted_at"] - counters["first_accepted_at"]
    generated = counters["statuses"]["generated"]
    cpu = {name: round((after[name] - before[name]) / recipients * 1e6) for name in after}
    return {
        "recipients": view.progress.total,
        "accepted": view.progress.submitted,
        "failed": view.progress.not_sent,
        "unknown": view.progress.unknown,
        "lost": recipients - len(log.by_recipient),
        "double": log.doubles,
        "seconds": round(seconds, 2),
        "msg_per_s": round(len(log.moments) / max(seconds, 0.001), 1),
        "statuses": generated,
        "statuses_lost": generated - await scene.recorded_statuses(),
        "first_send_s": round(counters["first_accepted_at"] - launched, 2),
        "max_in_any_second": max(counters["max_in_any_second"].values()),
        "cpu_us_per_msg": cpu,
        "rss_mb": peak,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }


def _note_peak(peak: dict[str, int], now: dict[str, int]) -> None:
    for name, megabytes in now.items():
        peak[name] = max(peak.get(name, 0), megabytes)


def _line(view: CampaignView) -> str:
    progress = view.progress
    return (
        f"{view.status.value}: {progress.total} = {progress.landed} accepted + {progress.not_sent} failed"
        f" + {progress.unknown} unknown + {progress.sending} leaving + {progress.queued} waiting"
    )
