"""Lets the kernel kill this process if it was frozen for too long, before it can act on stale knowledge.

Checking the clock right before a request still leaves a moment in which the process may be stopped. A kernel timer that
is postponed every second leaves none: SIGKILL reaches a stopped process too.
"""

import ctypes
import logging
import signal
import threading
import time

from domain.limits import LEAVE_WITHIN

EVERY_S = 1.0
_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)

log = logging.getLogger(__name__)


class _Event(ctypes.Structure):
    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signal", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("rest", ctypes.c_char * 48),
    )


class _Moments(ctypes.Structure):
    _fields_ = (
        ("every_s", ctypes.c_long),
        ("every_ns", ctypes.c_long),
        ("after_s", ctypes.c_long),
        ("after_ns", ctypes.c_long),
    )


def frozen_processes_end(seconds: float = LEAVE_WITHIN.total_seconds() * 0.8) -> bool:
    """Let a freeze of this many seconds kill the process from now on; False if the system cannot."""
    if _CLOCK is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    timer = ctypes.c_void_p()
    event = _Event(None, signal.SIGKILL, 0, b"")
    try:
        failed = libc.timer_create(_CLOCK, ctypes.byref(event), ctypes.byref(timer))
    except AttributeError:
        return False
    if failed:
        log.warning("a frozen worker cannot be ended by the system here")
        return False
    whole, part = int(seconds), int(seconds % 1 * 1e9)
    moments = _Moments(0, 0, whole, part)

    def put_off() -> None:
        while True:
            libc.timer_settime(timer, 0, ctypes.byref(moments), None)
            time.sleep(min(EVERY_S, seconds / 4))

    threading.Thread(target=put_off, name="fence", daemon=True).start()
    return True
