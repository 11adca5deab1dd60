"""Which fault hits what and when, all determined by the seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

COMPONENTS = ("worker", "api", "temporal", "postgres", "simulator")
FIRST_SHARE, LAST_SHARE = 0.02, 0.95
OVERLAPPING_SEEDS = 0.5
FOLLOWS = 0.4
LONGEST_GAP_S = 2.5


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: its targets, its length, and how soon messages must be sent again."""

    targets: tuple[str, ...]
    bound_s: float
    shortest_s: float = 0.0
    longest_s: float = 0.0
    doubtful: bool = True
    """Whether what is in flight when it hits may stay in doubt."""


KINDS: dict[str, Kind] = {
    "kill": Kind(COMPONENTS, 15),
    "freeze": Kind(COMPONENTS, 25, 5, 90),
    "disk": Kind(("postgres", "temporal", "data"), 45, 10, 60),
    "lock": Kind(("campaign", "rate_slots", "counters"), 20, 5, 60, doubtful=False),
    "pool": Kind(("connections", "slow_queries", "restarts"), 30, 10, 60, doubtful=False),
    "clock": Kind(("ahead", "behind"), 15, 5, 30),
    "meta": Kind(
        ("http_500", "hang", "http_429", "html", "empty", "list", "dns", "certificate"), 60, 10, 60
    ),
    "store": Kind(("deleted_running", "deleted_stopped", "old_copy"), 30, 2, 5),
    "deploy": Kind(("worker", "api"), 20, doubtful=False),
    "failover": Kind(("postgres",), 60),
    "optout": Kind(("drain", "hung_drain", "sender", "postgres"), 15),
}


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault: at a share of the audience, or a number of seconds after the previous one.

    A blow with ``follows_s`` does not wait for the previous target to recover. ``seconds`` is how long it lasts; a kill
    takes no time.
    """

    component: str
    share: float
    follows_s: float | None = None
    kind: str = "kill"
    seconds: float = 0.0


def plan(
    seed: int, faults: int, kinds: Sequence[str] = ("kill",), longest_s: float = 90.0
) -> list[Blow]:
    """The blows of a run; each round takes every target of a kind once, and every kind in turn."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable plan, not a secret
    order = _order(chance, faults, kinds)
    overlaps = chance.random() < OVERLAPPING_SEEDS
    span = LAST_SHARE - FIRST_SHARE
    shares = sorted(FIRST_SHARE + span * chance.random() for _ in range(faults))
    blows: list[Blow] = []
    for (kind, target), share in zip(order, shares, strict=False):
        follows = None
        # The same one twice in a row would be one death, not two.
        if (
            overlaps
            and blows
            and _may_follow(blows[-1], kind, target)
            and chance.random() < FOLLOWS
        ):
            follows = round(chance.uniform(0.05, LONGEST_GAP_S), 2)
        seconds = _seconds(chance, KINDS[kind], longest_s)
        blows.append(Blow(target, round(share, 4), follows, kind, seconds))
    return blows


def _may_follow(before: Blow, kind: str, target: str) -> bool:
    """Only kills overlap: with two lasting faults, it would be unclear which one caused a delay."""
    return before.kind == kind == "kill" and before.component != target


def _order(chance: random.Random, faults: int, kinds: Sequence[str]) -> list[tuple[str, str]]:
    waiting: dict[str, list[str]] = {kind: [] for kind in kinds}
    order: list[tuple[str, str]] = []
    while len(order) < faults:
        round_of_kinds = chance.sample(list(kinds), len(kinds)) if len(kinds) > 1 else kinds
        for kind in round_of_kinds:
            if not waiting[kind]:
                targets = KINDS[kind].targets
                waiting[kind] = chance.sample(targets, len(targets))
            order.append((kind, waiting[kind].pop(0)))
    return order[:faults]


def _seconds(chance: random.Random, kind: Kind, longest_s: float) -> float:
    if kind.longest_s == 0:
        return 0.0
    longest = min(kind.longest_s, longest_s)
    return round(chance.uniform(min(kind.shortest_s, longest), longest), 1)
