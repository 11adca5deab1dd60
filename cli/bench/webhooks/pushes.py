"""Customers who write at a steady pace, and how soon an agent's open page hears of it."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID

from sqlalchemy import text

from cli.bench.agents import Agent
from cli.bench.rates import percentile
from cli.bench.scene import Scene
from cli.bench.usage import Watch
from cli.bench.webhooks import bodies, ledger, posting
from store.receiving import inbound

WRITERS = 200
OPEN = 20
"""Conversations that the agent's page has joined besides the list."""

HEARD_S = 10.0
LIMIT_S = 120.0
LOOK_EVERY_S = 0.05

# The first customers that the scene made.
_WRITERS = text("""
SELECT id, phone_key FROM contacts WHERE phone_key BETWEEN '34600000000' AND '34600999999'
ORDER BY phone_key LIMIT :count
""")
_THREADS = text("""
SELECT id FROM conversations WHERE contact_id = ANY(CAST(:contacts AS uuid[])) ORDER BY id LIMIT :most
""")
_UNREAD = text("SELECT coalesce(sum(unread), 0) FROM conversations")


@dataclass(frozen=True, slots=True)
class Pace:
    """How Meta posts: over how many connections, and which share it repeats."""

    connections: int = 32
    repeat_share: float = 0.01


async def measure(
    scene: Scene, agent: Agent, pace: Pace, *, per_second: float, seconds: float
) -> dict[str, Any]:
    """Post inbound messages while the agent listens; the figures."""
    contacts, phones = await _writers(scene)
    mail = await _mail(scene, phones, "warm", len(phones))
    await _post(scene, mail, pace, 0.0)
    await ledger.applied(scene, LIMIT_S)
    mail = await _mail(scene, phones, "bench", max(1, round(per_second * seconds)))
    async with agent.listening(await _threads(scene, contacts)):
        unread, stored = await _unread(scene), await ledger.deliveries(scene)
        async with Watch(scene.stack) as watch:
            posted = await _post(scene, mail, pace, per_second)
            applied_at = await ledger.applied(scene, LIMIT_S)
        kept = await _kept(scene, list(mail))
        await _all_heard(agent, kept.values())
    wamids = list(mail)
    lost = [one for one in posted.accepted if wamids[one] not in kept]
    took = [
        agent.heard[kept[wamids[one]]] - sent
        for one, sent in posted.first_sent().items()
        if kept.get(wamids[one]) in agent.heard
    ]
    double = max(0, await _unread(scene) - unread - len(kept))
    return {
        **posted.figures(),
        "lost": len(lost),
        "double": double + max(0, await ledger.deliveries(scene) - stored - len(mail)),
        "applied_lag_s": round(max(0.0, applied_at - posted.ended_at), 2),
        "inbound_per_s": per_second,
        "push_p50_ms": round(percentile(took, 0.5) * 1000, 1),
        "push_p99_ms": round(percentile(took, 0.99) * 1000, 1),
        "push_lost": len(kept) - len(took),
        "cpu_us_per_post": cpu(watch, posted),
    }


def cpu(watch: Watch, posted: posting.Posted) -> dict[str, int]:
    """Microseconds of CPU per POST of each process, and of posting it."""
    posts = len(posted.order)
    return watch.us_per(posts) | {"posting": round(posted.cpu_s / posts * 1e6)}


async def _mail(scene: Scene, phones: Sequence[str], name: str, count: int) -> dict[str, bytes]:
    """Requests by the id of the message in them."""
    meta, now = await bodies.sender(scene), int(time.time())
    wamids = [f"wamid.{name}.{number}" for number in range(count)]
    return {
        wamid: meta.message(phone, wamid, f"Where is my order {number}?", now)
        for number, (wamid, phone) in enumerate(zip(wamids, cycle(phones), strict=False))
    }


async def _post(
    scene: Scene, mail: Mapping[str, bytes], pace: Pace, per_second: float
) -> posting.Posted:
    order = posting.with_repeats(len(mail), pace.repeat_share)
    return await posting.post_all(
        scene.stack.urls.app, list(mail.values()), order, pace.connections, per_second
    )


async def _writers(scene: Scene) -> tuple[list[UUID], list[str]]:
    async with scene.sessions() as session:
        rows = (await session.execute(_WRITERS, {"count": WRITERS})).all()
    return [row.id for row in rows], [row.phone_key for row in rows]


async def _threads(scene: Scene, contacts: Sequence[UUID]) -> list[UUID]:
    about = {"contacts": list(contacts), "most": OPEN}
    async with scene.sessions() as session:
        return list(await session.scalars(_THREADS, about))


async def _unread(scene: Scene) -> int:
    async with scene.sessions() as session:
        return int(await session.scalar(_UNREAD) or 0)


async def _kept(scene: Scene, wamids: Sequence[str]) -> dict[str, UUID]:
    """The messages that the database has, by WhatsApp's id."""
    wanted = [(scene.channel_id, wamid) for wamid in wamids]
    async with scene.sessions() as session:
        return {one.wamid: one.id for one in await inbound.kept(session, wanted)}


async def _all_heard(agent: Agent, messages: Collection[UUID]) -> None:
    """Return once the agent's page has heard of all of them, or will not any more."""
    deadline = time.monotonic() + HEARD_S
    while not agent.heard.keys() >= set(messages):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(LOOK_EVERY_S)
