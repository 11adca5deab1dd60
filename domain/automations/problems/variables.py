"""Problems of variables: nobody sets them, not on every way, or they are none."""

import re
from collections import deque
from collections.abc import Iterator, Mapping

from domain.automations import texts
from domain.automations.conditions import Condition, Subject
from domain.automations.graphs import Edge, Graph, Node, TriggerNode
from domain.automations.known import BUILT_IN, Known
from domain.automations.leaves import leaves
from domain.automations.nodes import FAILED, NEXT, OTHER, TIMEOUT, HttpRequest, UserReply
from domain.automations.problems.found import Problem, error, warning
from domain.automations.problems.paths import Paths
from domain.automations.replying import saved_as
from domain.automations.triggers import WebhookTrigger
from domain.sentences import Sentence

Names = frozenset[str]
_NONE: Names = frozenset()
_BRACES = frozenset({"body", "words", "payloads"})
"""Texts in which two braces may be just braces."""

_VARIABLE = re.compile(r"\{\{[^{}]*\}\}")
_SHOWN = 40


def check(paths: Paths, known: Known) -> Iterator[Problem]:
    """Every variable in every text, and every answer that a condition looks at."""
    always, sometimes = _set_before(paths)
    for trigger in paths.graph.triggers:
        yield from _texts(trigger, known, _NONE, _NONE)
    for node in paths.graph.nodes:
        here = node.id
        yield from _texts(node, known, always.get(here, _NONE), sometimes.get(here, _NONE))


def _texts(
    node: Node | TriggerNode, known: Known, always: Names, sometimes: Names
) -> Iterator[Problem]:
    for field, value in leaves(node.data):
        if isinstance(value, Condition):
            if value.subject is Subject.ANSWER and value.name and value.name not in sometimes:
                sentence = Sentence("automation_answer_never", name=value.name)
                yield error(node.id, sentence, f"{field}.name")
        elif "{{" in value:
            for name in dict.fromkeys(texts.names(value)):
                yield from _name(node, field, name, known, always, sometimes)
            yield from _unread(node.id, field, value)


def _name(
    node: Node | TriggerNode,
    field: str,
    name: texts.Name,
    known: Known,
    always: Names,
    sometimes: Names,
) -> Iterator[Problem]:
    if name.scope == "secret":
        yield from _secret(node, field, name.name, known)
    elif name.scope == "contact":
        if name.name not in known.fields and name.name not in BUILT_IN:
            yield error(node.id, Sentence("automation_field_gone", name=name.name), field)
    elif name.name not in sometimes:
        yield error(node.id, Sentence("automation_answer_never", name=name.name), field)
    elif name.name not in always and name.default is None:
        yield warning(node.id, Sentence("automation_answer_sometimes", name=name.name), field)


def _secret(node: Node | TriggerNode, field: str, name: str, known: Known) -> Iterator[Problem]:
    if not (isinstance(node.data, HttpRequest) and field.startswith("headers.")):
        yield error(node.id, Sentence("automation_secret_place"), field)
    elif name not in known.secrets:
        yield error(node.id, Sentence("automation_secret_gone", name=name), field)


def _unread(at: str, field: str, text: str) -> Iterator[Problem]:
    """Braces that look like a variable and are none: they would be sent as they are."""
    if field.rpartition(".")[2] in _BRACES:
        return
    for found in dict.fromkeys(_VARIABLE.findall(text)):
        if not texts.names(found):
            yield warning(at, Sentence("automation_variable_unread", text=found[:_SHOWN]), field)


def _set_by(node: Node | TriggerNode, branch: str) -> Names:
    """The answers that leaving a node by a branch sets."""
    match node.data:
        case UserReply() if branch not in {TIMEOUT, OTHER, FAILED}:
            return frozenset({saved_as(node.data)} - {""})
        case HttpRequest(picks=picks) if branch == NEXT:
            return frozenset(pick.save_as for pick in picks) - {""}
        case WebhookTrigger(values=values):
            return frozenset(value.save_as for value in values) - {""}
        case _:
            return _NONE


def _set_before(paths: Paths) -> tuple[Mapping[str, Names], Mapping[str, Names]]:
    """For each node the answers set on every way to it, and those set on some way."""
    graph = paths.graph
    always: dict[str, Names] = {trigger.id: _NONE for trigger in graph.triggers}
    sometimes = dict(always)
    sources: dict[str, Node | TriggerNode] = {**_triggers(graph), **graph.by_id}
    ahead = deque(always)
    while ahead:
        source = ahead.popleft()
        for edge in paths.edges.get(source, ()):
            if _flow(edge, _set_by(sources[source], edge.branch), always, sometimes):
                ahead.append(edge.target)
    return always, sometimes


def _triggers(graph: Graph) -> Mapping[str, TriggerNode]:
    return {trigger.id: trigger for trigger in graph.triggers}


def _flow(edge: Edge, added: Names, always: dict[str, Names], sometimes: dict[str, Names]) -> bool:
    """Carry what is set along an edge; whether that changed anything behind it."""
    arrived, possible = always[edge.source] | added, sometimes[edge.source] | added
    known = always.get(edge.target)
    before = (known, sometimes.get(edge.target))
    always[edge.target] = arrived if known is None else known & arrived
    sometimes[edge.target] = sometimes.get(edge.target, _NONE) | possible
    return before != (always[edge.target], sometimes[edge.target])
