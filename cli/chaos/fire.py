"""Kills the components of a running campaign by plan and watches each come back."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cli.bench.scene import FINAL, Scene
from cli.chaos.plan import Blow
from services.campaigns.views import CampaignView

AWAY = (DBAPIError, PoolTimeout, OSError)
LOOK_EVERY_S = 0.05
BACK_WITHIN_S = 60.0
SETTLE_S = 60.0


@dataclass(slots=True)
class Kill:
    """One kill: seconds after launch, until it was back and messages left again, and requests open.

    ``recovered_s`` is None when it never came back. ``in_flight`` counts the messages on record as
    leaving just before or just after the kill: what it may leave in doubt.
    """

    component: str
    at_s: float
    in_flight: int
    overlaps: bool
    recovered_s: float | None = None


class Fire:
    """Watches a campaign from outside and kills what it runs on."""

    def __init__(
        self, scene: Scene, campaign_id: UUID, recipients: int, limit_s: float, *, quiet: bool
    ) -> None:
        self._scene = scene
        self._campaign_id = campaign_id
        self._recipients = recipients
        self._quiet = quiet
        self._started = time.monotonic()
        self._deadline = self._started + limit_s
        self._seen = 0
        self._leaving: set[UUID] = set()
        self.kills: list[Kill] = []

    async def burn(self, blows: Sequence[Blow]) -> None:
        """Carry the plan out; returns when everything has come back."""
        recovering: list[asyncio.Task[None]] = []
        for blow in blows:
            if blow.follows_s is None:
                await asyncio.gather(*recovering)
                await self._wait_for(blow.share)
            else:
                await asyncio.sleep(blow.follows_s)
            kill = await self._kill(blow)
            recovering.append(asyncio.create_task(self._recovered(kill)))
        await asyncio.gather(*recovering)

    async def ended(self) -> bool:
        """Wait until the campaign has ended by itself; False when it does not."""
        while time.monotonic() < self._deadline:
            if await self._final():
                return True
            await asyncio.sleep(0.3)
        return False

    async def settle(self) -> None:
        """Wait for late webhooks: they settle what a kill left unknown."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError, *AWAY):
                counters = (await self._scene.statistics())["statuses"]
                if counters["pending"] == 0 and await self._scene.waiting_webhooks() == 0:
                    return
            await asyncio.sleep(0.3)

    async def _wait_for(self, share: float) -> None:
        """Return once so many messages were accepted, or the campaign ended."""
        while await self._accepted() < share * self._recipients:
            if await self._final() or time.monotonic() > self._deadline:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _kill(self, blow: Blow) -> Kill:
        stack = self._scene.stack
        if blow.component not in stack.pids:  # it was about to be started again anyway
            await stack.wait_ready(blow.component, BACK_WITHIN_S)
        before = await self._sending()
        at = time.monotonic()
        stack.kill(blow.component)
        leaving = before | (await self._sending() if blow.component != "postgres" else set())
        in_flight = 0 if blow.component == "api" else len(leaving)
        overlaps = blow.follows_s is not None
        kill = Kill(blow.component, round(at - self._started, 2), in_flight, overlaps)
        self.kills.append(kill)
        return kill

    async def _recovered(self, kill: Kill) -> None:
        """Note when the component is ready and messages leave again."""
        with contextlib.suppress(TimeoutError):
            await asyncio.sleep(0.2)
            await self._scene.stack.wait_ready(kill.component, BACK_WITHIN_S)
            seen = await self._accepted()
            while await self._accepted() <= seen and not await self._final():
                if time.monotonic() > self._deadline:
                    return
                await asyncio.sleep(LOOK_EVERY_S)
            kill.recovered_s = round(time.monotonic() - self._started - kill.at_s, 2)
            self._say(f"killed {kill.component}: sending again after {kill.recovered_s} s")

    async def _sending(self) -> set[UUID]:
        """Messages on record as leaving; while the database is away, those of the last look."""
        with contextlib.suppress(*AWAY):
            self._leaving = await self._scene.sending(self._campaign_id)
        return self._leaving

    async def _accepted(self) -> int:
        with contextlib.suppress(httpx.HTTPError):
            self._seen = max(self._seen, int((await self._scene.statistics())["accepted"]))
        return self._seen

    async def _final(self) -> bool:
        view = await self.look()
        return view is not None and view.status in FINAL

    async def look(self) -> CampaignView | None:
        """The campaign now, or None while the database is away."""
        try:
            return await self._scene.look(self._campaign_id)
        except AWAY:
            return None

    def _say(self, line: str) -> None:
        if not self._quiet:
            print(line, flush=True)
