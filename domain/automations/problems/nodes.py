"""Problems of single nodes: what is unset, out of range, or names something that is gone."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.automations import nodes
from domain.automations.contents import Limits, choices
from domain.automations.known import SETTABLE, Known
from domain.automations.nodes import AnswerType, Gap, NodeData
from domain.automations.problems import conditions, contents, requests, templates, values
from domain.automations.problems.found import Fix, Problem, error, warning
from domain.contacts import FieldType
from domain.sentences import Sentence

MOST_RETRIES = 10
MOST_DAYS = 3650
MOST_USERS = 100
NOTE_LIMIT = 4096


def check(at: str, data: NodeData, known: Known, *, marketing: bool) -> Iterator[Problem]:
    """Everything about one node by itself."""
    if isinstance(data, nodes.SendTemplate):
        yield from templates.check(at, data, known, marketing=marketing)
    elif (of_type := _CHECKS.get(type(data))) is not None:
        yield from of_type(at, data, known)


def _custom_reply(at: str, data: nodes.CustomReply, known: Known) -> Iterator[Problem]:
    if not data.messages:
        yield error(at, Sentence("automation_messages"), "messages")
    if len(data.messages) > Limits.MESSAGES:
        yield error(at, Sentence("automation_messages.many", most=Limits.MESSAGES), "messages")
    for place, message in enumerate(data.messages):
        yield from contents.check(at, message, f"messages.{place}", known.files)


def _user_reply(at: str, data: nodes.UserReply, known: Known) -> Iterator[Problem]:
    if data.ask is not None:
        yield from contents.check(at, data.ask, "ask", known.files)
    if data.accepts is AnswerType.CHOICE and not choices(data.ask):
        yield error(at, Sentence("automation_choices"), "ask")
    if not 0 <= data.retries <= MOST_RETRIES:
        yield error(at, Sentence("automation_range", least=0, most=MOST_RETRIES), "retries")
    yield from contents.fits(at, data.retry_text, Limits.INTERACTIVE_TEXT, "retry_text")
    if data.timeout is not None:
        yield from values.duration(at, data.timeout, "timeout")
    yield from values.save_as(at, data.save_as, "save_as")
    if data.field:
        yield from _settable(at, data.field, known)


def _settable(at: str, field: str, known: Known) -> Iterator[Problem]:
    gone = Sentence("automation_field_gone", name=field)
    yield from values.reference(at, field, {*known.fields, *SETTABLE}, "field", gone)


def dated(at: str, field: str, known: Known) -> Iterator[Problem]:
    """A field that holds dates."""
    gone = Sentence("automation_field_gone", name=field)
    yield from values.reference(at, field, known.fields, "field", gone)
    if known.fields.get(field, FieldType.DATE) not in {FieldType.DATE, FieldType.DATETIME}:
        yield error(at, Sentence("automation_field_no_date"), "field")


def _time_gap(at: str, data: nodes.TimeGap, known: Known) -> Iterator[Problem]:
    match data.until:
        case Gap.DURATION:
            yield from values.duration(at, data.wait, "wait")
        case Gap.MOMENT:
            yield from values.moment(at, data.moment, "moment")
            found = values.moment_of(data.moment)
            if found is not None and found < known.now.astimezone(known.zone).replace(tzinfo=None):
                yield warning(at, Sentence("automation_moment.past"), "moment")
        case Gap.HOURS:
            yield from values.hours(at, data.hours, known)
        case Gap.CLOCK:
            yield from values.clock(at, data.clock, "clock")
        case Gap.FIELD:
            yield from dated(at, data.field, known)
            yield from values.clock(at, data.clock, "clock")
            if abs(data.days) > MOST_DAYS:
                sentence = Sentence("automation_range", least=-MOST_DAYS, most=MOST_DAYS)
                yield error(at, sentence, "days")
    yield from values.zone(at, data.zone, "zone")


def _keyword_catch(at: str, data: nodes.KeywordCatch, _known: Known) -> Iterator[Problem]:
    if not data.cases:
        yield error(at, Sentence("automation_cases"), "cases")
    for place, case in enumerate(data.cases):
        yield from values.words(at, case.words, case.mode, f"cases.{place}.words")
    yield from contents.ids(at, [case.id for case in data.cases], "cases")


def _condition(at: str, data: nodes.Branch, known: Known) -> Iterator[Problem]:
    if conditions.is_empty(data.when):
        yield error(at, Sentence("automation_conditions"), "when")
    yield from conditions.check(at, data.when, data.hours, "when", known)


def _random_split(at: str, data: nodes.RandomSplit, _known: Known) -> Iterator[Problem]:
    if not data.shares:
        yield error(at, Sentence("automation_shares"), "shares")
        return
    total = sum(share.percent for share in data.shares)
    if total != 100 or any(not 0 <= share.percent <= 100 for share in data.shares):
        yield error(at, Sentence("automation_shares.sum", total=total), "shares", Fix.SHARE_EVENLY)
    yield from contents.ids(at, [share.id for share in data.shares], "shares")


def _set_field(at: str, data: nodes.SetField, known: Known) -> Iterator[Problem]:
    yield from _settable(at, data.field, known)


def _set_label(at: str, data: nodes.SetLabel, known: Known) -> Iterator[Problem]:
    gone = Sentence("automation_label_gone")
    yield from values.reference(at, data.label, known.labels, "label", gone)


def _set_group(at: str, data: nodes.SetGroup, known: Known) -> Iterator[Problem]:
    gone = Sentence("automation_group_gone")
    yield from values.reference(at, data.group, known.groups, "group", gone)


def _assign(at: str, data: nodes.Assign, known: Known) -> Iterator[Problem]:
    yield from values.needed(at, data.users, "users")
    if len(data.users) > MOST_USERS:
        yield error(at, Sentence("automation_users", most=MOST_USERS), "users")
    gone = Sentence("automation_user_gone")
    yield from values.references(at, data.users, known.users, "users", gone)


def _note(at: str, text: str, field: str) -> Iterator[Problem]:
    if len(text) > NOTE_LIMIT:
        yield error(at, Sentence("automation_long", most=NOTE_LIMIT), field)


def _hand_over(at: str, data: nodes.HandOver, _known: Known) -> Iterator[Problem]:
    yield from _note(at, data.note, "note")


def _write_note(at: str, data: nodes.WriteNote, _known: Known) -> Iterator[Problem]:
    yield from values.needed(at, data.text, "text")
    yield from _note(at, data.text, "text")


def _http_request(at: str, data: nodes.HttpRequest, known: Known) -> Iterator[Problem]:
    yield from requests.check(at, data, local=known.local_calls)


def _start_automation(at: str, data: nodes.StartAutomation, known: Known) -> Iterator[Problem]:
    there = known.automations | {known.itself}
    gone = Sentence("automation_gone")
    yield from values.reference(at, data.automation, there, "automation", gone)


_CHECKS: Mapping[type[NodeData], Callable[[str, Any, Known], Iterator[Problem]]] = {
    nodes.CustomReply: _custom_reply,
    nodes.UserReply: _user_reply,
    nodes.TimeGap: _time_gap,
    nodes.KeywordCatch: _keyword_catch,
    nodes.Branch: _condition,
    nodes.RandomSplit: _random_split,
    nodes.SetField: _set_field,
    nodes.SetLabel: _set_label,
    nodes.SetGroup: _set_group,
    nodes.Assign: _assign,
    nodes.HandOver: _hand_over,
    nodes.WriteNote: _write_note,
    nodes.HttpRequest: _http_request,
    nodes.StartAutomation: _start_automation,
}
"""Consent, Goal and End have nothing that could be wrong."""
