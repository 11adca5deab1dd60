"""The simulator in a test: in this process, or on a free port if the code creates its own client."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.channels.write import ChannelForm
from simulator.app import Simulator, create_app
from simulator.config import SimulatorConfig
from tests.serving import serving
from whatsapp.client import Account, CloudApi

URL = "http://simulator.test"


NOWHERE = httpx.MockTransport(lambda _: httpx.Response(404))


def account(config: SimulatorConfig, url: str = URL) -> Account:
    """The simulator's number, as the Cloud API client takes it."""
    return Account(url, "v23.0", config.access_tokens[0], config.numbers[0].id, config.waba_id)


async def upload(api: CloudApi, at: Account, name: str, mime_type: str, data: bytes) -> str:
    """Put a file on the simulator, as a phone does before it sends one; its media id."""
    answer = await api._call(
        at,
        "POST",
        at.url(f"{at.phone_number_id}/media"),
        data={"messaging_product": "whatsapp", "type": mime_type},
        files={"file": (name, data, mime_type)},
    )
    return str(answer["id"])


def form(config: SimulatorConfig, url: str = URL, **changes: str) -> ChannelForm:
    """The simulator's number, as a person would enter it."""
    values = {
        "name": "Shop",
        "phone_number_id": config.numbers[0].id,
        "waba_id": config.waba_id,
        "access_token": config.access_tokens[0],
        "app_secret": config.app_secret,
        "verify_token": config.verify_token,
        "api_url": url,
        **changes,
    }
    return ChannelForm(**values)  # type: ignore[arg-type]  # strings only


@asynccontextmanager
async def in_process(
    webhooks: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[tuple[Simulator, CloudApi]]:
    """A simulator without a port and a client that calls it; its webhooks go to ``webhooks``."""
    simulator = create_app(SimulatorConfig(latency_ms=0, public_url=URL), webhooks or NOWHERE)
    async with (
        simulator.router.lifespan_context(simulator),
        CloudApi(httpx.ASGITransport(simulator)) as api,
    ):
        yield simulator, api


@asynccontextmanager
async def served(
    webhooks: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[tuple[Simulator, str]]:
    """A simulator on a free port of loopback, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        simulator = create_app(SimulatorConfig(latency_ms=0, public_url=url), webhooks or NOWHERE)
        async with serving(simulator, listener, lifespan="on"):
            yield simulator, url
        listener.close()
