"""Problems of what nodes change: it may start the automation again."""

from collections.abc import Iterator, Mapping

from domain.automations import matching, nodes
from domain.automations.graphs import Node, TriggerNode
from domain.automations.known import Known, KnownAutomation
from domain.automations.matching import Happening
from domain.automations.nodes import Data
from domain.automations.problems.found import Problem, warning
from domain.automations.problems.paths import Paths
from domain.automations.triggers import (
    Entry,
    FieldTrigger,
    GroupTrigger,
    LabelTrigger,
    OptInTrigger,
    Trigger,
)
from domain.contacts import FieldType
from domain.sentences import Sentence, Value

BY_CHANGE = (LabelTrigger, GroupTrigger, FieldTrigger, OptInTrigger)
"""Started by what nodes change."""

CHANGING = tuple(
    kind.TYPE for kind in (nodes.SetLabel, nodes.SetGroup, nodes.SetField, nodes.UserReply, nodes.Consent)
)  # fmt: skip
"""Types of nodes that change something triggers hear of."""

ANY_VALUE = ""
"""A value that is known only once the node is there."""

_AS_WRITTEN = frozenset({FieldType.TEXT, FieldType.ENUM})
"""Fields whose values are stored as they are written."""


def happening(data: Data, fields: Mapping[str, FieldType]) -> Happening | None:
    """What happens to the contact at a node, as triggers hear it; None where nothing does."""
    match data:
        case nodes.SetLabel(action="add") if data.label:
            return Happening(what="label_added", name=data.label)
        case nodes.SetGroup(action="add") if data.group:
            return Happening(what="group_added", name=data.group)
        case nodes.Consent(action="allow"):
            return Happening(what="opted_in")
        case nodes.SetField() if data.field:
            known = "{{" not in data.value and fields.get(data.field) in _AS_WRITTEN
            value = data.value if known else ANY_VALUE
            return Happening(what="field_changed", name=data.field, value=value)
        case nodes.UserReply() if data.field:
            return Happening(what="field_changed", name=data.field)
        case _:
            return None


def check(paths: Paths, known: Known) -> Iterator[Problem]:
    """Every node that may start the automation again, by itself or through others that act."""
    own = [one for one in paths.graph.triggers if _lets_in_again(one.data)]
    if not own:
        return
    ways = _Ways([one.data for one in own], known)
    for node in paths.graph.nodes:
        what = happening(node.data, known.fields)
        if what is None or node.id not in paths.reached:
            continue
        trigger = next((one for one in own if _starts(one.data, what)), None)
        if trigger is not None:
            if not _changes_nothing(paths, node, what, known):
                sentence = Sentence("automation_sets_itself_off", trigger=_title(trigger))
                yield warning(node.id, sentence)
        elif (other := ways.through(what)) is not None:
            sentence = Sentence("automation_sets_itself_off.through", name=other)
            yield warning(node.id, sentence)


def _lets_in_again(trigger: Trigger) -> bool:
    """Whether a contact who was inside may enter by it soon after."""
    rule = trigger.entry.rule
    if not isinstance(trigger, BY_CHANGE):
        return False
    return rule in {Entry.ALWAYS, Entry.ONE_AT_A_TIME} or bool(trigger.entry.key)


def _starts(trigger: Trigger, what: Happening) -> bool:
    """Whether it may start the trigger; of an unknown value, whether some value does."""
    if isinstance(trigger, FieldTrigger) and what.what == "field_changed" and not what.value:
        return trigger.field == what.name
    return matching.may_start(trigger, what)


def _title(trigger: TriggerNode) -> Value:
    return trigger.title or Sentence(f"automation_trigger.{trigger.data.TYPE}")


def _changes_nothing(paths: Paths, node: Node, what: Happening, known: Known) -> bool:
    """Whether it was so already: every way in came by it, and no node undoes it."""
    ways_in = [one.data for one in paths.graph.triggers if node.id in paths.behind(one.id)]
    if not all(_implies(trigger, what) for trigger in ways_in):
        return False
    return not any(_undoes(one.data, what, known) for one in paths.graph.nodes)


def _implies(trigger: Trigger, what: Happening) -> bool:
    """Whether whoever enters by a trigger has just that."""
    match trigger:
        case LabelTrigger():
            return what.what == "label_added" and set(trigger.labels) == {what.name}
        case GroupTrigger():
            return what.what == "group_added" and set(trigger.groups) == {what.name}
        case FieldTrigger():
            return bool(trigger.value and what.value) and matching.may_start(trigger, what)
        case _:
            return False


def _undoes(data: Data, what: Happening, known: Known) -> bool:
    match data:
        case nodes.SetLabel(action="remove"):
            return what.what == "label_added" and data.label == what.name
        case nodes.SetGroup(action="remove"):
            return what.what == "group_added" and data.group == what.name
        case _:
            other = happening(data, known.fields)
            return (
                other is not None
                and other.what == what.what == "field_changed"
                and other.name == what.name
                and other.value != what.value
            )


class _Ways:
    """How one automation sets off another, until the one being checked."""

    def __init__(self, own: list[Trigger], known: Known) -> None:
        self._own, self._known = own, known
        self._acting = {name: one for name, one in known.acting.items() if name != known.itself}

    def through(self, what: Happening) -> str | None:
        """The name of the first automation that leads from what happened back to the one being checked."""
        for name, one in self._acting.items():
            if self._hears(one, what) and self._leads_back(name):
                return one.name
        return None

    def _hears(self, one: KnownAutomation, what: Happening) -> bool:
        return any(_starts(trigger, what) for trigger in one.triggers)

    def _leads_back(self, name: str) -> bool:
        seen, ahead = {name}, [name]
        while ahead:
            current = ahead.pop()
            started = self._known.starts.get(current, frozenset())
            does = self._acting[current].does if current in self._acting else ()
            if self._known.itself in started or any(
                _starts(trigger, what) for trigger in self._own for what in does
            ):
                return True
            following = {
                other
                for other, one in self._acting.items()
                if other in started or any(self._hears(one, what) for what in does)
            }
            ahead += following - seen
            seen |= following
        return False
