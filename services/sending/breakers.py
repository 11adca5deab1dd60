"""A circuit breaker for each number: holds its campaigns back while WhatsApp does not answer them, and tries one message at a time.

Without it an hour of broken answers would put an hour's worth of people in doubt, and a broken line would
go through a whole audience to find out again and again what the first few had shown.
"""

import time
from dataclasses import dataclass, field
from uuid import UUID

BAD, GOOD = 1.0, 0.25
"""What one answer weighs: from one bad one in five on they add up."""

TRIPS_AT = 5.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
LONGEST_SAFE_WAIT_S = 5.0
"""Where nothing left at all, a try costs nobody anything."""

LOST_TRY_S = 60.0
"""A try of which nothing was heard for so long ended with whoever made it."""

SILENCE_S = 3.0
"""With requests open and no answer for so long, nobody else is sent after them."""


@dataclass(slots=True)
class Breaker:
    """Stands on the way out to one number."""

    score: float = 0.0
    wait: float = 0.0
    tripped_until: float | None = None
    tried_at: float | None = None
    heard_at: float = 0.0
    open_requests: dict[object, float] = field(default_factory=dict)
    took_s: float | None = None
    """What requests take lately."""

    @property
    def is_tripped(self) -> bool:
        """Whether answers went so wrong that only single tries may leave, and none is under way."""
        return self.tripped_until is not None and not self._is_trying()

    def is_silent(self) -> bool:
        """Whether requests are open and none has been answered for a while."""
        oldest = next(iter(self.open_requests.values()), None)
        return oldest is not None and time.monotonic() - max(oldest, self.heard_at) > SILENCE_S

    def room(self) -> int | None:
        """How many may be claimed now: None for any number, one for a try, or nobody."""
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
        """A try that found nobody to send to leaves its turn to the next one."""
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
        """No usable answer came, or nothing left; whether this tripped it."""
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
    """One that is open; a class, because a generator costs twice as much and there is one a message."""

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
