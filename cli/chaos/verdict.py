"""Counts who got what after a chaos run and names every promise that was broken."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any
from uuid import UUID

from cli.bench.calls import Accepted
from cli.bench.scene import Scene
from cli.chaos.fire import Kill

RECOVERY_S = 15.0


async def count(
    scene: Scene, campaign_id: UUID, recipients: int, kills: Sequence[Kill], *, alone: bool
) -> dict[str, Any]:
    """The figures, from the simulator's call log and from our ledger."""
    log = await scene.accepted()
    unknown = await scene.unknown_phones(campaign_id)
    progress = (await scene.look(campaign_id)).progress
    not_reached = sum(1 for phone in unknown if phone not in log.by_recipient)
    in_flight = sum(kill.in_flight for kill in kills)
    figures = {
        "kills": [asdict(kill) for kill in kills],
        "accepted": len(log.by_recipient),
        "failed": progress.not_sent,
        "unknown": len(unknown),
        "unknown_never_reached_whatsapp": not_reached,
        "in_flight_at_kills": in_flight,
        "responses_dropped": log.dropped,
        # Nobody may be missing without our ledger saying "outcome unknown" in so many words.
        "lost": recipients - len(log.by_recipient) - not_reached,
        "double": log.doubles,
        "sums_to_audience": progress.total == recipients
        and progress.queued == 0
        and progress.sending == 0,
        "resumed_alone": alone,
        "longest_silence_s": round(_longest_silence(log), 2),
    }
    return {**figures, "violations": violations(figures)}


def violations(figures: dict[str, Any]) -> list[str]:
    """Promises that these figures break, each as a sentence."""
    broken = {
        f"{figures['lost']} people are lost": figures["lost"] != 0,
        f"{figures['double']} messages were accepted twice": figures["double"] != 0,
        "states do not sum to the audience": not figures["sums_to_audience"],
        "the campaign did not end by itself": not figures["resumed_alone"],
        "more outcomes are unknown than were in flight or unanswered": figures["unknown"]
        > figures["in_flight_at_kills"] + figures["responses_dropped"],
    }
    slow = [
        f"{kill['component']} took {kill['recovered_s']} s to recover"
        for kill in figures["kills"]
        if kill["recovered_s"] is None or kill["recovered_s"] > RECOVERY_S
    ]
    return [sentence for sentence, is_broken in broken.items() if is_broken] + slow


def _longest_silence(log: Accepted) -> float:
    """Seconds between two acceptances, at most."""
    pairs = pairwise(log.moments)
    return max((after - before for before, after in pairs), default=0.0)
