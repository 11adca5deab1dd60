"""`whatsway bench inbox`: how soon an agent sees a list, a thread, a search and a new message in a full inbox."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.bench.agents import agent
from cli.bench.inbox import filling, visits
from cli.bench.inbox.filling import Sizes
from cli.bench.opening import open_scene
from cli.bench.rates import percentile
from cli.bench.usage import Watch, machine
from cli.bench.webhooks import pushes
from cli.bench.webhooks.pushes import Pace

KINDS = ("list", "thread", "search")


def inbox(
    conversations: Annotated[int, typer.Option(min=2, help="Conversations.")] = 50_000,
    messages: Annotated[int, typer.Option(min=2, help="Messages in all of them.")] = 2_000_000,
    longest: Annotated[int, typer.Option(min=1, help="Messages in the longest of them.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each page is opened.")] = 40,
    page: Annotated[int, typer.Option(min=2, help="Which page besides the first.")] = 100,
    inbound: Annotated[float, typer.Option(min=1, help="Customers' messages a second.")] = 100.0,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long customers write.")] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Fill the inbox, open its pages as an agent, then let customers write."""
    sizes = Sizes(conversations, messages, longest)
    print(json.dumps(asyncio.run(measure(sizes, rounds, page, inbound, seconds, quiet=as_json))))


async def measure(
    sizes: Sizes, rounds: int, page: int, per_second: float, seconds: float, *, quiet: bool
) -> dict[str, Any]:
    """Returns the figures."""
    async with open_scene(sizes.conversations, latency_ms=0) as scene, agent(scene) as somebody:
        began = time.perf_counter()
        filled = await filling.fill(scene, somebody.id, sizes, rounds, quiet=quiet)
        fill_s = time.perf_counter() - began
        places = await visits.addresses(somebody.browser, filled.some, filled.longest, page)
        async with Watch(scene.stack) as watch:
            took = await visits.visit(somebody.browser, places, rounds, quiet=quiet)
        pushed = await pushes.measure(
            scene, somebody, Pace(), per_second=per_second, seconds=seconds
        )
    opened = sum(map(len, took.values()))
    return {
        "conversations": sizes.conversations,
        "messages": sizes.messages,
        **slowest(took),
        "push_p50_ms": pushed["push_p50_ms"],
        "push_p99_ms": pushed["push_p99_ms"],
        "pages": {name: _milliseconds(seconds) for name, seconds in took.items()},
        "cpu_ms_per_page": {name: round(us / 1000, 1) for name, us in watch.us_per(opened).items()},
        "inbound": pushed,
        "fill_s": round(fill_s, 1),
        "machine": machine(),
    }


def slowest(took: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The p95 of the slowest page of each kind, be it the first one or a far one."""
    return {
        f"{kind}_p95_ms": max(
            round(percentile(seconds, 0.95) * 1000, 1)
            for name, seconds in took.items()
            if kind in name
        )
        for kind in KINDS
    }


def _milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    marks = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {name: round(percentile(seconds, share) * 1000, 1) for name, share in marks.items()}
