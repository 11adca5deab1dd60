"""`whatsway bench webhooks`: how many deliveries are kept, how soon they are answered and applied, and what is lost."""

import asyncio
import json
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.bench.agents import agent
from cli.bench.opening import open_scene
from cli.bench.scene import Scene
from cli.bench.usage import Watch, machine
from cli.bench.webhooks import bodies, ledger, posting, pushes
from cli.bench.webhooks.ledger import Ledger
from cli.bench.webhooks.pushes import Pace

LIMIT_S = 600.0


def webhooks(
    posts: Annotated[int, typer.Option(min=1, help="Different deliveries.")] = 30_000,
    statuses: Annotated[int, typer.Option(min=1, help="Statuses in each of them.")] = 1,
    connections: Annotated[int, typer.Option(min=1, help="Connections of Meta's.")] = 32,
    per_second: Annotated[
        float, typer.Option(min=0, help="Posts a second; 0: as fast as the connections allow.")
    ] = 0.0,
    repeat_share: Annotated[
        float, typer.Option(min=0, max=1, help="The share of deliveries that is posted twice.")
    ] = 0.01,
    inbound: Annotated[
        float, typer.Option(min=0, help="Instead: this many customers' messages a second.")
    ] = 0.0,
    seconds: Annotated[float, typer.Option(min=0.1, help="With --inbound: for how long.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Post signed webhooks to the whole product and print what became of them."""
    pace = Pace(connections, repeat_share)
    if inbound:
        measured = measure_inbound(inbound, seconds, pace)
    else:
        measured = measure(posts, statuses, pace, per_second=per_second, quiet=as_json)
    print(json.dumps(asyncio.run(measured)))


async def measure(
    posts: int, statuses: int, pace: Pace, *, per_second: float = 0.0, quiet: bool
) -> dict[str, Any]:
    """Post statuses of messages that wait for them; returns the figures."""
    people = -(-posts * statuses // len(ledger.STATES))
    async with open_scene(people, latency_ms=0) as scene:
        own = await ledger.fill(scene, posts * statuses)
        requests = await _written(scene, own, statuses)
        if not quiet:
            print(f"{len(requests)} deliveries are written", flush=True)
        stored = await ledger.deliveries(scene)
        order = posting.with_repeats(posts, pace.repeat_share)
        async with Watch(scene.stack) as watch:
            posted = await posting.post_all(
                scene.stack.urls.app, requests, order, pace.connections, per_second
            )
            if not quiet:
                print(f"all were answered after {posted.figures()['seconds']} s", flush=True)
            applied_at = await ledger.applied(scene, LIMIT_S)
        return {
            **posted.figures(),
            **await outcome(own, statuses, posted, await ledger.deliveries(scene) - stored),
            **_speed(posted, applied_at, posts * statuses),
            "cpu_us_per_post": pushes.cpu(watch, posted),
            "peak_rss_mb": watch.peak_rss_mb,
            "machine": machine(),
        }


async def _written(scene: Scene, own: Ledger, statuses: int) -> list[bytes]:
    meta = await bodies.sender(scene)
    return [
        meta.statuses(own.news[first : first + statuses])
        for first in range(0, len(own.news), statuses)
    ]


async def outcome(
    own: Ledger, statuses: int, posted: posting.Posted, stored: int
) -> dict[str, Any]:
    """What was lost and what was done twice, as the database has it."""
    heard = await own.heard()
    told = _told(own, statuses, posted)
    twice = await own.counted() - len(heard)
    return {
        "lost": len(told - heard),
        "double": max(0, twice) + max(0, stored - len(set(posted.order))),
    }


def _told(own: Ledger, statuses: int, posted: posting.Posted) -> set[UUID]:
    """The messages whose status was answered 200."""
    return {
        one.message_id
        for request in posted.accepted
        for one in own.news[request * statuses : (request + 1) * statuses]
    }


def _speed(posted: posting.Posted, applied_at: float, statuses: int) -> dict[str, float]:
    return {
        "applied_lag_s": round(max(0.0, applied_at - posted.ended_at), 2),
        "statuses": statuses,
        "statuses_per_s": round(statuses / max(applied_at - posted.began_at, 0.001), 1),
    }


async def measure_inbound(per_second: float, seconds: float, pace: Pace) -> dict[str, Any]:
    """Post customers' messages at a pace, with an agent's inbox open; returns the figures."""
    async with open_scene(pushes.WRITERS, latency_ms=0) as scene, agent(scene) as somebody:
        figures = await pushes.measure(
            scene, somebody, pace, per_second=per_second, seconds=seconds
        )
    return {**figures, "machine": machine()}
