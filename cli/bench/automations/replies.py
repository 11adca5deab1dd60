"""How soon an automation answers: from the reply on the phone to the next node's message at WhatsApp."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cli.bench.automations import acting, graphs, phones
from cli.bench.automations.phones import Phones
from cli.bench.opening import open_scene
from cli.bench.rates import percentile
from cli.bench.scene import Scene
from cli.bench.usage import Watch

FIRST_PHONE = 34_698_000_000
REPLIES_EACH = 5
"""More within two minutes would look like two programs talking to each other."""

STARTS_PER_S = 40
PAUSE_S = 0.1
"""Between an answer and the next reply, when nothing else happens."""

ANSWERED_S = 60.0
STARTED_S = 300.0
IDLE_TARGET_MS = (150, 500)
BUSY_TARGET_S = 2.0


async def latency(replies: int, latency_ms: float, *, quiet: bool) -> dict[str, Any]:
    """One reply after the other."""
    people = _people(-(-replies // REPLIES_EACH))
    took: list[float] = []
    async with open_scene(0, latency_ms=latency_ms) as scene, Watch(scene.stack) as watch:
        own = Phones(scene)
        async with own.listening():
            await _start(scene, own, people)
            for number in range(replies):
                took.append(await _reply(own, people[number % len(people)]))
                if not quiet and (number + 1) % 20 == 0:
                    print(f"{number + 1} replies", flush=True)
    p50, p99 = (round(percentile(took, share) * 1000) for share in (0.5, 0.99))
    return {
        "replies": replies,
        "reply_p50_ms": p50,
        "reply_p99_ms": p99,
        "within_target": p50 <= IDLE_TARGET_MS[0] and p99 <= IDLE_TARGET_MS[1],
        "cpu_s": {name: round(spent, 2) for name, spent in watch.cpu.items()},
    }


async def _reply(own: Phones, phone: str) -> float:
    """Seconds from a reply to its answer; as long as it was waited for, if none came."""
    await asyncio.sleep(PAUSE_S)
    expected = len(own.arrived[phone]) + 1
    at = await own.write(phone, phones.text("More"))
    if not await own.until(phone, expected, ANSWERED_S):
        return ANSWERED_S
    return own.arrived[phone][expected - 1] - at


async def load(
    runs: int, per_second: float, seconds: float, latency_ms: float, *, quiet: bool
) -> dict[str, Any]:
    """Replies at a steady pace, whoever waits for what."""
    people = _people(runs)
    async with open_scene(0, latency_ms=latency_ms) as scene:
        own = Phones(scene)
        async with own.listening(every_s=0.2):
            automation_id = await _start(scene, own, people)
            active = sum((await acting.inside(scene, automation_id)).values())
            if not quiet:
                print(f"{active} runs are active", flush=True)
            async with Watch(scene.stack) as watch:
                written = await _write_all(own, people, per_second, round(per_second * seconds))
                await _all_answered(own, written)
            await scene_settles(own)
    return {"active_runs": active, "replies_per_s": per_second, **_figures(own, written, watch)}


async def _write_all(
    own: Phones, people: Sequence[str], per_second: float, count: int
) -> dict[str, list[float]]:
    """When each person replied; the pace does not wait for answers."""
    written: dict[str, list[float]] = {phone: [] for phone in people}
    loop = asyncio.get_running_loop()
    start, asked = loop.time(), []

    async def write(phone: str) -> None:
        written[phone].append(await own.write(phone, phones.text("More")))

    for number in range(count):
        await asyncio.sleep(max(0.0, start + number / per_second - loop.time()))
        asked.append(asyncio.create_task(write(people[number % len(people)])))
    await asyncio.gather(*asked)
    return written


async def _all_answered(own: Phones, written: dict[str, list[float]]) -> None:
    async with asyncio.TaskGroup() as waits:
        for phone, moments in written.items():
            waits.create_task(own.until(phone, 1 + len(moments), ANSWERED_S))


async def scene_settles(own: Phones) -> None:
    """Give a second answer to the same reply the time to arrive."""
    await asyncio.sleep(2)
    await own.look()


def _figures(own: Phones, written: dict[str, list[float]], watch: Watch) -> dict[str, Any]:
    """The n-th reply of a person is answered by the n-th message after the first question."""
    took = [
        answered - at
        for phone, moments in written.items()
        for at, answered in zip(moments, own.arrived[phone][1:], strict=False)
    ]
    replies = sum(map(len, written.values()))
    missing = [1 + len(moments) - len(own.arrived[phone]) for phone, moments in written.items()]
    lost, double = sum(max(0, one) for one in missing), sum(max(0, -one) for one in missing)
    p50, p99 = (round(percentile(took, share), 3) for share in (0.5, 0.99))
    return {
        "replies": replies,
        "reply_p50_s": p50,
        "reply_p99_s": p99,
        "lost": lost,
        "double": double,
        "within_target": p99 <= BUSY_TARGET_S and lost == double == 0,
        "cpu_ms_per_reply": {
            name: round(spent / max(1, replies) * 1000, 1) for name, spent in watch.cpu.items()
        },
        "peak_rss_mb": watch.peak_rss_mb,
    }


def _people(count: int) -> list[str]:
    return [str(FIRST_PHONE + number) for number in range(count)]


async def _start(scene: Scene, own: Phones, people: Sequence[str]) -> UUID:
    """Let everybody enter and get the first question."""
    automation_id = await acting.publish(scene, "Questions", graphs.questions())
    for phone in people:
        await own.write(phone, phones.text(graphs.WORD))
        await asyncio.sleep(1 / STARTS_PER_S)
    if not await own.until_all(people, 1, STARTED_S):
        raise TimeoutError("Not everybody got the first question.")
    return automation_id
