"""Holds a number's campaigns back while WhatsApp does not answer them, and tries one message at a time.

Without it an hour of broken answers would put an hour's worth of people in doubt, and a broken line would
go through a whole audience to find out again and again what the first few had shown.
"""

import time
from dataclasses import dataclass, field
from uuid import UUID

BAD, GOOD = 1.0, 0.25
"""What one answer weighs: from one bad one in five on they add up."""

SHUTS_AT = 5.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
LONGEST_SAFE_WAIT_S = 5.0
"""Where nothing left at all, a try costs nobody anything."""

LOST_TRY_S = 60.0
"""A try of which nothing was heard for so long ended with whoever made it."""

SILENCE_S = 3.0
"""With requests open and no answer for so long, nobody else is sent after them."""


@dataclass(slots=True)
class Gate:
    """The way out to one number."""

    score: float = 0.0
    wait: float = 0.0
    shut_until: float | None = None
    tried_at: float | None = None
    heard_at: float = 0.0
    open_requests: dict[object, float] = field(default_factory=dict)
    took_s: float | None = None
    """What requests take lately."""

    @property
    def is_shut(self) -> bool:
        """Whether answers went so wrong that only single tries may leave, and none is under way."""
        return self.shut_until is not None and not self._is_trying()

    def is_silent(self) -> bool:
        """Whether requests are open and none has been answered for a while."""
        oldest = next(iter(self.open_requests.values()), None)
        return oldest is not None and time.monotonic() - max(oldest, self.heard_at) > SILENCE_S

    def room(self) -> int | None:
        """How many may be claimed now: None for any number, one for a try, or nobody."""
        if self.is_silent():
            return 0
        if self.shut_until is None:
            return None
        if self._is_trying() or time.monotonic() < self.shut_until:
            return 0
        self.tried_at = time.monotonic()
        return 1

    def _is_trying(self) -> bool:
        return self.tried_at is not None and time.monotonic() - self.tried_at < LOST_TRY_S

    def give_back(self) -> None:
        """A try that found nobody to send to leaves its turn to the next one."""
        self.tried_at = None

    def request(self) -> "Request":
        """Around one request: ``with gate.request():``."""
        return Request(self)

    def answered(self) -> None:
        """WhatsApp itself said yes or no."""
        self.score = max(0.0, self.score - GOOD)
        if self.shut_until is not None:
            self.score = SHUTS_AT / 2
            self.shut_until, self.wait = None, 0.0
        self.tried_at = None

    def failed(self, *, doubtful: bool) -> bool:
        """No usable answer came, or nothing left; whether this shut the gate."""
        self.score += BAD
        if self.shut_until is None:
            if self.score < SHUTS_AT:
                return False
            self._shut(FIRST_WAIT_S)
            return True
        if self.tried_at is not None:
            longest = LONGEST_WAIT_S if doubtful else LONGEST_SAFE_WAIT_S
            self._shut(min(longest, self.wait * 2))
        return False

    def _shut(self, wait: float) -> None:
        self.wait, self.tried_at = wait, None
        self.shut_until = time.monotonic() + wait


class Request:
    """One that is open; a class, because a generator costs twice as much and there is one a message."""

    __slots__ = ("_gate",)

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __enter__(self) -> None:
        self._gate.open_requests[self] = time.monotonic()

    def __exit__(self, *_: object) -> None:
        gate = self._gate
        began, gate.heard_at = gate.open_requests.pop(self), time.monotonic()
        took = gate.heard_at - began
        gate.took_s = took if gate.took_s is None else gate.took_s * 0.9 + took * 0.1


class Gates:
    """The gates of a worker, one per number."""

    def __init__(self) -> None:
        self._gates: dict[UUID, Gate] = {}

    def of(self, channel_id: UUID) -> Gate:
        """The gate of a number."""
        return self._gates.setdefault(channel_id, Gate())
