"""Which component dies when: everything follows from the seed."""

import random
from dataclasses import dataclass

COMPONENTS = ("worker", "api", "temporal", "postgres", "simulator")
FIRST_SHARE, LAST_SHARE = 0.02, 0.95
OVERLAPPING_SEEDS = 0.5
FOLLOWS = 0.4
LONGEST_GAP_S = 2.5


@dataclass(frozen=True, slots=True)
class Blow:
    """One kill: at a share of the audience, or so many seconds after the kill before it.

    A blow with ``follows_s`` does not wait for what died before it to recover.
    """

    component: str
    share: float
    follows_s: float | None = None


def plan(seed: int, kills: int) -> list[Blow]:
    """The blows of a run; each round of five kills takes every component once."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable plan, not a secret
    order: list[str] = []
    while len(order) < kills:
        order += chance.sample(COMPONENTS, len(COMPONENTS))
    overlaps = chance.random() < OVERLAPPING_SEEDS
    span = LAST_SHARE - FIRST_SHARE
    shares = sorted(FIRST_SHARE + span * chance.random() for _ in range(kills))
    blows: list[Blow] = []
    for component, share in zip(order, shares, strict=False):
        follows = None
        # The same one twice in a row would be one death, not two.
        if overlaps and blows and blows[-1].component != component and chance.random() < FOLLOWS:
            follows = round(chance.uniform(0.05, LONGEST_GAP_S), 2)
        blows.append(Blow(component, round(share, 4), follows))
    return blows
