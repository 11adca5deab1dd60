"""Customers' phones: what they write, and what arrives on them by the simulator's call log."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from cli.bench.calls import PAGE
from cli.bench.scene import Scene

LOOK_EVERY_S = 0.02

Body = Mapping[str, Any]


def text(body: str) -> Body:
    """A text, as a customer writes it."""
    return {"type": "text", "text": {"body": body}}


def tap(choice: str, title: str) -> Body:
    """A tap on a button."""
    reply = {"id": choice, "title": title}
    return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": reply}}


def pick(row: str, title: str) -> Body:
    """A row of a list."""
    reply = {"id": row, "title": title}
    return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}


class Phones:
    """Reads the log as it grows: ``arrived`` has the moments at which messages reached each phone."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._read = 0
        self.arrived: defaultdict[str, list[float]] = defaultdict(list)

    async def write(self, phone: str, body: Body) -> float:
        """Write to the business; returns when."""
        at = time.time()
        url = f"{self._scene.stack.simulator_url}/_sim/customers/{phone}/messages"
        (await self._scene.http.post(url, json=dict(body))).raise_for_status()
        return at

    async def look(self) -> None:
        """Read what is new in the log."""
        page: dict[str, Any] = {"next": self._read}
        while page["next"] is not None:
            url = f"{self._scene.stack.simulator_url}/_sim/accepted"
            asked = {"after": self._read, "limit": PAGE}
            page = (await self._scene.http.get(url, params=asked)).raise_for_status().json()
            for phone, moment, _ in page["accepted"]:
                self.arrived[phone].append(moment)
            self._read = page["end"]

    @asynccontextmanager
    async def listening(self, every_s: float = LOOK_EVERY_S) -> AsyncIterator[None]:
        """Keep reading the log while the block runs, also over a crash of the simulator."""
        task = asyncio.create_task(self._listen(every_s))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, phone: str, count: int, within_s: float) -> bool:
        """Wait until so many messages have arrived in all; False if they do not."""
        deadline = time.monotonic() + within_s
        while len(self.arrived[phone]) < count:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    async def until_all(self, phones: Iterable[str], count: int, within_s: float) -> bool:
        """The same for several phones together."""
        deadline = time.monotonic() + within_s
        left = list(phones)
        while left := [phone for phone in left if len(self.arrived[phone]) < count]:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    async def _listen(self, every_s: float) -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                await self.look()
            await asyncio.sleep(every_s)
