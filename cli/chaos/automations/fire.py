"""Kills what the conversations run on, and watches each component recover."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from cli.bench.scene import Scene
from cli.chaos.automations.people import AWAY, People
from cli.chaos.fire import BACK_WITHIN_S, LOOK_EVERY_S, Fault
from cli.chaos.plan import KINDS, Blow

_LEAVING = text("SELECT id FROM messages WHERE origin = 'automation' AND state = 'sending'")


class Fire:
    """Carries out a plan of kills; their moments are shares of the messages."""

    def __init__(self, scene: Scene, people: People, limit_s: float, *, quiet: bool) -> None:
        self._scene, self._people, self._quiet = scene, people, quiet
        self._started = time.monotonic()
        self._deadline = self._started + limit_s
        self._leaving: set[UUID] = set()
        self.faults: list[Fault] = []

    async def burn(self, blows: Sequence[Blow]) -> None:
        """Carry out the plan; returns when everything has recovered."""
        recovering: list[asyncio.Task[None]] = []
        for blow in blows:
            if blow.follows_s is None:
                await asyncio.gather(*recovering)
                await self._wait_for(blow.share)
            else:
                await asyncio.sleep(blow.follows_s)
            recovering.append(asyncio.create_task(self._recovered(await self._strike(blow))))
        await asyncio.gather(*recovering)

    async def ended(self, talking: asyncio.Task[None]) -> bool:
        """Wait until everybody has got their last message; False if they do not."""
        left = max(0.0, self._deadline - time.monotonic())
        done, _ = await asyncio.wait([talking], timeout=left)
        return bool(done)

    async def _wait_for(self, share: float) -> None:
        while self._people.arrived < share * self._people.expected and not self._people.over:
            if time.monotonic() > self._deadline:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _strike(self, blow: Blow) -> Fault:
        stack = self._scene.stack
        if blow.component not in stack.pids:  # it was about to be restarted anyway
            await stack.wait_ready(blow.component, BACK_WITHIN_S)
        doubtful = await self._sending()
        at = round(time.monotonic() - self._started, 2)
        stack.kill(blow.component)
        if blow.component != "postgres":
            doubtful |= await self._sending()
        fault = Fault(
            blow.component, at, len(doubtful), blow.follows_s is not None,
            bound_s=KINDS[blow.kind].bound_s, doubtful=doubtful,
        )  # fmt: skip
        self.faults.append(fault)
        self._say(f"{at:6.1f} s  kill {blow.component}")
        return fault

    async def _recovered(self, fault: Fault) -> None:
        """Record when the component is ready and messages arrive again."""
        over = time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.sleep(0.2)
            await self._scene.stack.wait_ready(fault.component, BACK_WITHIN_S)
            seen = self._people.arrived
            while self._people.arrived <= seen and not self._people.over:
                if time.monotonic() > min(self._deadline, over + BACK_WITHIN_S):
                    return
                await asyncio.sleep(LOOK_EVERY_S)
            fault.recovered_s = round(time.monotonic() - over, 2)
            self._say(f"          {fault.component}: talking again after {fault.recovered_s} s")

    async def _sending(self) -> set[UUID]:
        """Messages on their way; while the database is down, those known last."""
        with contextlib.suppress(*AWAY):
            async with asyncio.timeout(1), self._scene.sessions() as session:
                self._leaving = set(await session.scalars(_LEAVING))
        return set(self._leaving)

    def _say(self, line: str) -> None:
        if not self._quiet:
            print(line, flush=True)
