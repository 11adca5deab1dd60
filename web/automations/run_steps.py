"""The steps of a run as its page tells them: what went in and came out in words, how long it took, and its messages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.automations import nodes
from domain.automations.answers import TAPPED
from domain.automations.contents import choices
from domain.automations.graphs import Graph
from domain.automations.nodes import ANSWERED, FAILED, OTHER, TIMEOUT, YES, Data, choice_branch
from domain.automations.states import AGAIN, SAVED
from services.automations.naming import FIELD
from services.automations.report import MessageLine, RunLine, RunView, StepView
from web.automations import run_words
from web.automations.condition_words import condition
from web.i18n import gettext, ngettext

Names = Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class Step:
    """One step; ``now`` while the run is there, ``until`` when that wait ends by itself."""

    number: int
    node: str
    title: str
    kind: str
    icon: str
    tone: str
    at: datetime
    took: float | None
    said: list[str]
    failure: str = ""
    now: str = ""
    until: datetime | None = None
    messages: Sequence[MessageLine] = ()
    note: str = ""
    replies: list[MessageLine] = field(default_factory=list)
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """The steps in order, and the messages that came for the run and were not read yet."""

    steps: list[Step]
    unread: list[MessageLine]


def story(view: RunView, graph: Graph, names: Names) -> Story:
    """What happened in a run."""
    steps = [_step(one, view.line) for one in view.steps]
    asking = [
        (one.line.ended_at, step)
        for one, step in zip(view.steps, steps, strict=True)
        if one.line.type == nodes.UserReply.TYPE
    ]
    for message in view.inbox:
        if message.taken_at is not None and (reader := _reader(asking, message.taken_at)):
            reader.replies.append(message)
    for one, step in zip(view.steps, steps, strict=True):
        step.said = list(_said(one, step.replies, graph, names))
    return Story(steps, [one for one in view.inbox if one.taken_at is None])


def _reader(asking: Sequence[tuple[datetime | None, Step]], at: datetime) -> Step | None:
    """The step that waited for the message read then: it ended in the same moment, or waits still."""
    ended = (step for over, step in asking if over == at)
    return next(ended, None) or next((step for over, step in asking if over is None), None)


def _step(view: StepView, run: RunLine) -> Step:
    line = view.line
    here = line.ended_at is None and run.ended_at is None
    took = None if line.ended_at is None else (line.ended_at - line.started_at).total_seconds()
    failed = line.branch == FAILED or bool(line.reason and run.ending == FAILED and line.branch in (None, ""))  # fmt: skip
    kind = run_words.node_type(line.type)
    return Step(
        number=line.step,
        node=line.node,
        title=view.title or kind,
        kind=kind if view.title else "",
        icon=run_words.icon_of(line.type),
        tone="danger" if failed else "info" if here else "neutral",
        at=line.started_at,
        took=took,
        said=[],
        failure="" if line.branch == AGAIN else run_words.reason(line.reason),
        now=run_words.waits(run.waits).text if here else "",
        until=run.until if here else None,
        messages=view.messages,
        note=view.note,
        detail=line.detail,
    )


def _said(
    view: StepView, replies: Sequence[MessageLine], graph: Graph, names: Names
) -> Iterator[str]:
    """What the node did, then the branch it left by, where that says more."""
    line = view.line
    node = graph.by_id.get(line.node)
    data = node.data if node else None
    if line.branch == SAVED and isinstance(data, nodes.UserReply):
        yield gettext("Saved the answer in %(field)s") % {"field": _field(data.field, names)}
        return
    if isinstance(data, nodes.UserReply):
        if line.branch not in (OTHER, TIMEOUT) or not line.reason:  # its reason says it
            yield from _answered(data, line.branch, replies)
    elif data is not None:
        yield from _did(data, line.branch, line.detail or {}, names)
    if line.branch == FAILED and not line.reason:  # else that is said
        yield gettext("Failed")


def _did(data: Data, branch: str | None, detail: Mapping[str, Any], names: Names) -> Iterator[str]:
    _ = gettext
    match data:
        case nodes.SendTemplate():
            yield _("Template “%(name)s”") % {"name": data.template}
        case nodes.KeywordCatch():
            yield from _caught(data, branch, detail)
        case nodes.Branch():
            yield from _decided(data, branch, detail, names)
        case nodes.RandomSplit():
            yield from _drawn(data, branch)
        case nodes.HttpRequest():
            yield from _called(data, detail)
        case nodes.StartAutomation() | nodes.HandOver() | nodes.Goal() | nodes.End():
            yield from _led_on(data, names)
        case _:
            yield from _changed(data, detail, names)


def _answered(
    data: nodes.UserReply, branch: str | None, replies: Sequence[MessageLine]
) -> Iterator[str]:
    """What was chosen as the customer saw it: the button may be called something else by now."""
    _ = gettext
    tapped = next((one.preview for one in reversed(replies) if one.type in TAPPED), "")
    titles = {choice_branch(choice.id): choice.title for choice in choices(data.ask)}
    known = {
        ANSWERED: _("Answered"),
        TIMEOUT: _("No reply came in time"),
        OTHER: _("The answer did not fit") if titles or data.accepts != "any" else _("Answered"),
        AGAIN: _("The answer did not fit, so it asked again"),
    }
    if branch in titles:
        yield _("Chose “%(title)s”") % {"title": tapped or titles[branch]}
    elif branch in known:
        yield known[branch]


def _drawn(data: nodes.RandomSplit, branch: str | None) -> Iterator[str]:
    for share in data.shares:
        if choice_branch(share.id) == branch:
            said = gettext("Went the way “%(title)s”, as %(percent)s %% do")
            yield said % {"title": share.title or share.id, "percent": share.percent}


def _caught(
    data: nodes.KeywordCatch, branch: str | None, detail: Mapping[str, Any]
) -> Iterator[str]:
    _ = gettext
    if branch == OTHER:
        words = [word for case in data.cases for word in case.words]
        yield ngettext(
            "The %(num)s keyword did not match", "None of the %(num)s keywords matched", len(words)
        ) % {"num": len(words)}
    elif "word" in detail:
        yield _("The keyword “%(word)s” matched") % {"word": detail["word"]}


def _decided(
    data: nodes.Branch, branch: str | None, detail: Mapping[str, Any], names: Names
) -> Iterator[str]:
    _ = gettext
    decisive = _decisive(data, detail)
    if branch is None:
        return
    if decisive is None:
        yield _("Yes: everything it asks for holds") if branch == YES else _("No: nothing it asks for holds")  # fmt: skip
    else:
        said = _("Yes: %(condition)s") if branch == YES else _("No, this does not hold: %(condition)s")  # fmt: skip
        yield said % {"condition": condition(decisive, names)}


def _decisive(data: nodes.Branch, detail: Mapping[str, Any]) -> Any:
    """The condition that decided; None when no single one did, or the detail is of another version."""
    group, place = detail.get("group"), detail.get("condition")
    if not isinstance(group, int) or not isinstance(place, int):
        return None
    try:
        return data.when.groups[group].conditions[place]
    except IndexError:
        return None


def _called(data: nodes.HttpRequest, detail: Mapping[str, Any]) -> Iterator[str]:
    _ = gettext
    yield f"{data.method} {data.url}"
    if "status" in detail:
        yield _("Answered with the status %(status)s") % {"status": detail["status"]}


def _changed(data: Data, detail: Mapping[str, Any], names: Names) -> Iterator[str]:
    """What a node changed in our own records."""
    _ = gettext
    gone = _("(deleted)")
    match data:
        case nodes.SetField():
            said = _("Set %(field)s to “%(value)s”") if data.value else _("Cleared %(field)s")
            yield said % {"field": _field(data.field, names), "value": data.value}
        case nodes.SetLabel():
            said = _("Added the label “%(name)s”") if data.action == "add" else _("Removed the label “%(name)s”")  # fmt: skip
            yield said % {"name": names.get(data.label, gone)}
        case nodes.SetGroup():
            said = _("Added to the group “%(name)s”") if data.action == "add" else _("Removed from the group “%(name)s”")  # fmt: skip
            yield said % {"name": names.get(data.group, gone)}
        case nodes.Consent():
            yield _("Allowed marketing") if data.action == "allow" else _("Stopped marketing")
        case nodes.Assign():
            if user := detail.get("user"):
                yield _("Assigned to %(name)s") % {"name": names.get(user, gone)}
        case nodes.WriteNote():
            yield _("Wrote a note to the team")
        case _:
            return


def _led_on(
    data: nodes.StartAutomation | nodes.HandOver | nodes.Goal | nodes.End, names: Names
) -> Iterator[str]:
    """Where a node leads out of the automation."""
    _ = gettext
    match data:
        case nodes.StartAutomation():
            name = names.get(data.automation) or _("a deleted automation")
            said = _("Started “%(name)s” and waited for its end") if data.wait else _("Started “%(name)s”")  # fmt: skip
            yield said % {"name": name}
        case nodes.HandOver():
            yield _("Left the conversation to the team")
        case nodes.Goal():
            yield _("Reached the goal “%(name)s”") % {"name": data.name} if data.name else _("Reached the goal")  # fmt: skip
        case nodes.End():
            yield _("Ended")


def _field(key: str, names: Names) -> str:
    return names.get(f"{FIELD}{key}") or key
