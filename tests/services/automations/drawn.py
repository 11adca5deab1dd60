"""What tests of routing start from."""

from domain.automations.conditions import Condition, Conditions, Group, Operator, Subject
from domain.automations.graphs import PLAIN, Graph, Settings
from domain.automations.triggers import (
    Entry,
    ReEntry,
    Trigger,
)
from tests import graphs

ALWAYS = ReEntry(rule=Entry.ALWAYS)
ANA = Conditions(
    groups=(
        Group(
            conditions=(Condition(subject=Subject.FIELD, name="name", operator=Operator.IS, value="Ana Ruiz"),)
        ),
    )
)  # fmt: skip


def on(trigger: Trigger, settings: Settings = PLAIN) -> Graph:
    """A graph that one trigger leads into."""
    return graphs.graph(
        {"hello": graphs.say("Hello")}, triggers={"start": trigger}, settings=settings
    )
