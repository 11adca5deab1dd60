"""Problems of conditions: nothing to compare, and names that nothing has."""

from collections.abc import Iterator

from domain.automations.conditions import Condition, Conditions, Hours, Operator, Subject
from domain.automations.known import BUILT_IN, Known
from domain.automations.problems import values
from domain.automations.problems.found import Problem, error
from domain.calendars import DAYS
from domain.sentences import Sentence

_OPEN = ("open", "closed")
_WORDS = {
    Subject.WINDOW: _OPEN,
    Subject.HOURS: _OPEN,
    Subject.DAY: DAYS,
    Subject.CONSENT: ("allowed", "stopped", "unknown"),
}
"""What these can be, and nothing else."""

_NAMED = frozenset({Subject.FIELD, Subject.ANSWER, Subject.LABEL, Subject.GROUP})
_ALONE = frozenset({Operator.EMPTY, Operator.FILLED})


def check(
    at: str, conditions: Conditions, hours: Hours, field: str, known: Known
) -> Iterator[Problem]:
    """Every condition, and the working hours if one asks for them."""
    subjects = set()
    for group_at, group in enumerate(conditions.groups):
        for place, condition in enumerate(group.conditions):
            path = f"{field}.groups.{group_at}.conditions.{place}"
            subjects.add(condition.subject)
            yield from _named(at, condition, path, known)
            yield from _compared(at, condition, path)
    yield from values.hours(at, hours, known, wanted=Subject.HOURS in subjects)


def is_empty(conditions: Conditions) -> bool:
    """Whether there is no condition at all."""
    return not any(group.conditions for group in conditions.groups)


def _named(at: str, condition: Condition, path: str, known: Known) -> Iterator[Problem]:
    if condition.subject not in _NAMED:
        return
    if not condition.name:
        yield values.unset(at, f"{path}.name", condition.subject)
    elif (gone := _gone(condition, known)) is not None:
        yield error(at, gone, f"{path}.name")


def _gone(condition: Condition, known: Known) -> Sentence | None:
    """Why what a condition names cannot be looked at; answers are checked by ``variables``."""
    name = condition.name
    match condition.subject:
        case Subject.FIELD if name not in known.fields and name not in BUILT_IN:
            return Sentence("automation_field_gone", name=name)
        case Subject.LABEL if name not in known.labels:
            return Sentence("automation_label_gone")
        case Subject.GROUP if name not in known.groups:
            return Sentence("automation_group_gone")
        case _:
            return None


def _compared(at: str, condition: Condition, path: str) -> Iterator[Problem]:
    if condition.operator in _ALONE or condition.subject in {Subject.LABEL, Subject.GROUP}:
        return
    if not condition.value.strip():
        yield values.unset(at, f"{path}.value")
    elif condition.value not in _WORDS.get(condition.subject, (condition.value,)):
        yield error(at, Sentence("automation_value"), f"{path}.value")
