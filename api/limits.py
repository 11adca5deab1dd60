"""How often a person or a program may call, per process: a token bucket per principal."""

import time
from collections import OrderedDict
from dataclasses import dataclass

from domain.errors import LimitReached

RATE_PER_S = 50.0
BURST = 100
KEPT = 10_000
"""Buckets remembered; the least recently used one is forgotten first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a call, for the RateLimit headers; ``reset_s`` until the bucket is full."""

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


class RateLimiter:
    """Token buckets in memory, refilled continuously."""

    def __init__(self, rate_per_s: float = RATE_PER_S, burst: int = BURST) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float | None = None) -> Allowance:
        """Take one call from the key's bucket, or raise LimitReached."""
        at = time.monotonic() if now is None else now
        tokens, last = self._buckets.pop(key, (float(self._burst), at))
        tokens = min(float(self._burst), tokens + (at - last) * self._rate)
        if tokens < 1:
            self._put(key, tokens, at)
            wait = max(1, round((1 - tokens) / self._rate))
            raise LimitReached("rate_limited", f"Too many requests. Try again in {wait} s.", wait)
        self._put(key, tokens - 1, at)
        missing = self._burst - tokens + 1
        return Allowance(self._burst, int(tokens - 1), round(missing / self._rate))

    def _put(self, key: str, tokens: float, at: float) -> None:
        self._buckets[key] = (tokens, at)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
