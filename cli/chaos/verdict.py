"""Counts who got what after a chaos run and names every broken promise."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from cli.bench.calls import Accepted
from cli.bench.scene import Scene
from cli.chaos import optouts
from cli.chaos.fire import Fault

IN_DOUBT = "131000"
"""The code in the simulator's log for sends it refused without saying so."""


async def count(
    scene: Scene, campaign_id: UUID, recipients: int, faults: Sequence[Fault], *, alone: bool
) -> dict[str, Any]:
    """The figures, from the simulator's call log and from our ledger."""
    log, told_at = await scene.accepted(templates=True), await scene.told()
    statistics = await scene.statistics()
    unknown = await scene.phones_in(campaign_id, "unknown")
    refused = set(await scene.phones_in(campaign_id, "refused")) & set(told_at)
    progress = (await scene.look(campaign_id)).progress
    not_reached = sum(1 for phone in unknown if phone not in log.by_recipient)
    told = [verdict(fault) for fault in faults]
    figures = {
        "kills": [fault for fault in told if fault["kind"] == "kill"],
        "faults": told,
        "accepted": len(log.by_recipient),
        "failed": progress.not_sent,
        "unknown": len(unknown),
        "unknown_never_reached_whatsapp": not_reached,
        "in_flight_at_kills": len(set().union(*(f.doubtful for f in faults if f.in_flight))),
        "responses_dropped": log.dropped,
        "refused_without_a_word": int(statistics["rejected_by_code"].get(IN_DOUBT, 0)),
        # Nobody may be missing unless our ledger explicitly says "outcome unknown".
        # Only people who wrote that they want no more may be left out.
        "lost": recipients - len(set(log.by_recipient) | refused) - not_reached,
        "double": log.doubles,
        **optouts.figures(log, told_at),
        "statuses_outstanding": statistics["statuses"]["pending"],
        "sums_to_audience": progress.total == recipients
        and progress.queued == 0
        and progress.sending == 0,
        "resumed_alone": alone,
        "longest_silence_s": round(_longest_silence(log), 2),
    }
    return {**figures, "violations": violations(figures)}


def verdict(fault: Fault) -> dict[str, Any]:
    """One fault in the result; ``kept`` says whether it recovered in time."""
    in_time = fault.recovered_s is not None and fault.recovered_s <= fault.bound_s
    return {
        "kind": fault.kind, "component": fault.component, "at_s": fault.at_s,
        "seconds": fault.seconds, "in_flight": fault.in_flight, "overlaps": fault.overlaps,
        "recovered_s": fault.recovered_s, "bound_s": fault.bound_s, "problem": fault.problem,
        "kept": in_time and fault.problem is None,
    }  # fmt: skip


def violations(figures: dict[str, Any]) -> list[str]:
    """The promises these figures break, each as a sentence."""
    allowed = sum(
        figures[key]
        for key in ("in_flight_at_kills", "responses_dropped", "refused_without_a_word")
    )
    broken = {
        f"{figures['lost']} people are lost": figures["lost"] != 0,
        f"{figures['double']} messages were accepted twice": figures["double"] != 0,
        f"marketing left {figures['longest_after_stop_s']} s after an opt-out": figures[
            "longest_after_stop_s"
        ]
        > optouts.AT_LATEST_S,
        "states do not sum to the audience": not figures["sums_to_audience"],
        "the campaign did not end by itself": not figures["resumed_alone"],
        f"{figures['statuses_outstanding']} delivery updates never got through": figures[
            "statuses_outstanding"
        ]
        != 0,
        "more outcomes are unknown than were in flight or unanswered": figures["unknown"] > allowed,
    }
    return [sentence for sentence, is_broken in broken.items() if is_broken] + [
        complaint(fault) for fault in figures["faults"] if not fault["kept"]
    ]


def complaint(fault: dict[str, Any]) -> str:
    """How a fault was not kept, as a sentence."""
    name = f"{fault['kind']} of {fault['component']}"
    if fault["problem"] is not None:
        return f"{name}: {fault['problem']}"
    return f"{name} took {fault['recovered_s']} s to recover, more than {fault['bound_s']} s"


def _longest_silence(log: Accepted) -> float:
    """The longest gap between two acceptances, in seconds."""
    pairs = pairwise(log.moments)
    return max((after - before for before, after in pairs), default=0.0)
