"""Ten thousand at once: they enter at one moment, wait, and are still there after a crash of everything."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cli.bench import lanes
from cli.bench.automations import acting, graphs, phones
from cli.bench.automations.phones import Phones
from cli.bench.automations.replies import scene_settles
from cli.bench.opening import open_scene
from cli.bench.rates import percentile, summary
from cli.bench.scene import TEMPLATE, Scene
from cli.bench.usage import Watch
from domain import template_slots
from domain.automations.nodes import SendTemplate
from workflows import ids

FIRST_PHONE = 34_600_000_000
"""As the scene numbers its contacts."""

KILLED = ("worker", "temporal", "postgres", "api")
AHEAD_S = 4.0
TALKERS = 10
REPLY_EVERY_S = 0.5
LOOK_EVERY_S = 0.5
LIMIT_S = 1800.0
SETTLE_S, IDLE_S = 15.0, 30.0
READY_S, ANSWERED_S = 120.0, 120.0
SAMPLE = 100
TIMER_TARGET_S, INBOX_TARGET_S = 300.0, 2.0
FIRST_TARGET_S, IDLE_TARGET_PERCENT = 10.0, 5.0
HISTORY_TARGET_KB, WORKER_TARGET_MB = 25.0, 300

Figures = dict[str, Any]


@dataclass(slots=True)
class Crowd:
    """Everybody who entered, and the scene they are in."""

    scene: Scene
    own: Phones
    automation_id: UUID
    people: list[str]
    quiet: bool

    def say(self, line: str) -> None:
        """Tell whoever watches."""
        if not self.quiet:
            print(line, flush=True)

    async def waiting(self) -> int:
        """How many wait for a reply."""
        return (await acting.inside(self.scene, self.automation_id)).get("reply", 0)


async def measure(
    count: int, wanted: Sequence[str], latency_ms: float, *, quiet: bool
) -> dict[str, Figures]:
    """Let the crowd enter once, and measure what is wanted: ``timer``, ``history``, ``waiting``."""
    async with open_scene(count, latency_ms=latency_ms) as scene:
        own = Phones(scene)
        async with own.listening(every_s=0.2):
            crowd, timer = await _enter(scene, own, count, quiet=quiet)
            figures: dict[str, Figures] = {"timer": timer}
            if "history" in wanted:
                figures["history"] = await history(crowd)
            if "waiting" in wanted:
                figures["waiting"] = await waiting(crowd)
    return {name: figures[name] for name in wanted}


async def _enter(scene: Scene, own: Phones, count: int, *, quiet: bool) -> tuple[Crowd, Figures]:
    """One time trigger for all of them, while a person answers customers in the inbox."""
    people = [str(FIRST_PHONE + number) for number in range(count)]
    talkers = [str(lanes.FIRST_PHONE + number) for number in range(TALKERS)]
    async with await lanes.program(scene) as api:
        contacts = await lanes.talking(scene, talkers)
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_S)
        template = SendTemplate(template=TEMPLATE, values=await _values(scene))
        graph = graphs.reminder(scene.channel_id, scene.group_id, due, template)
        automation_id = await acting.publish(scene, "Reminder", graph)
        crowd = Crowd(scene, own, automation_id, people, quiet)
        asked: list[tuple[str, float]] = []

        async def reply() -> None:
            for number in range(round(LIMIT_S / REPLY_EVERY_S)):
                phone = talkers[number % TALKERS]
                body = {"contact_id": contacts[phone], "text": {"body": "Thank you for writing."}}
                asked.append((phone, time.time()))
                (await api.post("/api/messages/send", json=body)).raise_for_status()
                await asyncio.sleep(REPLY_EVERY_S)

        async with Watch(scene.stack) as watch:
            entered, waited = await _meanwhile(crowd, due.timestamp(), reply)
        await scene_settles(own)
    return crowd, _timer(crowd, due.timestamp(), (entered, waited), asked, watch)


async def _values(scene: Scene) -> Mapping[str, str]:
    """The template's slots, filled with the contact's name."""
    async with scene.sessions() as session:
        _, components, form = await scene.template(session, TEMPLATE)
    slots = template_slots.slots(components, form)
    return {slot.key: "{{contact.name|friend}}" for slot in slots}


async def _meanwhile(crowd: Crowd, due: float, reply: Callable[[], Any]) -> tuple[float, float]:
    """Seconds until all have entered and until all wait, while somebody replies."""
    replying = asyncio.create_task(reply())
    entered: float | None = None
    try:
        async with asyncio.timeout(LIMIT_S):
            while True:
                inside = await acting.inside(crowd.scene, crowd.automation_id)
                after = max(0.0, time.time() - due)
                if entered is None and sum(inside.values()) >= len(crowd.people):
                    entered = after
                crowd.say(
                    f"{after:6.1f} s  {sum(inside.values())} inside, {inside.get('reply', 0)} wait"
                )
                if inside.get("reply", 0) >= len(crowd.people):
                    return entered or after, after
                await asyncio.sleep(LOOK_EVERY_S)
    finally:
        replying.cancel()
        await asyncio.gather(replying, return_exceptions=True)


def _timer(
    crowd: Crowd,
    due: float,
    took: tuple[float, float],
    asked: Sequence[tuple[str, float]],
    watch: Watch,
) -> Figures:
    arrived = crowd.own.arrived
    last = max((max(arrived[phone]) for phone in crowd.people if arrived[phone]), default=due)
    counts = [len(arrived[phone]) for phone in crowd.people]
    inbox = summary(answers(arrived, asked))
    done_s = max(last - due, took[1])
    return {
        "starts": len(crowd.people),
        "entered_s": round(took[0], 1),
        "done_s": round(done_s, 1),
        "starts_per_s": round(len(crowd.people) / max(done_s, 0.001), 1),
        "lost": counts.count(0),
        "double": sum(count - 1 for count in counts if count > 1),
        "inbox_reply_s": inbox,
        "within_target": done_s <= TIMER_TARGET_S
        and inbox["p99"] < INBOX_TARGET_S
        and all(count == 1 for count in counts),
        "cpu_ms_per_start": {
            name: round(spent / len(crowd.people) * 1000, 1) for name, spent in watch.cpu.items()
        },
    }


def answers(
    arrived: Mapping[str, Sequence[float]], asked: Sequence[tuple[str, float]]
) -> list[float]:
    """Seconds from each call to its message; the n-th call for a person is their n-th message."""
    calls: dict[str, list[float]] = {}
    for phone, at in asked:
        calls.setdefault(phone, []).append(at)
    return [
        moment - at
        for phone, times in calls.items()
        for at, moment in zip(times, arrived[phone], strict=False)
    ]


async def history(crowd: Crowd) -> Figures:
    """What a waiting run costs Temporal, and what all of them cost the worker."""
    client = await crowd.scene.workflows.client()
    sizes: list[float] = []
    for run_id in await acting.some(crowd.scene, crowd.automation_id, SAMPLE):
        described = await client.get_workflow_handle(ids.run(run_id)).describe()
        sizes.append(described.raw_description.workflow_execution_info.history_size_bytes / 1024)
    worker_mb = crowd.scene.stack.memory()["worker"]
    most = max(sizes, default=0.0)
    return {
        "waiting": await crowd.waiting(),
        "history_kb": round(percentile(sizes, 0.5), 1),
        "history_most_kb": round(most, 1),
        "worker_mb": worker_mb,
        "rss_mb": crowd.scene.stack.memory(),
        "within_target": most <= HISTORY_TARGET_KB and worker_mb <= WORKER_TARGET_MB,
    }


async def waiting(crowd: Crowd) -> Figures:
    """Idle, then kill -9 of everything, then replies: nobody may be gone."""
    idle = await _idle(crowd)
    before = await crowd.waiting()
    ready_s = await _kill_everything(crowd)
    first_s = await _first_reply(crowd)
    there, executions = await crowd.waiting(), await acting.executions(crowd.scene)
    crowd.say(f"the first reply was answered after {first_s:.1f} s, {there} still wait")
    repliers = crowd.people[1 : 1 + SAMPLE]
    for phone in repliers:
        await crowd.own.write(phone, phones.text("Yes"))
    await crowd.own.until_all(repliers, 2, ANSWERED_S)
    await scene_settles(crowd.own)
    counts = [len(crowd.own.arrived[phone]) for phone in crowd.people[: 1 + SAMPLE]]
    idle_percent = round(sum(idle.values()), 1)
    lost, double = sum(count < 2 for count in counts), sum(count > 2 for count in counts)
    return {
        "waiting": before,
        "still_waiting": there + 1,
        "executions": executions,
        "ready_s": round(ready_s, 1),
        "first_reply_s": round(first_s, 2),
        "replies": len(counts),
        "lost": lost,
        "double": double,
        "idle_cpu_percent": idle_percent,
        "idle_cpu_by": idle,
        "worker_mb": crowd.scene.stack.memory()["worker"],
        "within_target": there + 1 == before == len(crowd.people)
        and first_s <= FIRST_TARGET_S
        and idle_percent <= IDLE_TARGET_PERCENT
        and lost == double == 0,
    }


async def _idle(crowd: Crowd) -> dict[str, float]:
    """CPU of each component in percent of one core, when nothing happens."""
    await asyncio.sleep(SETTLE_S)
    async with Watch(crowd.scene.stack) as watch:
        await asyncio.sleep(IDLE_S)
    return {
        name: round(100 * spent / IDLE_S, 2)
        for name, spent in watch.cpu.items()
        if name != "simulator"
    }


async def _kill_everything(crowd: Crowd) -> float:
    """kill -9 of all but the simulator at once; seconds until all of it is back."""
    at = time.monotonic()
    stack = crowd.scene.stack
    for name in KILLED:
        stack.kill(name)
    await asyncio.sleep(0.2)
    await asyncio.gather(*(stack.wait_ready(name, READY_S) for name in KILLED))
    crowd.say(f"everything is back after {time.monotonic() - at:.1f} s")
    return time.monotonic() - at


async def _first_reply(crowd: Crowd) -> float:
    """Seconds from now until somebody who replies now is answered."""
    phone = crowd.people[0]
    at = await crowd.own.write(phone, phones.text("Yes"))
    if not await crowd.own.until(phone, 2, ANSWERED_S):
        return ANSWERED_S
    return crowd.own.arrived[phone][1] - at
