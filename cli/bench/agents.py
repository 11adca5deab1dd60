"""Somebody on the team with the inbox open: signed in like a browser, and hearing what its socket is told."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx
from websockets.asyncio.client import ClientConnection, connect

from cli.bench.opening import PASSWORD
from cli.bench.scene import Scene
from domain.actors import SYSTEM
from domain.live import FromPage, Room
from domain.permissions import Role
from services import users

EMAIL = "agent@whatsway.local"


@dataclass(slots=True)
class Agent:
    """Their browser, and when its socket heard of each message."""

    id: UUID
    browser: httpx.AsyncClient
    heard: dict[UUID, float] = field(default_factory=dict)

    @asynccontextmanager
    async def listening(self, conversations: Iterable[UUID]) -> AsyncIterator[None]:
        """Keep the inbox open, and these conversations, while the block runs."""
        address = str(self.browser.base_url).rstrip("/")
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        uri = f"{address.replace('http', 'ws', 1)}/ws"
        async with connect(uri, additional_headers={"Cookie": cookies}) as socket:
            for room in (Room.INBOX.value, *map(Room.CONVERSATION.of, conversations)):
                await _join(socket, room)
            task = asyncio.create_task(self._hear(socket))
            try:
                yield
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _hear(self, socket: ClientConnection) -> None:
        async for frame in socket:
            event = json.loads(frame)
            if "message_id" in event:
                self.heard.setdefault(UUID(event["message_id"]), time.time())


async def _join(socket: ClientConnection, room: str) -> None:
    """Return once the events of a room are sent."""
    await socket.send(json.dumps({"event": FromPage.JOIN, "room": room, "ref": room}))
    while (told := json.loads(await socket.recv())).get("ref") != room:
        pass
    assert told["event"] == "ack", told


@asynccontextmanager
async def agent(scene: Scene) -> AsyncIterator[Agent]:
    """A new person with the role of an agent, signed in."""
    async with scene.sessions.begin() as session:
        made, _ = await users.create(
            session, SYSTEM, email=EMAIL, name="Bench agent", role=Role.AGENT, password=PASSWORD
        )
    async with httpx.AsyncClient(base_url=scene.stack.urls.app, timeout=60) as browser:
        own = {"email": EMAIL, "password": PASSWORD}
        (await browser.post("/api/auth/login", json=own)).raise_for_status()
        yield Agent(made.id, browser)
