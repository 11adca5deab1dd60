"""`whatsway bench pages`: how long pages take while a campaign runs at full speed."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer

from cli.bench.opening import PASSWORD, open_scene
from cli.bench.rates import between, summary
from cli.bench.scene import Scene
from cli.bench.usage import machine
from services import demo

TARGET_S = 0.3
HEAD_START = 200
NOWHERE = "zzqqxx"
"""A name nobody has, so that a search has to check everybody."""


def pages(
    recipients: Annotated[int, typer.Option(min=1000, help="People in the campaign.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each page is opened.")] = 20,
    gap_ms: Annotated[float, typer.Option(min=0, help="Time between two pages.")] = 50.0,
    latency_ms: Annotated[float, typer.Option(help="How long WhatsApp takes to answer.")] = 50.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Open every list, and search it without a match, while a campaign runs, timing each page."""
    result = asyncio.run(measure(recipients, rounds, gap_ms / 1000, latency_ms, quiet=as_json))
    print(json.dumps(result))


def addresses(campaign_id: UUID) -> Mapping[str, str]:
    """The pages by name: each kind that grows with people or messages, and its search."""
    campaign = f"/campaigns/{campaign_id}"
    lists = {
        "dashboard": "/", "campaigns": "/campaigns", "campaign": campaign,
        "recipients": f"{campaign}/recipients", "failures": f"{campaign}/failures",
        "contacts": "/contacts", "groups": "/contacts/groups", "inbox": "/inbox",
        "templates": "/templates", "channels": "/channels", "audit": "/settings/audit",
        "system": "/settings/system",
    }  # fmt: skip
    searched = ("campaigns", "recipients", "contacts", "inbox")
    return lists | {f"{name}, searched": f"{lists[name]}?q={NOWHERE}" for name in searched}


async def measure(
    recipients: int, rounds: int, gap_s: float, latency_ms: float, *, quiet: bool
) -> dict[str, Any]:
    """Start the campaign, then open every page in turn, repeatedly; returns the figures."""
    async with open_scene(recipients, latency_ms=latency_ms) as scene, _visitor(scene) as visitor:
        campaign_id = await scene.campaign("Benchmark")
        await scene.launch(campaign_id)
        await scene.flowing(min(HEAD_START, recipients // 10))
        start = time.time()
        took = await _open(visitor, addresses(campaign_id), rounds, gap_s, quiet=quiet)
        end = time.time()
        log = await scene.accepted()
    figures = {name: summary(seconds) for name, seconds in took.items()}
    return {
        "pages": figures,
        "target_s": TARGET_S,
        "within_target": all(one["p95"] < TARGET_S for one in figures.values()),
        "campaign_msg_per_s": round(between(sorted(log.moments), start, end) / (end - start), 1),
        "campaign_ran_throughout": len(log.moments) < recipients,
        "machine": machine(),
    }


def _visitor(scene: Scene) -> httpx.AsyncClient:
    """The administrator's browser, not signed in yet."""
    return httpx.AsyncClient(base_url=scene.stack.urls.app, timeout=60)


async def _open(
    visitor: httpx.AsyncClient, wanted: Mapping[str, str], rounds: int, gap_s: float, *, quiet: bool
) -> dict[str, list[float]]:
    """Seconds until each page had loaded, by name."""
    own = {"email": demo.ADMIN_EMAIL, "password": PASSWORD}
    (await visitor.post("/api/auth/login", json=own)).raise_for_status()
    took: dict[str, list[float]] = {name: [] for name in wanted}
    for number in range(1, rounds + 1):
        for name, address in wanted.items():
            asked = time.perf_counter()
            (await visitor.get(address)).raise_for_status()
            took[name].append(time.perf_counter() - asked)
            await asyncio.sleep(gap_s)
        if not quiet:
            print(f"round {number} of {rounds}", flush=True)
    return took
