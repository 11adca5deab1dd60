"""Judges a chaos run of automations: who was told what, by the simulator's log, and which way each run took."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text

from cli.bench.scene import Scene
from cli.chaos.automations.people import People
from cli.chaos.automations.stories import Story
from cli.chaos.fire import Fault
from cli.chaos.verdict import complaint, verdict
from domain.automations.reasons import Reason

THREAD = 1000

_RUNS = text("""
SELECT r.id, c.phone_key AS phone, coalesce(r.ending, '') AS ending FROM automation_runs r
JOIN contacts c ON c.id = r.contact_id WHERE r.automation_id = :automation_id ORDER BY r.id
""")
_STEPS = text("""
SELECT run_id, node, branch, reason FROM automation_steps WHERE automation_id = :automation_id ORDER BY run_id, step
""")
_UNKNOWN = text("""
SELECT c.phone_key AS phone, m.body FROM messages m JOIN contacts c ON c.id = m.contact_id
WHERE m.origin = 'automation' AND m.state = 'unknown'
""")

Step = tuple[str, str | None, str]
"""Node, branch and reason."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A run as our ledger has it."""

    ending: str
    steps: tuple[Step, ...]


async def count(
    scene: Scene,
    automation_id: UUID,
    people: People,
    stories: Sequence[Story],
    faults: Sequence[Fault],
    *,
    alone: bool,
) -> dict[str, Any]:
    """The figures."""
    taken = await _taken(scene, automation_id)
    threads = {story.phone: await _thread(scene, story.phone) for story in stories}
    unknown = await _unknown(scene)
    statistics = await scene.statistics()
    moments = sorted(moment for phone in people.own.arrived.values() for moment in phone)
    told = [verdict(fault) for fault in faults]
    figures = {
        "kills": told,
        "messages": people.expected,
        "arrived": len(moments),
        **messages(stories, threads, unknown),
        "in_flight_at_kills": len(set[UUID]().union(*(fault.doubtful for fault in faults))),
        "responses_dropped": statistics["unanswered"],
        **paths(stories, taken),
        "resumed_alone": alone,
        "longest_silence_s": round(max((b - a for a, b in pairwise(moments)), default=0.0), 2),
    }
    return {**figures, "violations": violations(figures)}


def messages(
    stories: Sequence[Story],
    threads: Mapping[str, Sequence[str]],
    unknown: Mapping[str, Counter[str]],
) -> dict[str, int]:
    """What is missing or too much on the phones; what our ledger says it does not know is not lost."""
    lost = double = silent = unordered = 0
    for story in stories:
        wanted, got = story.texts, list(threads[story.phone])
        missing, extra = Counter(wanted) - Counter(got), Counter(got) - Counter(wanted)
        excused = missing & unknown.get(story.phone, Counter())
        silent += excused.total()
        lost += (missing - excused).total()
        double += extra.total()
        unordered += not (missing or extra) and got != wanted
    return {
        "unknown": sum(one.total() for one in unknown.values()),
        "unknown_never_reached_whatsapp": silent,
        "lost": lost,
        "double": double,
        "out_of_order": unordered,
    }


def paths(stories: Sequence[Story], taken: Mapping[str, Sequence[Taken]]) -> dict[str, int]:
    """How many runs there are, and how many went another way than the pure interpreter."""
    unlike = sum(
        1
        for story in stories
        if (found := taken.get(story.phone)) and _as_played(story) != found[0]
    )
    return {
        "runs": sum(map(len, taken.values())),
        "runs_missing": sum(story.phone not in taken for story in stories),
        "runs_double": sum(len(found) - 1 for found in taken.values()),
        "paths_unlike": unlike,
    }


def _as_played(story: Story) -> Taken:
    ended = story.played.ended
    steps = tuple((lit.node, lit.branch, lit.reason) for lit in story.played.lit)
    return Taken(ended.ending if ended else "", steps)


def violations(figures: Mapping[str, Any]) -> list[str]:
    """The promises these figures break, each as a sentence."""
    allowed = figures["in_flight_at_kills"] + figures["responses_dropped"]
    broken = {
        f"{figures['lost']} messages are lost": figures["lost"],
        f"{figures['double']} messages arrived twice": figures["double"],
        f"{figures['out_of_order']} people got messages in another order": figures["out_of_order"],
        f"{figures['runs_missing']} people never entered": figures["runs_missing"],
        f"{figures['runs_double']} people entered twice": figures["runs_double"],
        f"{figures['paths_unlike']} runs took another way than the pure interpreter": figures[
            "paths_unlike"
        ],
        "not every conversation came to its end": not figures["resumed_alone"],
        "more outcomes are unknown than were in flight or unanswered": figures["unknown"] > allowed,
    }
    return [sentence for sentence, is_broken in broken.items() if is_broken] + [
        complaint(fault) for fault in figures["kills"] if not fault["kept"]
    ]


async def _taken(scene: Scene, automation_id: UUID) -> dict[str, list[Taken]]:
    """Every run by phone, the oldest first."""
    about = {"automation_id": automation_id}
    steps: defaultdict[UUID, list[Step]] = defaultdict(list)
    found: defaultdict[str, list[Taken]] = defaultdict(list)
    async with scene.sessions() as session:
        for row in await session.execute(_STEPS, about):
            reason = "" if row.reason == Reason.OUTCOME_UNKNOWN else row.reason
            steps[row.run_id].append((row.node, row.branch, reason))
        for row in await session.execute(_RUNS, about):
            found[row.phone].append(Taken(row.ending, tuple(steps[row.id])))
    return dict(found)


async def _thread(scene: Scene, phone: str) -> list[str]:
    """What the business told somebody, oldest first."""
    url = f"{scene.stack.simulator_url}/_sim/customers/{phone}/thread"
    answer = await scene.http.get(url, params={"limit": THREAD})
    if answer.status_code == 404:
        return []
    bubbles = answer.raise_for_status().json()["messages"]
    return [bubble["body"] for bubble in bubbles if bubble["from"] == "business"]


async def _unknown(scene: Scene) -> dict[str, Counter[str]]:
    """Messages whose outcome our ledger does not know, by phone and text."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    async with scene.sessions() as session:
        for row in await session.execute(_UNKNOWN):
            found[row.phone][row.body.partition("\n")[0]] += 1
    return dict(found)
