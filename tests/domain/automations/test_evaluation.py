from datetime import timedelta

import pytest

from domain.automations import evaluation
from domain.automations.conditions import (
    ALWAYS,
    CLOSED,
    Condition,
    Conditions,
    Group,
    Hours,
    Operator,
    Subject,
)
from domain.automations.evaluation import Explained
from tests.graphs import NOW, facts, wrote

OP, S = Operator, Subject
WORLD = facts(
    fields={"name": "José", "age": "30", "renewal": "2026-12-24", "vip": True, "city": "São Paulo"},
    labels=frozenset({"l1"}),
    groups=frozenset({"g1"}),
    consent="allowed",
    message=wrote("Hola", kind="image"),
)
ANSWERS = {"size": "Large", "count": "3.0", "name": "jose"}
OPEN = Hours(days={"mon": ("09:00-17:00",)})


def only(
    subject: Subject, name: str = "", operator: Operator = OP.IS, value: str = ""
) -> Conditions:
    return Conditions(
        groups=(
            Group(
                conditions=(Condition(subject=subject, name=name, operator=operator, value=value),)
            ),
        )
    )


@pytest.mark.parametrize(
    ("subject", "name", "operator", "value", "holds"),
    [
        (S.FIELD, "name", OP.IS, "JOSE", True),
        (S.FIELD, "name", OP.IS, "{{answer.name}}", True),
        (S.FIELD, "name", OP.IS_NOT, "jose", False),
        (S.FIELD, "city", OP.CONTAINS, "sao", True),
        (S.FIELD, "city", OP.CONTAINS, "", False),
        (S.FIELD, "city", OP.CONTAINS_NOT, "rio", True),
        (S.FIELD, "city", OP.STARTS_WITH, "são", True),
        (S.FIELD, "age", OP.AT_LEAST, "30", True),
        (S.FIELD, "age", OP.MORE_THAN, "30", False),
        (S.FIELD, "age", OP.AT_MOST, "9", False),
        (S.FIELD, "age", OP.LESS_THAN, "100", True),
        (S.FIELD, "renewal", OP.LESS_THAN, "2027-01-01", True),
        (S.FIELD, "renewal", OP.AT_LEAST, "2026-12-24T00:00+00:00", True),
        (S.FIELD, "renewal", OP.MORE_THAN, "5", False),
        (S.FIELD, "name", OP.MORE_THAN, "5", False),
        (S.FIELD, "vip", OP.IS, "yes", True),
        (S.FIELD, "vip", OP.IS, "no", False),
        (S.FIELD, "none", OP.EMPTY, "", True),
        (S.FIELD, "none", OP.FILLED, "", False),
        (S.FIELD, "none", OP.IS_NOT, "x", True),
        (S.FIELD, "none", OP.LESS_THAN, "5", False),
        (S.ANSWER, "size", OP.IS, "large", True),
        (S.ANSWER, "count", OP.IS, "3", True),
        (S.LABEL, "l1", OP.IS, "", True),
        (S.LABEL, "l2", OP.IS, "", False),
        (S.LABEL, "l2", OP.IS_NOT, "", True),
        (S.GROUP, "g1", OP.FILLED, "", True),
        (S.GROUP, "g1", OP.EMPTY, "", False),
        (S.CONSENT, "", OP.IS, "allowed", True),
        (S.WINDOW, "", OP.IS, "open", True),
        (S.HOURS, "", OP.IS, "open", True),
        (S.DAY, "", OP.IS, "mon", True),
        (S.MESSAGE_KIND, "", OP.IS, "image", True),
        (S.MESSAGE_TEXT, "", OP.CONTAINS, "HOLA", True),
    ],
)  # fmt: skip
def test_a_condition_compares(
    subject: Subject, name: str, operator: Operator, value: str, holds: bool
) -> None:
    assert evaluation.holds(only(subject, name, operator, value), WORLD, ANSWERS, OPEN) is holds


def test_without_a_message_there_is_nothing_to_compare() -> None:
    assert evaluation.holds(only(S.MESSAGE_KIND, operator=OP.EMPTY), facts(), {}, CLOSED)
    assert evaluation.holds(only(S.MESSAGE_TEXT, operator=OP.EMPTY), facts(), {}, CLOSED)


def test_the_window_and_the_hours_close() -> None:
    closed = facts(window_until=NOW)
    evening = facts(NOW + timedelta(hours=5))

    assert evaluation.holds(only(S.WINDOW, value="closed"), closed, {}, OPEN)
    assert evaluation.holds(only(S.HOURS, value="closed"), evening, {}, OPEN)
    assert evaluation.holds(only(S.HOURS, value="closed"), facts(), {}, CLOSED)


YES = Condition(subject=S.ANSWER, name="size", value="large")
NO = Condition(subject=S.ANSWER, name="size", value="small")


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (ALWAYS, Explained(True)),
        (Conditions(match="any", groups=(Group(),)), Explained(True)),
        (Conditions(groups=(Group(conditions=(YES, NO)),)), Explained(False, 0, 1)),
        (Conditions(groups=(Group(), Group(match="any", conditions=(NO, YES)))), Explained(True)),
        (Conditions(groups=(Group(match="any", conditions=(NO, NO)),)), Explained(False, 0)),
        (Conditions(match="any", groups=(Group(conditions=(NO,)), Group(match="any", conditions=(NO, YES)))), Explained(True, 1, 1)),
        (Conditions(match="any", groups=(Group(conditions=(NO,)), Group(conditions=(NO,)))), Explained(False)),
    ],
)  # fmt: skip
def test_it_says_which_condition_decided(conditions: Conditions, found: Explained) -> None:
    assert evaluation.explain(conditions, WORLD, ANSWERS, CLOSED) == found
