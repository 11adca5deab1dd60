"""Kills during opt-outs: of the worker that reads webhooks, of one that only sends, of PostgreSQL."""

import asyncio

from temporalio.service import RPCError

from cli.bench.scene import Scene
from cli.chaos.plan import Blow
from cli.chaos.promises import PromiseBroken
from workflows import ids

HUNG_S = 8.0
"""Longer than Temporal takes to give the drain to another worker."""

ENDED_S, HANDED_OVER_S = 1.0, 3.0
"""How long until a paused campaign's spans have ended and Temporal has moved its workflow, but not the drain, to
another worker.
"""


async def optout(scene: Scene, blow: Blow) -> None:
    """kill -9 of the worker that currently has the role, in one case after it hung for a while."""
    if blow.component == "postgres":
        scene.stack.kill("postgres")
        return
    reads = await _workers_of(scene, ids.DRAIN_WORKFLOW)
    if blow.component == "sender":
        others = sorted(set(_running(scene)) - reads)
        scene.stack.kill((others or sorted(reads))[0])
        return
    name = next(iter(reads or _running(scene)))
    if len(_running(scene)) > 1 and await _workers_of(scene, _campaign(scene)) <= reads:
        await _let_others_send(scene, name)
    if blow.component == "hung_drain":
        scene.stack.freeze(name)
        await asyncio.sleep(HUNG_S)
    scene.stack.kill(name)


async def _let_others_send(scene: Scene, name: str) -> None:
    """Temporal tends to give one worker everything, and one that dies with everything sends nothing."""
    await scene.pause(scene.launched[-1])
    await asyncio.sleep(ENDED_S)
    scene.stack.freeze(name)
    resuming = asyncio.create_task(scene.resume(scene.launched[-1]))
    await asyncio.sleep(HANDED_OVER_S)
    scene.stack.thaw(name)
    await resuming


def _campaign(scene: Scene) -> str:
    return ids.campaign(scene.launched[-1])


def _running(scene: Scene) -> dict[str, int]:
    running = {name: pid for name, pid in scene.stack.pids.items() if name.startswith("worker")}
    if not running:
        raise PromiseBroken("no worker runs")
    return running


async def _workers_of(scene: Scene, workflow: str) -> set[str]:
    """Workers currently running a workflow's activities, according to Temporal."""
    try:
        client = await scene.workflows.client()
        found = await client.get_workflow_handle(workflow).describe()
    except (RPCError, RuntimeError):
        return set()
    pids = {
        one.last_worker_identity.split("@")[0] for one in found.raw_description.pending_activities
    }
    return {name for name, pid in _running(scene).items() if str(pid) in pids}
