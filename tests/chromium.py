"""One Chromium for all tests of a process: each connects to it, with contexts of its own that end with the connection.

Starting Playwright's driver and a browser for every test takes 0.8 s of CPU time, as much as many of these tests. The
public client starts a driver per event loop, and every test has a loop: so this speaks to one driver's server directly.
"""

import asyncio
import atexit
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from playwright._impl._async_base import mapping
from playwright._impl._driver import compute_driver_executable, get_driver_env
from playwright._impl.connection import Connection
from playwright._impl.utils.tasks import wait_for_next_task
from playwright.async_api import Browser
from websockets.asyncio.client import ClientConnection, connect

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SERVE = """
const { chromium } = require(process.argv[1]);
chromium.launchServer(JSON.parse(process.argv[2])).then((server) => {
  server.on("close", () => process.exit());
  process.stdin.on("end", () => server.close()).resume();  // this process has ended, however
  console.log(server.wsEndpoint());
});
"""


class _Server:
    """A driver with a browser, as long as this process lives."""

    def __init__(self) -> None:
        node, program = compute_driver_executable()
        path = (
            os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        )
        options = {"executablePath": path, "args": ARGUMENTS}
        self._process = subprocess.Popen(
            [node, "-e", SERVE, os.path.dirname(program), json.dumps(options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=get_driver_env(),
        )  # fmt: skip
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        atexit.register(self.close)
        assert self.address, "no Chromium: set CHROMIUM to its path"

    def runs(self) -> bool:
        """Whether the browser is there; when it crashes, its driver ends."""
        return self._process.poll() is None

    def close(self) -> None:
        """End both."""
        with self._process:
            pass


_servers: list[_Server] = []


def _address() -> str:
    if not _servers or not _servers[-1].runs():
        _servers.append(_Server())
    return _servers[-1].address


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The Chromium that CHROMIUM names, else the system's, as if it were just started."""
    async with connect(_address(), max_size=None, compression=None, ping_interval=None) as socket:
        connection = Connection(asyncio.get_running_loop())
        connection.mark_as_remote()  # files travel through the connection
        outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        connection.onmessage = outgoing.put_nowait
        talking = asyncio.create_task(_talk(socket, connection, outgoing))
        playwright = await connection.initialize_playwright()
        browser: Browser = mapping.from_impl(playwright._pre_launched_browser())
        try:
            yield browser
        finally:
            for context in browser.contexts:
                await context.close()
            talking.cancel()
            with suppress(asyncio.CancelledError):
                await talking


async def _talk(
    socket: ClientConnection, connection: Connection, outgoing: asyncio.Queue[dict[str, Any]]
) -> None:
    """Carry messages both ways, until one side ends."""

    async def write() -> None:
        while True:
            await socket.send(json.dumps(await outgoing.get(), allow_nan=False))

    writing = asyncio.create_task(write())
    try:
        async for message in socket:
            try:
                connection.dispatch(json.loads(message))
            except Exception as error:  # noqa: BLE001 - a listener's, which the next call raises
                connection._on_event_listener_error(error)
            await wait_for_next_task()  # as the public client does
    finally:
        writing.cancel()
        connection.close()
