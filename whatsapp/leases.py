"""How long a claim lets its message leave, on a clock that nobody sets and that runs on while we are frozen."""

import time

from domain.limits import LEAVE_WITHIN, MARKETING_LEAVES_WITHIN

_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds since the machine was started, suspended or not."""
    return time.clock_gettime(_CLOCK)


def leave_by(*, marketing: bool = False) -> float:
    """Until when what is claimed from now on may leave; to be asked before the claim is made.

    A process that was stopped for longer finds its claims expired when it wakes, asks nobody, and
    sends nothing: others may have taken its messages since, and people decided about them.
    """
    within = min(LEAVE_WITHIN, MARKETING_LEAVES_WITHIN) if marketing else LEAVE_WITHIN
    return now() + within.total_seconds()
