"""Rate and concurrency limits for people and programs."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from domain.errors import LimitReached
from services.calls import Tabs

RATE_PER_S = 50.0
BURST = 100
KEPT = 10_000
"""The most buckets remembered; the least recently used is forgotten first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a call, for the RateLimit headers; ``reset_s`` is the time until the bucket is full."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """The RateLimit headers of an answer."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


def too_many(seconds: float) -> LimitReached:
    """The refusal, with when to try again."""
    wait = max(1, round(seconds))
    return LimitReached("rate_limited", retry_after_s=wait, wait=wait)


class RateLimiter:
    """Token buckets in memory, refilled continuously; ``tabs`` are shared by all processes."""

    def __init__(self, rate_per_s: float = RATE_PER_S, burst: int = BURST) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.tabs = Tabs(rate_per_s, burst)

    def take(self, key: str, now: float | None = None) -> Allowance:
        """Take one call from the key's bucket, or raise LimitReached."""
        at = time.monotonic() if now is None else now
        tokens, last = self._buckets.pop(key, (float(self._burst), at))
        tokens = min(float(self._burst), tokens + (at - last) * self._rate)
        if tokens < 1:
            self._put(key, tokens, at)
            raise too_many((1 - tokens) / self._rate)
        self._put(key, tokens - 1, at)
        missing = self._burst - tokens + 1
        return Allowance(self._burst, int(tokens - 1), round(missing / self._rate))

    def _put(self, key: str, tokens: float, at: float) -> None:
        self._buckets[key] = (tokens, at)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)


class Together:
    """One check shared by all who ask while it runs: strangers may ask as often as they like."""

    def __init__(self) -> None:
        self._looking: asyncio.Task[dict[str, Any]] | None = None

    async def ask(self, look: Callable[[], Coroutine[Any, Any, dict[str, Any]]]) -> dict[str, Any]:
        """The result of the check; a caller that disconnects does not end it for the others."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(look())
        return await asyncio.shield(self._looking)


class Turns:
    """How many things of a kind may run at once, per key and in total."""

    def __init__(self, per_key: int, in_all: int) -> None:
        self._per_key = per_key
        self._in_all = in_all
        self._held: Counter[str] = Counter()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Take a slot while the block runs, or raise LimitReached."""
        if self._held[key] >= self._per_key or self._held.total() >= self._in_all:
            raise LimitReached("too_many_at_once", retry_after_s=5)
        self._held[key] += 1
        try:
            yield
        finally:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]
