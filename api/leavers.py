"""Cancels a read request, and with it the query, when its client disconnects."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.csrf import SAFE_METHODS

LEFT = 499
"""The status logged for a request nobody waited for; it is never actually sent."""


class Leavers:
    """Wraps the router: cancels a read request whose client disconnected before the answer began.

    Psycopg then cancels the statement on the server. Writes are left to finish.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while watching for a disconnect."""
        if scope["type"] != "http" or scope["method"] not in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        reader = _Reader(receive, send)
        watching = asyncio.create_task(reader.watch())
        try:
            await self.app(scope, reader.receive, reader.send)
            if reader.cancelled:
                await asyncio.sleep(0)  # it finished just then: the cancellation arrives here
        except asyncio.CancelledError:
            if not reader.cancelled:
                raise  # the server ends
            reader.request.uncancel()
            await send({"type": "http.response.start", "status": LEFT, "headers": []})
        finally:
            watching.cancel()


class _Reader:
    """One client: what it sent, whether it is still connected, whether its answer has begun."""

    def __init__(self, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.request = task
        self.cancelled = False
        self._begun = False
        self._receive, self._send = receive, send
        self._heard: asyncio.Queue[Message] = asyncio.Queue()
        self._listening = True

    async def watch(self) -> None:
        """Read the request, then wait for the connection to end."""
        while True:
            message = await self._receive()
            self._heard.put_nowait(message)
            if message["type"] == "http.disconnect":
                if not self._begun:
                    self.cancelled = True
                    self.request.cancel()
                return
            if message.get("more_body", False):  # unusual for a read; the rest is read elsewhere
                self._listening = False
                return

    async def receive(self) -> Message:
        """What was received, in order."""
        if self._listening or not self._heard.empty():
            message = await self._heard.get()
            if message["type"] == "http.disconnect":
                self._heard.put_nowait(message)  # it stays true
            return message
        return await self._receive()

    async def send(self, message: Message) -> None:
        """Once the first byte is sent, the response itself notices a disconnect."""
        self._begun = True
        await self._send(message)
