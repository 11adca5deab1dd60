"""`whatsway bench campaign`: campaigns at full speed, counted by the simulator's call log."""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.bench import history, past, sharing
from cli.bench.growth import SIZES, compare
from cli.bench.opening import open_scene
from cli.bench.scene import FINAL, Scene
from cli.bench.usage import Watch, machine
from services.campaigns.views import CampaignView

EVERY_STATUS = {
    "read_probability": 1.0, "delivered_skip_probability": 0.0, "sent_ms": [50, 200],
    "delivered_ms": [100, 400], "read_ms": [500, 2000], "batch_size": 100, "batch_window_ms": 100,
}  # fmt: skip
UNLIMITED = 10_000
"""Without --throttle the number's own limit, at best 1,000 a second, is lifted: this measures how fast the product is,
not how fast Meta lets it be.
"""

SETTLE_S = 60.0
LOOK_EVERY_S = 1.0


def campaign(
    recipients: Annotated[int, typer.Option(min=1, help="People in the audience.")] = 20_000,
    latency_ms: Annotated[float, typer.Option(help="How long WhatsApp takes to answer.")] = 50.0,
    throttle: Annotated[int, typer.Option(min=0, help="Messages per second; 0 for no limit.")] = 0,
    seconds: Annotated[int, typer.Option(min=1, help="With --throttle: how long to send.")] = 60,
    campaigns: Annotated[
        int,
        typer.Option(min=1, help="Campaigns that share the number; --throttle is the number's."),
    ] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    growth: Annotated[bool, typer.Option(help="Compare the CPU of several sizes.")] = False,
    sizes: Annotated[
        str, typer.Option(help="With --growth: the sizes, separated by commas.")
    ] = SIZES,
    old_messages: Annotated[
        str,
        typer.Option(
            help="First fill the database with this many messages from two years, such as 20M."
        ),
    ] = "0",
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Send one campaign through the whole product and print what it took."""
    old = past.number(old_messages)
    options: dict[str, Any] = {
        "throttle": throttle or None, "campaigns": campaigns, "workers": workers, "quiet": as_json,
    }  # fmt: skip
    if growth:
        numbers = [int(size) for size in sizes.split(",")]
        measures = [measure(size, latency_ms, **options) for size in numbers]
        if old:
            measures.append(measure(numbers[0], latency_ms, old=old, **options))
        print(json.dumps(asyncio.run(compare(measures))))
        return
    if throttle:
        recipients = max(1, throttle * seconds // campaigns)
    print(json.dumps(asyncio.run(measure(recipients, latency_ms, old=old, **options))))


async def measure(
    recipients: int,
    latency_ms: float,
    *,
    throttle: int | None = None,
    campaigns: int = 1,
    workers: int = 1,
    old: int = 0,
    quiet: bool,
) -> dict[str, Any]:
    """Run the campaigns on a throwaway stack, next to a number of old messages; returns the figures."""
    knobs = EVERY_STATUS | {"throughput_limit": throttle is not None}
    async with open_scene(recipients, latency_ms=latency_ms, knobs=knobs, workers=workers) as scene:
        if old:
            await past.fill(scene, old, recipients, datetime.now(UTC), quiet=quiet)
        own = throttle if campaigns == 1 else None
        if throttle is None:
            await scene.number_throughput(UNLIMITED)
        elif campaigns > 1:
            await scene.number_throughput(throttle)
        ids = [await scene.campaign(f"Benchmark {n + 1}", throttle=own) for n in range(campaigns)]
        async with Watch(scene.stack) as watch:
            launched = time.time()
            for campaign_id in ids:
                await scene.launch(campaign_id)
            await _ended(scene, ids, quiet=quiet)
            await _settle(scene)
        return {
            **await _counts(scene, ids, recipients, launched),
            **await _work(scene, ids, watch, recipients * campaigns),
            "old_messages": old,
            "machine": machine(),
        }


async def _ended(scene: Scene, ids: Sequence[UUID], *, quiet: bool) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        views = [await scene.look(campaign_id) for campaign_id in ids]
        if not quiet:
            for view in views:
                print(f"{time.monotonic() - started:6.1f} s  {_line(view)}", flush=True)
        if all(view.status in FINAL for view in views):
            return


async def _settle(scene: Scene) -> None:
    """Wait until every webhook has been delivered and processed, as long as there is progress."""
    before, since = -1, time.monotonic()
    while time.monotonic() - since < SETTLE_S:
        counters = (await scene.statistics())["statuses"]
        recorded = await scene.recorded_statuses()
        if counters["pending"] + counters["scheduled"] == 0 and recorded >= counters["delivered"]:
            return
        if recorded != before:
            before, since = recorded, time.monotonic()
        await asyncio.sleep(1.0)


async def _counts(
    scene: Scene, ids: Sequence[UUID], recipients: int, launched: float
) -> dict[str, Any]:
    """The results of the messages."""
    counters, log = await scene.statistics(), await scene.accepted()
    progress = [(await scene.look(campaign_id)).progress for campaign_id in ids]
    seconds = counters["last_accepted_at"] - counters["first_accepted_at"]
    generated = counters["statuses"]["generated"]
    times = log.by_recipient.values()
    return {
        "recipients": sum(one.total for one in progress),
        "accepted": sum(one.submitted for one in progress),
        "failed": sum(one.not_sent for one in progress),
        "unknown": sum(one.unknown for one in progress),
        "lost": recipients * len(ids) - sum(min(count, len(ids)) for count in times),
        "double": sum(max(0, count - len(ids)) for count in times),
        "seconds": round(seconds, 2),
        "msg_per_s": round(len(log.moments) / max(seconds, 0.001), 1),
        "statuses": generated,
        "statuses_lost": generated - await scene.recorded_statuses(),
        "first_send_s": round(counters["first_accepted_at"] - launched, 2),
        "max_in_any_second": max(counters["max_in_any_second"].values()),
    }


async def _work(scene: Scene, ids: Sequence[UUID], watch: Watch, messages: int) -> dict[str, Any]:
    """Resources used, and how campaigns and workers shared them."""
    client = await scene.workflows.client()
    found = [await history.read(client, campaign_id) for campaign_id in ids]
    figures: dict[str, Any] = {
        "temporal_runs": max(len(one.runs) for one in found),
        "temporal_history_length": max(one.longest for one in found),
        "cpu_us_per_msg": watch.us_per(messages),
        "rss_mb": watch.most_mb,
        "peak_rss_mb": watch.peak_rss_mb,
    }
    workers = {name: pid for name, pid in scene.stack.pids.items() if name.startswith("worker")}
    if len(workers) > 1:
        figures["workers"] = sharing.between_workers(found, workers, watch, messages)
    if len(ids) > 1:
        figures["campaigns"] = await sharing.between_campaigns(scene, ids)
    return figures


def _line(view: CampaignView) -> str:
    progress = view.progress
    return (
        f"{view.status.value}: {progress.total} = {progress.landed} accepted + {progress.not_sent} failed"
        f" + {progress.unknown} unknown + {progress.sending} leaving + {progress.queued} waiting"
    )
