"""The world of a test: a customer, a clock and a window; effects change it as the real ones would, and leave nothing."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain import window
from domain.automations import picking, times
from domain.automations.nodes import (
    FAILED,
    NEXT,
    Assign,
    Consent,
    CustomReply,
    Data,
    HandOver,
    HttpRequest,
    SendTemplate,
    SetField,
    SetGroup,
    SetLabel,
    StartAutomation,
    UserReply,
    WriteNote,
)
from domain.automations.play.outcomes import Line, PlayProblem
from domain.automations.play.scripts import PlayIn
from domain.automations.reasons import Reason
from domain.automations.states import Done, Effect, Facts, Message, Value
from domain.calendars import Calendar

_WINDOW = timedelta(hours=24)


class World:
    """Everything a test can see and change besides the run itself."""

    def __init__(
        self, given: PlayIn, day: Callable[[str], str], calendars: Mapping[str, Calendar]
    ) -> None:
        person, self.day, self.calendars = given.person, day, calendars
        self.our_zone = times.zone_named(given.our_zone, UTC, UTC)
        self.now = times.aware(given.at, self.our_zone)
        self.zone = times.zone_named(person.zone, self.our_zone, self.our_zone)
        self.language = person.language
        self.fields: dict[str, Value] = dict(person.fields or {})
        self.labels, self.groups = set(person.labels), set(person.groups)
        self.consent: str = person.consent
        until = given.window_until
        self.window_until = None if until is None else times.aware(until, self.our_zone)
        self.message: Message | None = None
        self.lines: list[Line] = []
        self.problems: list[PlayProblem] = []

    def facts(self) -> Facts:
        """What the interpreter sees."""
        return Facts(
            now=self.now,
            zone=self.zone,
            our_zone=self.our_zone,
            language=self.language,
            fields=self.fields,
            labels=frozenset(self.labels),
            groups=frozenset(self.groups),
            consent=self.consent,
            window_until=self.window_until,
            message=self.message,
            calendars=self.calendars,
            day=self.day,
        )

    def arrives(self, message: Message) -> None:
        """The customer's message is in the conversation, and opens the window if its kind does."""
        self.lines.append(Line(at=self.now, side="customer", kind=message.kind, text=message.text))
        if message.kind in window.OPENING_TYPES:
            self.window_until = self.now + _WINDOW

    def event(self, kind: str, node: str = "", step: int = 0, **detail: Any) -> None:
        """Something stands between the messages."""
        self.lines.append(
            Line(at=self.now, side="event", kind=kind, node=node, step=step, detail=detail or None)
        )

    def problem(self, code: str, node: str = "") -> None:
        """The author should know; once per node."""
        found = PlayProblem(code=code, node=node)
        if found not in self.problems:
            self.problems.append(found)

    def perform(self, effect: Effect) -> Done:
        """Do what the effect would do, to this world."""
        act = _ACTS.get(type(effect.data))
        return Done(step=effect.step) if act is None else act(self, effect)

    def _template(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, SendTemplate)
        failed = "" if data.template else Reason.GONE
        self.lines.append(
            Line(
                at=self.now, side="us", kind="template", node=effect.node, step=effect.step,
                template=data.template, detail=data.values, failed=failed,
            )
        )  # fmt: skip
        return _done(effect, failed)

    def _messages(self, effect: Effect) -> Done:
        failed = "" if window.is_open(self.window_until, self.now) else Reason.WINDOW_CLOSED
        for content in effect.contents[:1] if failed else effect.contents:
            self.lines.append(
                Line(
                    at=self.now, side="us", kind=content.kind, node=effect.node, step=effect.step,
                    content=content, text=getattr(content, "text", ""), failed=failed,
                )
            )  # fmt: skip
        return _done(effect, failed)

    def _field(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, SetField)
        if not data.field:
            return _done(effect, Reason.GONE)
        if data.value:
            self.fields[data.field] = data.value
        else:
            self.fields.pop(data.field, None)
        return self._did(effect, field=data.field, value=data.value)

    def _label(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, SetLabel)
        _change(self.labels, data.label, data.action)
        return self._did(effect, label=data.label, action=data.action)

    def _group(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, SetGroup)
        _change(self.groups, data.group, data.action)
        return self._did(effect, group=data.group, action=data.action)

    def _consent(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, Consent)
        self.consent = "allowed" if data.action == "allow" else "stopped"
        return self._did(effect, action=data.action)

    def _assign(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, Assign)
        if not data.users:
            return _done(effect, Reason.GONE)
        return self._did(effect, users=list(data.users))

    def _note(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, WriteNote | HandOver)
        return self._did(effect, note=data.text if isinstance(data, WriteNote) else data.note)

    def _child(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, StartAutomation)
        if not data.automation:
            return _done(effect, Reason.GONE)
        return self._did(effect, automation=data.automation)

    def _request(self, effect: Effect) -> Done:
        data = effect.data
        assert isinstance(data, HttpRequest)
        if not data.url:
            return _done(effect, Reason.HTTP_ADDRESS)
        self.event(data.TYPE, effect.node, effect.step, method=data.method, url=data.url)
        if not data.recorded.strip():
            self.problem("no_recorded", effect.node)
            return _done(effect)
        try:
            answer = picking.read(data.recorded)
        except ValueError:
            return _done(effect, Reason.HTTP_ANSWER)
        return Done(step=effect.step, values=picking.picked(answer, data.picks))

    def _did(self, effect: Effect, **detail: Any) -> Done:
        self.event(effect.data.TYPE, effect.node, effect.step, **detail)
        return _done(effect)

    def goes_on(self, moment: datetime) -> None:
        """The clock goes on; it never goes back."""
        passed = moment - self.now
        if passed > timedelta():
            self.now = moment
            self.event("jumped", seconds=int(passed.total_seconds()))


def _done(effect: Effect, failed: str = "") -> Done:
    return Done(step=effect.step, branch=FAILED if failed else NEXT, failure=failed)


def _change(held: set[str], what: str, action: str) -> None:
    if action == "add" and what:
        held.add(what)
    else:
        held.discard(what)


_ACTS: Mapping[type[Data], Callable[[World, Effect], Done]] = {
    SendTemplate: World._template,
    CustomReply: World._messages,
    UserReply: World._messages,
    SetField: World._field,
    SetLabel: World._label,
    SetGroup: World._group,
    Consent: World._consent,
    Assign: World._assign,
    WriteNote: World._note,
    HandOver: World._note,
    StartAutomation: World._child,
    HttpRequest: World._request,
}
