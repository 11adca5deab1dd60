"""Whether conditions hold for a contact now, and which one decided it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain import calendars, window
from domain.amounts import parse_number
from domain.automations import keywords, texts, times
from domain.automations.conditions import (
    Condition,
    Conditions,
    Group,
    Hours,
    Operator,
    Subject,
)
from domain.automations.states import Facts, Message, Value
from domain.calendars import DAYS
from domain.fields import parse_bool


@dataclass(frozen=True, slots=True)
class Explained:
    """Whether they hold, and the condition that decided it (its group, its place in it); None when no single one did."""

    holds: bool
    group: int | None = None
    condition: int | None = None


@dataclass(frozen=True, slots=True)
class _World:
    facts: Facts
    answers: Mapping[str, Value]
    hours: Hours
    values: texts.Values


def holds(conditions: Conditions, facts: Facts, answers: Mapping[str, Value], hours: Hours) -> bool:
    """Whether the conditions hold; ``hours`` are the working hours of ``Subject.HOURS``."""
    return explain(conditions, facts, answers, hours).holds


def explain(
    conditions: Conditions, facts: Facts, answers: Mapping[str, Value], hours: Hours
) -> Explained:
    """The same, with the condition that decided: the first that fails where all must hold, that holds where one must."""
    groups = [group for group in conditions.groups if group.conditions]
    if not groups:
        return Explained(True)
    world = _World(facts, answers, hours, texts.values(facts, answers))
    wanted = conditions.match == "any"
    for at, group in enumerate(conditions.groups):
        if not group.conditions:
            continue
        found, place = _decided(group, world)
        if found is wanted:
            return Explained(found, at, place)
    return Explained(not wanted)


def _decided(group: Group, world: _World) -> tuple[bool, int | None]:
    wanted = group.match == "any"
    for place, condition in enumerate(group.conditions):
        if _holds(condition, world) is wanted:
            return wanted, place
    return not wanted, None


def _holds(condition: Condition, world: _World) -> bool:
    if condition.subject in {Subject.LABEL, Subject.GROUP}:
        held = world.facts.labels if condition.subject is Subject.LABEL else world.facts.groups
        return (condition.name in held) is not _negated(condition.operator)
    value = texts.fill(condition.value, world.values)
    return compare(condition.operator, _subject(condition, world), value)


def _negated(operator: Operator) -> bool:
    return operator in {Operator.IS_NOT, Operator.CONTAINS_NOT, Operator.EMPTY}


def _subject(condition: Condition, world: _World) -> str:
    """What a condition looks at, as text."""
    facts = world.facts
    match condition.subject:
        case Subject.FIELD:
            return world.values.get(f"contact.{condition.name}", "")
        case Subject.ANSWER:
            return world.values.get(f"answer.{condition.name}", "")
        case Subject.CONSENT:
            return facts.consent
        case Subject.WINDOW:
            return _opened(window.is_open(facts.window_until, facts.now))
        case Subject.HOURS:
            calendar = times.calendar_of(world.hours, facts.calendars, facts.zone, facts.our_zone)
            return _opened(calendars.is_open(calendar, facts.now))
        case Subject.DAY:
            return DAYS[facts.now.astimezone(facts.our_zone).weekday()]
        case _:
            return _of_message(condition.subject, facts.message)


def _of_message(subject: Subject, message: Message | None) -> str:
    if message is None:
        return ""
    return {Subject.MESSAGE_TEXT: message.text, Subject.MESSAGE_KIND: message.kind}[subject]


def _opened(is_open: bool) -> str:
    return "open" if is_open else "closed"


def compare(operator: Operator, left: str, right: str) -> bool:
    """Whether a comparison holds; numbers and dates count as such where both sides are, and nothing is more or less than nothing."""
    match operator:
        case Operator.EMPTY:
            return not left.strip()
        case Operator.FILLED:
            return bool(left.strip())
        case Operator.IS | Operator.IS_NOT:
            return _same(left, right) is (operator is Operator.IS)
        case Operator.CONTAINS | Operator.CONTAINS_NOT:
            return _contains(left, right) is (operator is Operator.CONTAINS)
        case Operator.STARTS_WITH:
            return bool(_plain(right)) and _plain(left).startswith(_plain(right))
        case _:
            return _ordered(operator, left, right)


def _plain(text: str) -> str:
    return keywords.plain(text)


def _contains(left: str, right: str) -> bool:
    return bool(_plain(right)) and _plain(right) in _plain(left)


def _same(left: str, right: str) -> bool:
    if _plain(left) == _plain(right):
        return True
    if (numbers := _numbers(left, right)) is not None:
        return numbers[0] == numbers[1]
    if left in {"true", "false"}:
        return parse_bool(right) is (left == "true")
    return False


def _ordered(operator: Operator, left: str, right: str) -> bool:
    pair = _numbers(left, right) or _days(left, right)
    if pair is None:
        return False
    less, more = pair[0] < pair[1], pair[0] > pair[1]  # type: ignore[operator]  # both are numbers, or both are dates
    return {
        Operator.AT_LEAST: not less,
        Operator.AT_MOST: not more,
        Operator.MORE_THAN: more,
        Operator.LESS_THAN: less,
    }[operator]


def _numbers(left: str, right: str) -> tuple[Decimal, Decimal] | None:
    one, other = parse_number(left.strip()), parse_number(right.strip())
    return None if one is None or other is None else (one, other)


def _days(left: str, right: str) -> tuple[date, date] | None:
    one, other = times.parsed_moment(left), times.parsed_moment(right)
    if one is None or other is None:
        return None
    if (one.tzinfo is None) is not (other.tzinfo is None):
        one, other = one.replace(tzinfo=None), other.replace(tzinfo=None)
    return one, other
