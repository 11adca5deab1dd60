"""People who talk to the automation: each waits for the next question, and writes until it is certain that they did."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cli.bench.automations import phones
from cli.bench.automations.phones import Body, Phones
from cli.bench.calls import PAGE
from cli.bench.scene import Scene
from cli.chaos.automations.stories import WORD, Story

AWAY = (DBAPIError, PoolTimeout, OSError, TimeoutError)
LOOK_EVERY_S = 0.1
LEDGER_EVERY_S = 1.0
AGAIN_S = 0.3
ARRIVES_WITHIN_S = 3.0
"""After that somebody also answers a question of which nobody knows whether it arrived."""

STARTS_UNTIL = 0.5
"""The share of the time in which conversations begin."""

# Messages that nobody will send any more, whether they arrived or not.
_SETTLED = text("""
SELECT c.phone_key AS phone, count(*) AS messages FROM messages m JOIN contacts c ON c.id = m.contact_id
WHERE m.origin = 'automation' AND m.state NOT IN ('queued', 'sending') GROUP BY 1
""")


class People:
    """All conversations at once."""

    def __init__(self, scene: Scene, stories: Sequence[Story], seed: int, lasts_s: float) -> None:
        self._scene, self._stories, self._lasts_s = scene, stories, lasts_s
        self._chance = random.Random(seed)  # noqa: S311 - a repeatable plan, not a secret
        self.own = Phones(scene)
        self._settled: Counter[str] = Counter()
        self._said: Counter[str] = Counter()
        self._written: Counter[str] = Counter()
        self._read = 0
        self.expected = sum(story.before[-1] for story in stories)
        self.over = False

    @property
    def arrived(self) -> int:
        """Messages that reached anybody."""
        return sum(map(len, self.own.arrived.values()))

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[asyncio.Task[None]]:
        """Let them all talk while the block runs; the task ends when they have got their last message."""
        async with self.own.listening(LOOK_EVERY_S):
            ledger = asyncio.create_task(self._keep_ledger())
            task = asyncio.create_task(self._all())
            try:
                yield task
            finally:
                for one in (task, ledger):
                    one.cancel()
                await asyncio.gather(task, ledger, return_exceptions=True)

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for story in self._stories:
                starts = self._chance.uniform(0, STARTS_UNTIL * self._lasts_s)
                rest = (1 - STARTS_UNTIL) * self._lasts_s / len(story.answers)
                thinks = [self._chance.uniform(0.2, 1.2) * rest for _ in story.answers]
                group.create_task(self._talk(story, starts, thinks))
        self.over = True

    async def _talk(self, story: Story, starts: float, thinks: Sequence[float]) -> None:
        await asyncio.sleep(starts)
        await self._write(story.phone, phones.text(WORD))
        for answer, before, pause in zip(story.answers, story.before[:-1], thinks, strict=True):
            await self._heard(story.phone, before)
            if answer.body is not None:
                await asyncio.sleep(pause)
                await self._write(story.phone, answer.body)
        await self._heard(story.phone, story.before[-1])

    async def _heard(self, phone: str, count: int) -> None:
        """Wait until so many messages have come, or their outcome will stay unknown."""
        began = time.monotonic()
        while len(self.own.arrived[phone]) < count:
            patient = time.monotonic() - began > ARRIVES_WITHIN_S
            if patient and self._settled[phone] >= count:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _write(self, phone: str, body: Body) -> None:
        """Write exactly once: after a failure, the log tells whether it was written all the same."""
        self._said[phone] += 1
        while True:
            try:
                await self.own.write(phone, body)
            except httpx.HTTPError:
                if await self._is_written(phone):
                    return
            else:
                return

    async def _is_written(self, phone: str) -> bool:
        while True:
            await asyncio.sleep(AGAIN_S)
            with contextlib.suppress(httpx.HTTPError):
                await self._read_written()
                return self._written[phone] >= self._said[phone]

    async def _read_written(self) -> None:
        """What customers wrote, as the simulator kept it."""
        url = f"{self._scene.stack.simulator_url}/_sim/inbound"
        answer = await self._scene.http.get(url, params={"after": 0, "limit": PAGE})
        rows = answer.raise_for_status().json()["inbound"]
        self._written = Counter(phone for phone, _, _ in rows)

    async def _keep_ledger(self) -> None:
        while True:
            with contextlib.suppress(*AWAY):
                async with asyncio.timeout(2), self._scene.sessions() as session:
                    rows = await session.execute(_SETTLED)
                    self._settled = Counter({row.phone: row.messages for row in rows})
            await asyncio.sleep(LEDGER_EVERY_S)
