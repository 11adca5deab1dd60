"""CPU and memory of a stack's components, including PostgreSQL's workers."""

import asyncio
import contextlib
import os
import platform
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from cli.stack import Stack

KEPT = ("worker", "api", "postgres", "temporal", "simulator")
LOOK_EVERY_S = 2.0


def machine() -> str:
    """The machine a figure was measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """CPU seconds per component so far; a restarted component starts at zero again."""
    return {
        name: _tree(pid)
        for name, pid in stack.pids.items()
        if name in KEPT or name.startswith("worker-")
    }


def _tree(pid: int) -> float:
    """A process, its living descendants and its reaped children."""
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    total = 0.0
    for process in family:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def peak_rss_mb(pid: int) -> int | None:
    """The most memory a process ever held, according to the kernel; None if it does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("VmHWM:")), None)
    return None if found is None else round(int(found.split()[1]) / 1024)


class Watch:
    """``async with Watch(stack) as watch``: CPU from start to end, and peak memory in between."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._before: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None
        self.cpu: dict[str, float] = {}
        self.most_mb: dict[str, int] = {}
        self.peak_rss_mb: dict[str, int | None] = {}

    async def __aenter__(self) -> Self:
        self._before = cpu_seconds(self._stack)
        self._task = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._note()
        after = cpu_seconds(self._stack)
        self.cpu = {name: after[name] - self._before.get(name, 0.0) for name in after}
        # PostgreSQL is many processes that share memory: `most_mb` counts them correctly.
        own = {name: self._stack.pids[name] for name in after if name != "postgres"}
        self.peak_rss_mb = {name: peak_rss_mb(pid) for name, pid in own.items()}

    def us_per(self, messages: int) -> dict[str, int]:
        """Microseconds of CPU per message and component."""
        return {name: round(seconds / messages * 1e6) for name, seconds in self.cpu.items()}

    async def _look(self) -> None:
        while True:
            self._note()
            await asyncio.sleep(LOOK_EVERY_S)

    def _note(self) -> None:
        for name, megabytes in self._stack.memory().items():
            self.most_mb[name] = max(self.most_mb.get(name, 0), megabytes)
