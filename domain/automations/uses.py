"""What an automation uses: the things around it that its nodes and triggers name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.automations import texts
from domain.automations.conditions import Condition, Subject
from domain.automations.graphs import Graph, Node, TriggerNode
from domain.automations.leaves import leaves
from domain.automations.nodes import Data, Gap, TimeGap
from domain.automations.triggers import TimeTrigger, Timing, Trigger


class Thing(StrEnum):
    """What can be named: fields by their key, templates and secrets by their name, all else by id."""

    AUTOMATION = "automation"
    CALENDAR = "calendar"
    CAMPAIGN = "campaign"
    CHANNEL = "channel"
    FIELD = "field"
    GROUP = "group"
    LABEL = "label"
    SECRET = "secret"  # noqa: S105 - a kind of thing
    TEMPLATE = "template"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Use:
    """A thing, and the node or trigger that names it."""

    thing: Thing
    name: str
    at: str


_FIELDS: Mapping[str, Thing] = {
    "automation": Thing.AUTOMATION,
    "campaigns": Thing.CAMPAIGN,
    "channel": Thing.CHANNEL,
    "channels": Thing.CHANNEL,
    "field": Thing.FIELD,
    "group": Thing.GROUP,
    "hours.calendar": Thing.CALENDAR,
    "groups": Thing.GROUP,
    "label": Thing.LABEL,
    "labels": Thing.LABEL,
    "template": Thing.TEMPLATE,
    "users": Thing.USER,
}
"""What nodes and triggers name in these fields of theirs."""

_SUBJECTS: Mapping[Subject, Thing] = {
    Subject.FIELD: Thing.FIELD,
    Subject.LABEL: Thing.LABEL,
    Subject.GROUP: Thing.GROUP,
}

_SCOPES: Mapping[str, Thing] = {"contact": Thing.FIELD, "secret": Thing.SECRET}
"""Of variables in texts."""


def uses(graph: Graph) -> Iterator[Use]:
    """Everything a graph names, in its order; twice where it is named twice."""
    parts: tuple[Node | TriggerNode, ...] = (*graph.triggers, *graph.nodes)
    for part in parts:
        for thing, name in _named(part.data):
            yield Use(thing, name, part.id)


def named(graph: Graph, thing: Thing) -> frozenset[str]:
    """The things of a kind that a graph names."""
    return frozenset(use.name for use in uses(graph) if use.thing is thing)


def _named(data: Data | Trigger) -> Iterator[tuple[Thing, str]]:
    for path, value in leaves(data):
        if isinstance(value, Condition):
            if value.name and (subject := _SUBJECTS.get(value.subject)) is not None:
                yield subject, value.name
        elif (thing := _FIELDS.get(path) or _FIELDS.get(path.partition(".")[0])) is None:
            yield from _in_text(value)
        elif value and not _is_idle(data, thing):
            yield thing, value


def _in_text(text: str) -> Iterator[tuple[Thing, str]]:
    """What the variables of a text name."""
    for variable in texts.names(text) if "{{" in text else ():
        if (thing := _SCOPES.get(variable.scope)) is not None:
            yield thing, variable.name


def _is_idle(data: Data | Trigger, thing: Thing) -> bool:
    """Whether its field or calendar is left over from another choice."""
    match data:
        case TimeGap() if thing is Thing.CALENDAR:
            return data.until is not Gap.HOURS
        case TimeGap() if thing is Thing.FIELD:
            return data.until is not Gap.FIELD
        case TimeTrigger() if thing is Thing.FIELD:
            return data.timing is not Timing.FIELD
        case _:
            return False
