"""Reads request bodies before a handler or the database is involved: counted, and with a deadline."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from time import monotonic

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from domain.outgoing_files import KINDS
from domain.sentences import Sentence

WHOLE_S = 30.0
"""The deadline for a body that is kept in memory."""

IDLE_S = 20.0
"""The longest silence within an upload."""

SLOWEST_BYTES_PER_S = 16 * 1024
"""An upload slower than this on average, after its first half minute, is aborted."""

WHOLE_MAX_BYTES = 4 * 1024 * 1024
"""Bodies with larger limits are uploads: the form parser gets them in chunks and keeps them on disk."""

FILE_MAX_BYTES = 256 * 1024 * 1024
"""The most bytes of a contact file that are read; the setting UPLOAD_MAX_BYTES limits how many are accepted."""

MEDIA_MAX_BYTES = max(kind.limit for kind in KINDS.values()) + 1024 * 1024
"""The most bytes of a form with a file to send: WhatsApp's largest, and the form around it."""

FREE_BYTES = 64 * 1024
"""Memory each body may always use; more comes out of the shared budget."""

BUDGET_BYTES = 64 * 1024 * 1024
"""The shared budget for larger bodies in a process, until their requests are answered."""

DRAIN_BYTES = 8 * 1024 * 1024
DRAIN_S = 3.0


class TooSlow(HTTPException):
    """The rest of a body did not arrive in time (408)."""

    def __init__(self) -> None:
        super().__init__(408)


class TooLarge(HTTPException):
    """The body is larger than this address accepts (413)."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.sentence = _over(limit)


class Busy(HTTPException):
    """Too many bodies are in flight for the memory available (503)."""

    def __init__(self) -> None:
        super().__init__(503, headers={"Retry-After": "2"})


class Gone(HTTPException):
    """The client disconnected within its body; nobody reads the answer (400)."""

    def __init__(self) -> None:
        super().__init__(400)


def _over(limit: int) -> Sentence:
    if limit < 1024 * 1024:
        return Sentence("too_large.limit", kilobytes=limit // 1024)
    return Sentence("too_large.megabytes", megabytes=round(limit / 1024 / 1024))


@dataclass(slots=True)
class Budget:
    """Memory shared by all bodies in this process, from their first bytes until the answer is sent."""

    left: int = BUDGET_BYTES

    def take(self, size: int) -> None:
        """Reserve memory, or raise Busy."""
        if size > self.left:
            raise Busy
        self.left -= size

    def give_back(self, size: int) -> None:
        """Release a body's memory."""
        self.left += size


class Incoming:
    """The body of one request: whether there is one, and how much of it has arrived."""

    def __init__(self, headers: Headers, receive: Receive, limit: int) -> None:
        declared = headers.get("content-length")
        self.length = _length(declared)
        self.limit = limit
        self._receive = receive
        self._began = monotonic()
        self._asked = False
        self._held_back = headers.get("expect", "").lower() == "100-continue"
        self.received = 0
        self.complete = not (self.length or "transfer-encoding" in headers)

    def check(self) -> None:
        """Raise TooLarge by the declared length, before a byte is read."""
        if self.length > self.limit:
            raise TooLarge(self.limit)

    async def whole(self, budget: Budget, held: ExitStack) -> Receive:
        """Read all of it into memory; the ``receive`` that a handler then gets.

        The handler keeps it, so its share of the budget is taken as long as ``held``.
        """
        pieces: list[bytes] = []
        reserved = 0
        try:
            async with asyncio.timeout(WHOLE_S):
                while not self.complete:
                    pieces.append(await self._piece())
                    if self.received - reserved > FREE_BYTES:
                        more = self.received - reserved
                        budget.take(more)
                        held.callback(budget.give_back, more)
                        reserved = self.received
        except TimeoutError:
            raise TooSlow from None
        return self._replay(b"".join(pieces))

    async def paced(self) -> Message:
        """The next message of an upload (a ``receive``), as long as data keeps arriving."""
        if self.complete:
            return await self._receive()
        try:
            async with asyncio.timeout(IDLE_S):
                piece = await self._piece()
        except TimeoutError:
            raise TooSlow from None
        allowed = WHOLE_S + self.received / SLOWEST_BYTES_PER_S
        if monotonic() - self._began > allowed and not self.complete:
            raise TooSlow
        return {"type": "http.request", "body": piece, "more_body": not self.complete}

    async def drain(self) -> None:
        """Read a little of an unwanted body, so that the client reads the answer before the connection closes."""
        if self._held_back and not self._asked:
            return  # receiving now would tell the client to continue
        enough = self.received + DRAIN_BYTES
        try:
            async with asyncio.timeout(DRAIN_S):
                while not self.complete and self.received < enough:
                    await self._piece(counted=False)
        except (TimeoutError, Gone):
            return

    async def _piece(self, *, counted: bool = True) -> bytes:
        self._asked = True
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.complete = True
            raise Gone
        piece: bytes = message.get("body", b"")
        self.received += len(piece)
        self.complete = not message.get("more_body", False)
        if counted and self.received > self.limit:
            raise TooLarge(self.limit)
        return piece

    def _replay(self, body: bytes) -> Receive:
        told = False

        async def receive() -> Message:
            nonlocal told
            if told:
                return await self._receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        return receive


def _length(declared: str | None) -> int:
    if declared is None:
        return 0
    if not (declared.isascii() and declared.isdigit() and len(declared) < 20):
        raise HTTPException(400)
    return int(declared)
