"""Ends the children of a supervisor that died without stopping them.

Started as ``python -I -S watchdog.py PIDS_FILE SUPERVISOR_PID`` with a pipe from the supervisor as standard input:
the pipe closes when the supervisor is gone, for whatever reason. Needs only the standard library.
"""

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path


def is_alive(pid: int) -> bool:
    """True while the process exists (a zombie that nobody reaps counts)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(children: list[tuple[int, int]], seconds: float) -> None:
    """Ask each (pid, signal) to stop, then kill the process groups of those still running."""
    for pid, stop_signal in children:
        with contextlib.suppress(OSError):
            os.kill(pid, stop_signal)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(is_alive(pid) for pid, _ in children):
        time.sleep(0.05)
    for pid, _ in children:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def children_in(pids_file: Path, supervisor: int | None = None) -> list[tuple[int, int]]:
    """The children recorded by a supervisor, last started first."""
    try:
        content = json.loads(pids_file.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    if supervisor is not None and content.get("supervisor", {}).get("pid") != supervisor:
        return []
    rows = content.get("components", {}).values()
    return [(int(row["pid"]), int(row["stop_signal"])) for row in rows if row.get("pid")][::-1]


def main() -> None:
    """Wait for the pipe to close, then end everything still recorded."""
    pids_file, supervisor = Path(sys.argv[1]), int(sys.argv[2])
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    while sys.stdin.buffer.read(1):
        pass
    end(children_in(pids_file, supervisor), 6.0)


if __name__ == "__main__":
    main()
