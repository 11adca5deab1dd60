"""A reader who leaves ends what was being read for them: the request, and with it its query."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.csrf import SAFE_METHODS

LEFT = 499
"""How the log tells a request nobody waited for; no answer with it ever leaves."""


class Leavers:
    """Around the router: cancels a request for reading whose client hung up before its answer began.

    Psycopg then cancels the statement on the server. What writes is left to finish.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and listen for its client meanwhile."""
        if scope["type"] != "http" or scope["method"] not in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        reader = _Reader(receive, send)
        watching = asyncio.create_task(reader.watch())
        try:
            await self.app(scope, reader.receive, reader.send)
            if reader.cancelled:
                await asyncio.sleep(
                    0
                )  # it was done at that very moment: the cancelling arrives here
        except asyncio.CancelledError:
            if not reader.cancelled:
                raise  # the server ends
            reader.request.uncancel()
            await send({"type": "http.response.start", "status": LEFT, "headers": []})
        finally:
            watching.cancel()


class _Reader:
    """One client: what it sent, whether it is still there, whether its answer has begun."""

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
        """Take in the request, then wait for the end of the connection."""
        while True:
            message = await self._receive()
            self._heard.put_nowait(message)
            if message["type"] == "http.disconnect":
                if not self._begun:
                    self.cancelled = True
                    self.request.cancel()
                return
            if message.get("more_body", False):  # nobody asks like this; the rest is read elsewhere
                self._listening = False
                return

    async def receive(self) -> Message:
        """What came, in its order."""
        if self._listening or not self._heard.empty():
            message = await self._heard.get()
            if message["type"] == "http.disconnect":
                self._heard.put_nowait(message)  # it stays true
            return message
        return await self._receive()

    async def send(self, message: Message) -> None:
        """From the first byte on the answer itself notices that nobody takes it."""
        self._begun = True
        await self._send(message)
