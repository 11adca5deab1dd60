"""How much memory each component really uses, including its child processes."""

import contextlib
from collections.abc import Mapping

import psutil


def of_process(process: psutil.Process) -> int:
    """Proportional memory in bytes: PostgreSQL's shared buffers count once, not once per process."""
    try:
        details = process.memory_full_info()
        return int(getattr(details, "pss", 0) or details.uss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)


def of_tree(pid: int) -> int:
    """A process and all its descendants; 0 if it is gone."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            total += of_process(process)
    except psutil.NoSuchProcess:
        return total
    return total


def in_megabytes(pids: Mapping[str, int], supervisor: int) -> dict[str, int]:
    """Per component, the supervisor itself last, rounded, with ``total``."""
    sizes = {name: round(of_tree(pid) / 1024 / 1024) for name, pid in pids.items()}
    with contextlib.suppress(psutil.NoSuchProcess):
        sizes["supervisor"] = round(of_process(psutil.Process(supervisor)) / 1024 / 1024)
    return {**sizes, "total": sum(sizes.values())}
