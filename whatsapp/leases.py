"""How long a claim allows sending, on a monotonic clock that keeps running while the process is frozen."""

import time

from domain.limits import LEAVE_WITHIN, MARKETING_LEAVES_WITHIN

_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds since the machine started, including suspended time."""
    return time.clock_gettime(_CLOCK)


def leave_by(*, marketing: bool = False) -> float:
    """The deadline for sending what is claimed from now on; call it before claiming.

    A process stopped for longer finds its claims expired when it wakes, and sends nothing: others may have taken over
    its messages since, and people decided about them.
    """
    within = min(LEAVE_WITHIN, MARKETING_LEAVES_WITHIN) if marketing else LEAVE_WITHIN
    return now() + within.total_seconds()
