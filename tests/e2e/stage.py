"""The whole demo on a separate thread: free ports, throwaway data, started like `whatsway demo`."""

import asyncio
import hmac
import threading
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from cli import demo
from cli.addresses import Parts
from cli.datafolder import DataFolder
from cli.stack import Stack
from simulator.config import SimulatorConfig
from web import build_assets

START_S = 80.0
STOP_S = 40.0

NUMBER = {"throughput": "HIGH"}
KNOBS = {
    "latency_ms": 15,
    "delivered_ms": [150, 600],
    "read_ms": [500, 2500],
    "failures": {"131026": 0.004},
}
"""A fast number, so that 5,000 messages take seconds, and a few phones that cannot be reached."""

Answer = TypeVar("Answer")


class Stage:
    """``with Stage(folder) as stage``: a seeded demo; its supervisor runs whatever loop a test is on."""

    def __init__(self, folder: Path, **knobs: Any) -> None:
        data = DataFolder(folder)
        data.create()
        self.password = demo.password(data)
        self.email = demo.EMAIL
        secrets = demo.simulator_config(data)
        self.whatsapp = SimulatorConfig.model_validate(secrets)
        self.stack = Stack(
            folder,
            ports="random",
            mode="demo",
            parts=Parts(simulator=True),
            simulator_config=secrets | {"numbers": [NUMBER], "knobs": KNOBS | knobs},
        )
        self.stack.after_migrate.append(demo.seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stage", daemon=True)

    def __enter__(self) -> Self:
        build_assets.build()
        self._thread.start()
        try:
            self.run(self.stack.start, START_S)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.run(self.stack.stop, STOP_S)
        finally:
            self._end()

    def run(self, work: Callable[[], Awaitable[Answer]], seconds: float) -> Answer:
        """Do something on the supervisor's loop and wait for it."""

        async def limited() -> Answer:
            async with asyncio.timeout(seconds):
                return await work()

        return asyncio.run_coroutine_threadsafe(limited(), self._loop).result(seconds + 5)

    def sign(self, body: bytes) -> dict[str, str]:
        """The header that Meta sends with a webhook."""
        secret = self.whatsapp.app_secret.encode()
        return {"X-Hub-Signature-256": f"sha256={hmac.new(secret, body, sha256).hexdigest()}"}

    def kill(self, name: str) -> int:
        """kill -9 a component; the supervisor starts it again."""

        async def now() -> int:
            return self.stack.kill(name)

        return self.run(now, 5)

    def wait_ready(self, name: str, seconds: float = 40.0) -> None:
        """Return once the component is back."""
        self.run(lambda: self.stack.wait_ready(name, seconds), seconds + 1)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_S)
        self._loop.close()

    def log(self, name: str) -> str:
        """What a component has written."""
        return (self.stack.data.logs / f"{name}.log").read_text("utf-8", "replace")
