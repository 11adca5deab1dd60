"""Posts requests over a few connections, one at a time on each, some of them twice, and notes how long every answer took."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from typing_extensions import override

from cli.bench.rates import percentile

BEHIND = 50
"""How many requests later a repeated one comes."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LOST = 0
"""In place of a status when the connection ended without an answer."""


@dataclass(slots=True)
class Posted:
    """The answers by the order of posting, and which request each was for; times are seconds, moments are Unix times."""

    order: list[int]
    statuses: list[int]
    sent_at: list[float]
    took: list[float] = field(default_factory=list)
    ended_at: float = 0.0
    cpu_s: float = 0.0
    """What posting cost, which on a real installation is Meta's."""

    @property
    def accepted(self) -> set[int]:
        """The requests that were answered 200 at least once."""
        answers = zip(self.order, self.statuses, strict=True)
        return {request for request, status in answers if status == 200}

    @property
    def began_at(self) -> float:
        """When the first request was sent."""
        return min(self.sent_at)

    def first_sent(self) -> dict[int, float]:
        """When each request was sent for the first time."""
        return dict(reversed(list(zip(self.order, self.sent_at, strict=True))))

    def figures(self) -> dict[str, float]:
        """How many, how fast, and how long Meta waited for the answers."""
        seconds = max(self.ended_at - self.began_at, 0.001)
        return {
            "posts": len(self.order),
            "repeated": len(self.order) - len(set(self.order)),
            "refused": sum(status != 200 for status in self.statuses),
            "seconds": round(seconds, 2),
            "posts_per_s": round(len(self.order) / seconds, 1),
            "ack_p50_ms": round(percentile(self.took, 0.5) * 1000, 1),
            "ack_p99_ms": round(percentile(self.took, 0.99) * 1000, 1),
        }


class Line(asyncio.Protocol):
    """A connection that is kept open; far cheaper than an HTTP client, which would measure itself."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._answer: asyncio.Future[int] | None = None
        self._heard = b""
        self._transport: asyncio.WriteTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._heard += data
        end = self._heard.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._heard, 0, end + 2)
        if len(self._heard) >= end + 4 + (int(length[1]) if length else 0):
            status, self._heard = int(self._heard[9:12]), b""
            self._told(status)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._told(_LOST)

    def _told(self, status: int) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    async def post(self, request: bytes) -> int:
        """The status of the answer; connects if needed."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            try:
                await loop.create_connection(lambda: self, *self._address)
            except OSError:
                return _LOST
        assert self._transport is not None
        self._answer = loop.create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def with_repeats(count: int, share: float) -> list[int]:
    """An order in which to post requests, a share of them once more after ``BEHIND`` others."""
    order: list[int] = []
    repeated = 0
    for request in range(count):
        order.append(request)
        if repeated < int((request + 1) * share + 1e-9):
            repeated += 1
            order.append(max(0, request - BEHIND))
    return order


async def post_all(
    url: str,
    requests: Sequence[bytes],
    order: Sequence[int],
    connections: int,
    per_second: float = 0.0,
) -> Posted:
    """Post in this order, at this pace or as fast as the connections allow."""
    where = urlsplit(url)
    address = (where.hostname or "", where.port or 80)
    posted = Posted(list(order), [_LOST] * len(order), [0.0] * len(order))
    places, start, cpu = iter(range(len(order))), time.perf_counter(), time.process_time()

    async def post() -> None:
        line = Line(address)
        for place in places:
            if per_second and (early := start + place / per_second - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            posted.sent_at[place], began = time.time(), time.perf_counter()
            posted.statuses[place] = await line.post(requests[order[place]])
            posted.took.append(time.perf_counter() - began)
        line.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(connections, len(order))):
            group.create_task(post())
    posted.ended_at = time.time()
    posted.cpu_s = time.process_time() - cpu
    return posted
