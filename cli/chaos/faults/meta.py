"""A Cloud API that is broken, answers in another shape, or is unreachable."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory

from sqlalchemy import text

from cli.bench.scene import Scene
from cli.chaos import certificates
from cli.chaos.plan import Blow

NOWHERE = "http://graph.whatsway.invalid"


async def meta(scene: Scene, blow: Blow) -> None:
    """Turn on the simulator's outage for a while, or call an address other than the simulator's."""
    if blow.component == "dns":
        await _elsewhere(scene, NOWHERE, blow.seconds)
    elif blow.component == "certificate":
        async with _distrusted() as address:
            await _elsewhere(scene, address, blow.seconds)
    else:
        await knob(scene, blow.component)
        try:
            await asyncio.sleep(blow.seconds)
        finally:
            await knob(scene, "none")


async def knob(scene: Scene, outage: str) -> None:
    """Set the knob, even if the simulator is just restarting."""
    await scene.stack.wait_ready("simulator", 60)
    answer = await scene.http.patch(
        f"{scene.stack.simulator_url}/_sim/knobs", json={"outage": outage}
    )
    answer.raise_for_status()


async def _elsewhere(scene: Scene, address: str, seconds: float) -> None:
    """Spans read the address when they begin, so the campaign pauses for a moment."""
    await _move(scene, address)
    try:
        await asyncio.sleep(seconds)
    finally:
        await _move(scene, scene.stack.simulator_url)


async def _move(scene: Scene, address: str) -> None:
    for campaign_id in scene.launched:
        await scene.pause(campaign_id)
    statement = text("UPDATE channels SET api_url = :address WHERE id = :id")
    async with scene.sessions.begin() as session:
        await session.execute(statement, {"address": address, "id": scene.channel_id})
    await asyncio.sleep(1.0)
    for campaign_id in scene.launched:
        await scene.resume(campaign_id)


@asynccontextmanager
async def _distrusted() -> AsyncIterator[str]:
    """A server with an untrusted certificate."""
    with TemporaryDirectory(prefix="whatsway-chaos-") as folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.make(folder))
        server = await asyncio.start_server(_hang_up, "127.0.0.1", 0, ssl=context)
        async with server:
            yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
