"""Whether a message in a large campaign costs as much as one in a small campaign."""

from collections.abc import Awaitable, Sequence
from typing import Any

SIZES = "5000,50000,500000"
OURS = ("worker", "api", "postgres", "temporal")
"""The simulator is the measuring device, not the product."""


async def compare(measures: Sequence[Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Run each size in turn; returns CPU per message for each, and how much more the most expensive costs."""
    runs = [await measure for measure in measures]
    return figures(runs)


def figures(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Compare finished runs; ``ratio`` is the most expensive size over the cheapest."""
    totals = [_ours(run["cpu_us_per_msg"]) for run in runs]
    return {
        "sizes": [run["recipients"] for run in runs],
        "old_messages": [run.get("old_messages", 0) for run in runs],
        "cpu_us_per_msg": totals,
        "ratio": round(max(totals) / max(1, min(totals)), 3),
        "lost": sum(run["lost"] for run in runs),
        "double": sum(run["double"] for run in runs),
        "runs": list(runs),
    }


def _ours(cpu: dict[str, int]) -> int:
    return sum(us for name, us in cpu.items() if name in OURS or name.startswith("worker-"))
