"""CPU and memory of the components of a stack, workers of PostgreSQL included."""

import psutil

from cli.stack import Stack

KEPT = ("worker", "api", "postgres", "temporal", "simulator")


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """CPU seconds per component so far; a restarted component starts at nought again."""
    return {name: _tree(pid) for name, pid in stack.pids.items() if name in KEPT}


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
