"""`whatsway chaos`: kill -9 every component while a campaign runs, then count who got what."""

import asyncio
import json
import random
import time
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cli.bench.scene import FINAL, Scene, open_scene
from services.campaigns.views import CampaignView

COMPONENTS = ("worker", "api", "temporal", "postgres")
LIMIT_S = 420.0
LATENCY_MS = 150.0
SENDING_S = 20
"""How long the campaign would take undisturbed."""

SETTLE_S = 45.0
KNOBS = {
    "sent_ms": [50, 200],
    "delivered_ms": [100, 500],
    "read_ms": [300, 1500],
    "time_scale": 10.0,
}


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: seconds after launch, and seconds until the component was back and sending went on."""

    component: str
    at_s: float
    recovered_s: float


def chaos(
    recipients: Annotated[int, typer.Option(min=100, help="People in the audience.")] = 5000,
    seed: Annotated[int, typer.Option(help="Decides order and moments of the kills.")] = 1,
    kills: Annotated[int, typer.Option(min=1, help="How many kills.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the result.")] = False,
) -> None:
    """Kill worker, API, Temporal and PostgreSQL during a campaign; nobody may be lost or doubled."""
    result = asyncio.run(run(recipients, seed, kills, quiet=as_json))
    print(json.dumps(result))
    if result["lost"] or result["double"]:
        raise typer.Exit(1)


async def run(recipients: int, seed: int, kills: int, *, quiet: bool) -> dict[str, Any]:
    """One campaign under fire; the figures, counted from the simulator's call log."""
    async with open_scene(recipients, latency_ms=LATENCY_MS, knobs=KNOBS) as scene:
        # Slow enough that every kill meets a campaign in full flow.
        speed = min(1000, max(20, recipients // SENDING_S))
        campaign_id = await scene.campaign("Chaos", throttle=speed)
        fire = _Fire(scene, campaign_id, recipients, quiet=quiet)
        await scene.launch(campaign_id)
        done: list[Kill] = []
        for component, share in plan(seed, kills):
            await fire.wait_for(share)
            done.append(await fire.kill(component))
        view = await fire.wait_for_end()
        await fire.settle()
        return await _count(scene, view, recipients, seed, done)


def plan(seed: int, kills: int) -> list[tuple[str, float]]:
    """Which component dies once which share of the audience has been accepted."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable plan, not a secret
    order: list[str] = []
    while len(order) < kills:
        order += chance.sample(COMPONENTS, len(COMPONENTS))
    step = 0.9 / kills
    return [
        (name, 0.03 + step * (index + chance.random() * 0.7))
        for index, name in enumerate(order[:kills])
    ]


class _Fire:
    """Watches a campaign from outside and kills what it runs on."""

    def __init__(self, scene: Scene, campaign_id: UUID, recipients: int, *, quiet: bool) -> None:
        self._scene = scene
        self._campaign_id = campaign_id
        self._recipients = recipients
        self._quiet = quiet
        self._started = time.monotonic()

    async def wait_for(self, share: float) -> None:
        """Return once so many messages were accepted, or the campaign ended."""
        while await self._accepted() < share * self._recipients:
            view = await self._view()
            if view is not None and view.status in FINAL:
                return
            self._check_time()
            await asyncio.sleep(0.05)

    async def kill(self, component: str) -> Kill:
        """kill -9, then wait until it is back and messages leave again."""
        at = time.monotonic()
        self._scene.stack.kill(component)
        await asyncio.sleep(0.2)
        await self._scene.stack.wait_ready(component, 60)
        seen = await self._accepted()
        while await self._accepted() <= seen:
            view = await self._view()
            if view is not None and view.status in FINAL:
                break
            self._check_time()
            await asyncio.sleep(0.05)
        killed = Kill(component, round(at - self._started, 2), round(time.monotonic() - at, 2))
        self._say(f"killed {component}: sending again after {killed.recovered_s} s")
        return killed

    async def wait_for_end(self) -> CampaignView:
        """The campaign when it has ended by itself."""
        while True:
            view = await self._view()
            if view is not None and view.status in FINAL:
                return view
            self._check_time()
            await asyncio.sleep(0.3)

    async def settle(self) -> None:
        """Wait for late webhooks: they settle what a kill left unknown."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            counters = (await self._scene.statistics())["statuses"]
            waiting = counters["pending"] + counters["scheduled"]
            if waiting == 0 and await self._scene.waiting_webhooks() == 0:
                return
            await asyncio.sleep(0.3)

    async def _accepted(self) -> int:
        try:
            return int((await self._scene.statistics())["accepted"])
        except httpx.HTTPError:
            return 0

    async def _view(self) -> CampaignView | None:
        try:
            return await self._scene.look(self._campaign_id)
        except (DBAPIError, PoolTimeout, OSError):
            return None

    def _check_time(self) -> None:
        if time.monotonic() - self._started > LIMIT_S:
            raise TimeoutError(f"the campaign did not end within {LIMIT_S:.0f} s")

    def _say(self, line: str) -> None:
        if not self._quiet:
            print(line, flush=True)


async def _count(
    scene: Scene, view: CampaignView, recipients: int, seed: int, kills: list[Kill]
) -> dict[str, Any]:
    accepted = await scene.accepted_by_recipient()
    unknown = await scene.unknown_phones(view.id)
    view = await scene.look(view.id)
    never_reached = recipients - len(accepted)
    unknown_not_reached = sum(1 for phone in unknown if phone not in accepted)
    return {
        "recipients": recipients,
        "seed": seed,
        "kills": [asdict(kill) for kill in kills],
        "accepted": len(accepted),
        "failed": view.progress.not_sent,
        "unknown": len(unknown),
        "unknown_never_reached_whatsapp": unknown_not_reached,
        # Nobody may be missing without our ledger saying "outcome unknown" in so many words.
        "lost": never_reached - unknown_not_reached,
        "double": sum(count - 1 for count in accepted.values()),
        "sums_to_audience": view.progress.total == recipients and view.progress.queued == 0,
    }
