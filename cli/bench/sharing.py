"""How campaigns share a number and how workers share a campaign."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from cli.bench.history import Histories
from cli.bench.rates import between
from cli.bench.scene import Scene
from cli.bench.usage import Watch

FAIR = 0.05
EDGE_S = 1.0
"""Excluded at both ends of the time that all of them ran."""

_MOMENTS = text("""
SELECT extract(epoch FROM accepted_at)::float8 FROM messages
WHERE campaign_id = :campaign_id AND accepted_at IS NOT NULL ORDER BY accepted_at
""")


def between_workers(
    found: Sequence[Histories], workers: Mapping[str, int], watch: Watch, messages: int
) -> dict[str, dict[str, float]]:
    """CPU seconds, spans, and share of the messages of each worker process."""
    spans: dict[str, int] = dict.fromkeys(workers, 0)
    for histories in found:
        for name, count in histories.spans_by_worker(workers).items():
            spans[name] = spans.get(name, 0) + count
    total = max(1, sum(spans.values()))
    return {
        name: {
            "spans": spans[name],
            "share": round(spans[name] / total, 3),
            "messages": round(messages * spans[name] / total),
            "cpu_s": round(watch.cpu.get(name, 0.0), 2),
        }
        for name in workers
    }


async def between_campaigns(scene: Scene, ids: Sequence[UUID]) -> dict[str, Any]:
    """Messages per second of each campaign while all of them ran, and whether that was fair."""
    async with scene.sessions() as session:
        moments = [
            list(await session.scalars(_MOMENTS, {"campaign_id": campaign_id}))
            for campaign_id in ids
        ]
    return shares(moments)


def shares(moments: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The same from the moments of each; fair is within a twentieth of an equal share."""
    start = max(own[0] for own in moments) + EDGE_S
    end = min(own[-1] for own in moments) - EDGE_S
    counts = [between(own, start, end) for own in moments]
    total = sum(counts)
    equal = total / len(counts)
    unfairness = (
        max((abs(count - equal) / equal for count in counts), default=0.0) if total else 0.0
    )
    return {
        "together_s": round(max(0.0, end - start), 2),
        "msg_per_s": [round(count / max(end - start, 0.001), 1) for count in counts],
        "shares": [round(count / max(1, total), 4) for count in counts],
        "furthest_from_equal": round(unfairness, 4),
        "fair": bool(total) and unfairness <= FAIR,
    }
