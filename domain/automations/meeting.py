"""Two contacts turn out to be one person: which of their runs in one automation ends, and which goes on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from domain.automations import times
from domain.automations.triggers import A_DAY, Entry, ReEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """An active run in an automation.

    ``came``: it was the other contact's. ``entry`` is the rule it entered by, ``key`` the value of its key; ``cause``
    names what started it.
    """

    id: UUID
    came: bool
    entry: ReEntry
    key: str | None
    cause: str
    step: int
    started_at: datetime
    moved_at: datetime


def ending(runs: Iterable[Inside], zone: tzinfo) -> list[tuple[Inside, Inside]]:
    """The runs of one person in one automation that end, each with the one that goes on in its place.

    The one that moved last goes on: what it said last is what the person answers. Of equals, the one that did more.
    ``zone`` is ours, in which periods are counted.
    """
    latest = sorted(runs, key=lambda one: (one.moved_at, one.step, one.id), reverse=True)
    staying: list[Inside] = []
    found = []
    for run in latest:
        other = next((one for one in staying if _exclude(one, run, zone)), None)
        if other is None:
            staying.append(run)
        else:
            found.append((run, other))
    return found


def _exclude(one: Inside, other: Inside, zone: tzinfo) -> bool:
    """Whether the rule of re-entry would not have let the later one in, or one thing started both.

    Two that were already one contact's are left alone.
    """
    if one.came is other.came:
        return False
    if one.cause == other.cause:
        return True
    first, second = sorted((one, other), key=lambda run: (run.started_at, run.id))
    if second.key is not None and second.key != first.key:
        return False
    match second.entry.rule:
        case Entry.ALWAYS:
            return False
        case Entry.ONCE_A_PERIOD:
            period = second.entry.period or A_DAY
            return second.started_at < times.add(first.started_at, period, zone)
        case _:
            return True
