"""Applies planned faults to a running campaign's components and watches each recover."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import httpx
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cli.bench.scene import FINAL, Scene
from cli.chaos.plan import KINDS, Blow
from cli.chaos.promises import PromiseBroken
from cli.chaos.strikes import STRIKES, WAITS_FOR
from services.campaigns.views import CampaignView

AWAY = (DBAPIError, PoolTimeout, OSError)
LOOK_EVERY_S = 0.05
LOOK_AT_LEAVING_EVERY_S = 0.5
BACK_WITHIN_S = 120.0
SETTLE_S = 60.0


@dataclass(slots=True)
class Fault:
    """One fault: seconds after launch, how long it lasted, and how long until messages were sent again.

    ``recovered_s`` is None if it never recovered. ``in_flight`` counts the messages recorded as sending just before,
    during or just after it: what it may leave in doubt.
    """

    component: str
    at_s: float
    in_flight: int
    overlaps: bool
    kind: str = "kill"
    seconds: float = 0.0
    recovered_s: float | None = None
    bound_s: float = 15.0
    problem: str | None = None
    doubtful: set[UUID] = field(default_factory=set, repr=False)


class Fire:
    """Watches a campaign from outside and attacks what it runs on."""

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
            fault = await self._strike(blow)
            recovering.append(asyncio.create_task(self._recovered(fault, blow)))
        await asyncio.gather(*recovering)

    async def ended(self) -> bool:
        """Wait until the campaign has ended by itself; False if it does not."""
        while time.monotonic() < self._deadline:
            if await self._final():
                return True
            await asyncio.sleep(0.3)
        return False

    async def settle(self) -> None:
        """Wait for late webhooks: they settle what a fault left unknown."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError, *AWAY):
                counters = (await self._scene.statistics())["statuses"]
                if counters["pending"] == 0 and await self._scene.waiting_webhooks() == 0:
                    return
            await asyncio.sleep(0.3)

    async def _wait_for(self, share: float) -> None:
        """Return once this many messages were accepted, or the campaign ended."""
        while await self._accepted() < share * self._recipients:
            if await self._final() or time.monotonic() > self._deadline:
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _strike(self, blow: Blow) -> Fault:
        stack = self._scene.stack
        target = WAITS_FOR.get(blow.kind, blow.component)
        if target not in stack.pids:  # it was about to be restarted anyway
            await stack.wait_ready(target, BACK_WITHIN_S)
        before = await self._sending()
        at = time.monotonic()
        kind = KINDS[blow.kind]
        fault = Fault(
            blow.component, round(at - self._started, 2), 0, blow.follows_s is not None, blow.kind,
            blow.seconds, bound_s=kind.bound_s,
        )  # fmt: skip
        self.faults.append(fault)
        self._say(f"{blow.kind} {blow.component}{f' for {blow.seconds} s' * bool(blow.seconds)}")
        watching = asyncio.create_task(self._watch_leaving(fault))
        try:
            await STRIKES[blow.kind](self._scene, blow)
        except PromiseBroken as broken:
            fault.problem = str(broken)
        except (httpx.HTTPError, TimeoutError, *AWAY) as error:
            fault.problem = f"{type(error).__name__}: the fault could not be made or ended"
        watching.cancel()
        fault.doubtful |= before
        if blow.component != "postgres":
            fault.doubtful |= await self._sending()
        doubtless = blow.component == "api" or not kind.doubtful
        fault.in_flight = 0 if doubtless else len(fault.doubtful)
        return fault

    async def _watch_leaving(self, fault: Fault) -> None:
        """While it lasts, other messages are sent and stay in doubt too."""
        while True:
            await asyncio.sleep(LOOK_AT_LEAVING_EVERY_S)
            fault.doubtful |= await self._sending()

    async def _recovered(self, fault: Fault, blow: Blow) -> None:
        """Record when the component is ready and messages are sent again."""
        over = time.monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.sleep(0.2)
            await self._scene.stack.wait_ready(
                WAITS_FOR.get(blow.kind, blow.component), BACK_WITHIN_S
            )
            seen = await self._accepted()
            while await self._accepted() <= seen and not await self._final():
                if time.monotonic() > min(self._deadline, over + BACK_WITHIN_S):
                    return
                await asyncio.sleep(LOOK_EVERY_S)
            fault.recovered_s = round(time.monotonic() - over, 2)
            self._say(f"{blow.kind} {blow.component}: sending again after {fault.recovered_s} s")

    async def _sending(self) -> set[UUID]:
        """Messages recorded as sending; while the database is down, the last known number."""
        with contextlib.suppress(TimeoutError, *AWAY):
            async with asyncio.timeout(1):
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
        """The campaign now, or None while the database is down."""
        try:
            async with asyncio.timeout(5):
                return await self._scene.look(self._campaign_id)
        except (TimeoutError, *AWAY):
            return None

    def _say(self, line: str) -> None:
        if not self._quiet:
            print(line, flush=True)
