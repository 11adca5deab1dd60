"""A circuit breaker per number: holds campaigns back while WhatsApp does not answer, trying one message at a time.

Without it, an hour of bad answers would leave an hour's worth of people in doubt, and a broken connection would run
through a whole audience to learn what the first few had shown.
"""

import time
from dataclasses import dataclass, field
from uuid import UUID

BAD, GOOD = 1.0, 0.25
"""The weight of a bad answer: they add up from one in five."""

TRIPS_AT = 5.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
LONGEST_SAFE_WAIT_S = 5.0
"""If nothing was sent at all, a try costs nothing."""

LOST_TRY_S = 60.0
"""A try without a result for this long is presumed dead."""

SILENCE_S = 3.0
"""With open requests unanswered for this long, no more are sent."""


@dataclass(slots=True)
class Breaker:
    """The breaker for requests from one number."""

    score: float = 0.0
    wait: float = 0.0
    tripped_until: float | None = None
    tried_at: float | None = None
    heard_at: float = 0.0
    open_requests: dict[object, float] = field(default_factory=dict)
    took_s: float | None = None
    """How long requests take lately."""

    @property
    def is_tripped(self) -> bool:
        """Whether it is open, so that only single tries are allowed, and none is in progress."""
        return self.tripped_until is not None and not self._is_trying()

    def is_silent(self) -> bool:
        """Whether there are open requests and none has been answered for a while."""
        oldest = next(iter(self.open_requests.values()), None)
        return oldest is not None and time.monotonic() - max(oldest, self.heard_at) > SILENCE_S

    def room(self) -> int | None:
        """How many may be claimed now: None for any number, 1 for a try, or 0."""
        if self.is_silent():
            return 0
        if self.tripped_until is None:
            return None
        if self._is_trying() or time.monotonic() < self.tripped_until:
            return 0
        self.tried_at = time.monotonic()
        return 1

    def _is_trying(self) -> bool:
        return self.tried_at is not None and time.monotonic() - self.tried_at < LOST_TRY_S

    def give_back(self) -> None:
        """Give up a try that found nobody to send to."""
        self.tried_at = None

    def request(self) -> "Request":
        """Around one request: ``with breaker.request():``."""
        return Request(self)

    def answered(self) -> None:
        """WhatsApp itself said yes or no."""
        self.score = max(0.0, self.score - GOOD)
        if self.tripped_until is not None:
            self.score = TRIPS_AT / 2
            self.tripped_until, self.wait = None, 0.0
        self.tried_at = None

    def failed(self, *, doubtful: bool) -> bool:
        """No usable answer, or nothing was sent; returns whether this tripped it."""
        self.score += BAD
        if self.tripped_until is None:
            if self.score < TRIPS_AT:
                return False
            self._trip(FIRST_WAIT_S)
            return True
        if self.tried_at is not None:
            longest = LONGEST_WAIT_S if doubtful else LONGEST_SAFE_WAIT_S
            self._trip(min(longest, self.wait * 2))
        return False

    def _trip(self, wait: float) -> None:
        self.wait, self.tried_at = wait, None
        self.tripped_until = time.monotonic() + wait


class Request:
    """An open request; a class, because a generator costs twice as much and there is one per message."""

    __slots__ = ("_breaker",)

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker

    def __enter__(self) -> None:
        self._breaker.open_requests[self] = time.monotonic()

    def __exit__(self, *_: object) -> None:
        breaker = self._breaker
        began, breaker.heard_at = breaker.open_requests.pop(self), time.monotonic()
        took = breaker.heard_at - began
        breaker.took_s = took if breaker.took_s is None else breaker.took_s * 0.9 + took * 0.1


class Breakers:
    """The breakers of a worker, one per number."""

    def __init__(self) -> None:
        self._breakers: dict[UUID, Breaker] = {}

    def of(self, channel_id: UUID) -> Breaker:
        """The breaker of a number."""
        return self._breakers.setdefault(channel_id, Breaker())
