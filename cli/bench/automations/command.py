"""`whatsway bench automations`: answers, crowds, crashes, the builder's test and the size of its page."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli.bench.automations import crowds, offline, replies
from cli.bench.usage import machine
from cli.problems import Problem


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of each."""

    replies: int = 100
    runs: int = 1_000
    per_second: float = 50.0
    seconds: float = 30.0
    waiting: int = 10_000


OF_CROWD = ("timer", "history", "waiting")
MEASURES = ("play", "builder", "latency", "load", *OF_CROWD)


def automations(
    only: Annotated[
        str, typer.Option(help=f"What to measure, separated by commas: {', '.join(MEASURES)}.")
    ] = "",
    replied: Annotated[
        int, typer.Option("--replies", min=1, help="Replies one after the other.")
    ] = 100,
    runs: Annotated[int, typer.Option(min=1, help="Active runs under load.")] = 1_000,
    per_second: Annotated[float, typer.Option(min=1, help="Replies a second under load.")] = 50.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long the load lasts.")] = 30.0,
    waiting: Annotated[int, typer.Option(min=2, help="Runs that start at once and wait.")] = 10_000,
    latency_ms: Annotated[float, typer.Option(help="How long WhatsApp takes to answer.")] = 50.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Measure how soon automations answer, how many may wait, and what a crash of everything costs."""
    sizes = Sizes(replied, runs, per_second, seconds, waiting)
    print(json.dumps(asyncio.run(measure(chosen(only), sizes, latency_ms, quiet=as_json))))


def chosen(text: str) -> list[str]:
    """The measures that an option names, in the order they are made; all, if it names none."""
    wanted = {part.strip() for part in text.split(",") if part.strip()} or set(MEASURES)
    if unknown := wanted - set(MEASURES):
        raise Problem(
            f"There is nothing to measure called {', '.join(sorted(unknown))}: "
            f"choose from {', '.join(MEASURES)}."
        )
    return [name for name in MEASURES if name in wanted]


async def measure(
    wanted: Sequence[str], sizes: Sizes, latency_ms: float, *, quiet: bool
) -> dict[str, Any]:
    """Make each measure on an installation of its own; those of the crowd share one."""
    result: dict[str, Any] = {}
    if "play" in wanted:
        result["play"] = offline.play()
    if "builder" in wanted:
        result["builder"] = offline.builder()
    if "latency" in wanted:
        result["latency"] = await replies.latency(sizes.replies, latency_ms, quiet=quiet)
    if "load" in wanted:
        result["load"] = await replies.load(
            sizes.runs, sizes.per_second, sizes.seconds, latency_ms, quiet=quiet
        )
    if of_crowd := [name for name in OF_CROWD if name in wanted]:
        result |= await crowds.measure(sizes.waiting, of_crowd, latency_ms, quiet=quiet)
    return {**result, "machine": machine()}
