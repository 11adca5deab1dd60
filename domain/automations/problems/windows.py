"""Free-form messages that can run after the 24-hour window closed: the longest silence on any way to them."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping

from domain import window
from domain.automations.conditions import Condition, Conditions, Hours, Operator, Subject
from domain.automations.graphs import Node
from domain.automations.nodes import (
    FAILED,
    NEXT,
    NO,
    TIMEOUT,
    YES,
    Branch,
    CustomReply,
    Gap,
    NodeData,
    StartAutomation,
    TimeGap,
    UserReply,
)
from domain.automations.problems.found import Fix, Problem, error, warning
from domain.automations.problems.paths import Paths
from domain.automations.problems.values import minutes
from domain.automations.triggers import BY_MESSAGE, MessageTrigger, Trigger, WindowTrigger
from domain.calendars import DAYS, parsed_span
from domain.sentences import Sentence

CLOSED = 24 * 60
"""Minutes of silence after which the window is closed; also what stands for unknown."""

_LAST_MINUTE = CLOSED - 1
_WEEK = 7 * CLOSED


def check(paths: Paths) -> Iterator[Problem]:
    """Every free-form message that a closed window can meet."""
    silence = _silence(paths)
    for node in paths.graph.nodes:
        if not is_free_form(node.data) or silence.get(node.id, 0) < CLOSED:
            continue
        if FAILED in paths.connected(node.id):
            sentence = Sentence("automation_window.failed")
            yield warning(node.id, sentence, fix=Fix.ADD_TEMPLATE_FALLBACK)
        else:
            sentence = Sentence("automation_window")
            yield error(node.id, sentence, fix=Fix.ADD_TEMPLATE_FALLBACK)


def is_free_form(data: NodeData) -> bool:
    """Whether a node sends what only an open window lets through."""
    return isinstance(data, CustomReply) or (isinstance(data, UserReply) and data.ask is not None)


def _silence(paths: Paths) -> Mapping[str, int]:
    """For each node the longest time since the customer's last message, in minutes, up to ``CLOSED``."""
    longest = {trigger.id: _at_start(trigger.data) for trigger in paths.graph.triggers}
    nodes, rounds = paths.graph.by_id, Counter[str]()
    ahead = deque(longest)
    while ahead:
        source = ahead.popleft()
        for edge in paths.edges.get(source, ()):
            found = longest[source]
            if source in nodes:
                found = _after(nodes[source], edge.branch, found)
            if found > longest.get(edge.target, -1):
                rounds[edge.target] += 1
                # Only a circle lets it grow so often, and then it grows without end.
                endless = rounds[edge.target] > len(nodes)
                longest[edge.target] = CLOSED if endless else found
                ahead.append(edge.target)
    return longest


def _at_start(trigger: Trigger) -> int:
    if isinstance(trigger, WindowTrigger):
        return CLOSED - minutes(trigger.lead) if trigger.lead else CLOSED
    if isinstance(trigger, MessageTrigger) and not window.OPENING_TYPES.issuperset(trigger.kinds):
        return CLOSED
    return 0 if isinstance(trigger, BY_MESSAGE) else CLOSED


def _after(node: Node, branch: str, silence: int) -> int:
    """The silence when a node is left by a branch."""
    data = node.data
    match data:
        case UserReply():
            silence = _after_asking(data, branch, silence)
        case TimeGap():
            silence += _gap(data)
        case Branch(when=when) if proves_open(when, branch):
            silence = min(silence, _LAST_MINUTE)
        case CustomReply() if branch == NEXT:
            silence = min(silence, _LAST_MINUTE)
        case StartAutomation(wait=True):
            silence = CLOSED
        case _:
            pass
    return min(silence, CLOSED)


def _after_asking(data: UserReply, branch: str, silence: int) -> int:
    if branch == TIMEOUT and data.timeout is not None:
        asked = silence if data.ask is None else min(silence, _LAST_MINUTE)
        return asked + minutes(data.timeout)
    return silence if branch == FAILED else 0


def _gap(data: TimeGap) -> int:
    match data.until:
        case Gap.DURATION:
            return minutes(data.wait)
        case Gap.CLOCK:
            return _LAST_MINUTE
        case Gap.HOURS:
            return _closed_for(data.hours)
        case _:
            return CLOSED


def _closed_for(hours: Hours) -> int:
    """The longest time without an opening in a week; a calendar's holidays may take any time."""
    if hours.calendar:
        return CLOSED
    spans = sorted(
        (place * CLOSED + start, place * CLOSED + end)
        for place, day in enumerate(DAYS)
        for start, end in filter(None, map(parsed_span, (hours.days or {}).get(day, ())))
    )
    if not spans:
        return CLOSED
    longest, end = 0, max(end for _, end in spans) - _WEEK
    for start, until in spans:
        longest, end = max(longest, start - end), max(end, until)
    return longest


def proves_open(when: Conditions, branch: str) -> bool:
    """Whether leaving a condition by this branch means that the window is open now."""
    groups = [group for group in when.groups if group.conditions]
    if branch == NO:
        told = [_says(one) for group in groups for one in group.conditions]
        return told == ["closed"]
    if branch != YES or (when.match == "any" and len(groups) > 1):
        return False
    return any(
        _says(one) == "open"
        for group in groups
        if group.match == "all" or len(group.conditions) == 1
        for one in group.conditions
    )


def _says(condition: Condition) -> str:
    """What a condition about the window states when it holds."""
    if condition.subject is not Subject.WINDOW:
        return ""
    turned = {"open": "closed", "closed": "open"}
    told = {Operator.IS: condition.value, Operator.IS_NOT: turned.get(condition.value, "")}
    return told.get(condition.operator, "")
