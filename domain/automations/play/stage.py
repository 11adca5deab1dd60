"""Play a test from its first moment to its last action: the same input always gives the same show."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from domain import window
from domain.automations import answers, interpreter, keywords, times
from domain.automations.contents import Choice, choices
from domain.automations.graphs import Graph
from domain.automations.nodes import NEXT, MatchMode
from domain.automations.play.outcomes import Lit, PlayOut
from domain.automations.play.scripts import (
    MOST_ACTIONS,
    Action,
    Jump,
    JumpTo,
    NextWait,
    PlayIn,
    Send,
    Tap,
    Write,
)
from domain.automations.play.world import World
from domain.automations.states import (
    INNER,
    NOT_LISTENING,
    OVER,
    Ended,
    Ending,
    Event,
    Message,
    Replied,
    Started,
    State,
    Taken,
    TimePassed,
    WaitsFor,
)
from domain.calendars import Calendar
from domain.consent import Action as Wanted
from domain.wishes import wish

SEED = "play"
MOST_MOVES = 2000
"""The most events of one test: a loop of short waits could go on for ever."""

MOST_LIT = 5000
"""The most steps it shows: each event may take many."""


def play(
    graph: Graph,
    given: PlayIn,
    day: Callable[[str], str] = str,
    calendars: Mapping[str, Calendar] = MappingProxyType({}),
) -> PlayOut:
    """What happens in the test; ``day`` is how messages say a day in the customer's language, ``calendars`` are as in ``Facts``."""
    return _Stage(graph, given, World(given, day, calendars)).show()


class _Stage:
    """A test at work: the run, its world, and what was seen so far."""

    def __init__(self, graph: Graph, given: PlayIn, world: World) -> None:
        self.graph, self.given, self.world = graph, given, world
        self.state = self._begin()
        self.inbox: deque[Message] = deque()
        self.ended: Ended | None = None
        self.lit: list[Lit] = []
        self.edges: list[tuple[str, str]] = []
        self.moves = self.messages = 0

    def show(self) -> PlayOut:
        """Everything, from the start to the last action."""
        if self.given.message:
            self.world.message = self._message(text=self.given.message)
            self.world.arrives(self.world.message)
        self._start()
        for action in self.given.actions[:MOST_ACTIONS]:
            self._do(action)
        if len(self.given.actions) > MOST_ACTIONS:
            self.world.problem("too_long")
        return self._out()

    def _begin(self) -> State:
        return interpreter.begin(self.graph, SEED, self.given.trigger, self.given.answers)

    def _start(self) -> None:
        trigger = self.given.trigger or next((one.id for one in self.graph.triggers), "")
        if trigger and not self.given.node:
            self.edges.append((trigger, NEXT))
        self._event(Started(self.given.node or self.state.node))
        self._settle()

    def _do(self, action: Action) -> None:
        match action:
            case Write():
                self._hear(self._message(text=action.text))
            case Tap():
                self._tap(action.choice)
            case Send():
                self._hear(self._sent(action))
            case Jump():
                self._jump(times.add(self.world.now, action.by, self.world.zone))
            case JumpTo():
                self._jump(times.aware(action.moment, self.world.our_zone))
            case NextWait():
                self._jump_to_wait()

    def _message(self, kind: str = "text", text: str = "", **more: str) -> Message:
        self.messages += 1
        return Message(
            id=f"message-{self.messages}", kind=kind, text=text, at=self.world.now, **more
        )

    def _sent(self, action: Send) -> Message:
        if action.what == "location":
            return self._message(
                "location", action.text, latitude=action.latitude, longitude=action.longitude
            )
        more = {"media": f"file-{self.messages + 1}"} if action.what in answers.MEDIA else {}
        return self._message(action.what, action.text, **more)

    def _tap(self, choice: str) -> None:
        """A button of the newest message that has it."""
        for line in reversed(self.world.lines):
            found = next((one for one in choices(line.content) if one.id == choice), None)
            if found is None and line.template and choice:
                found = Choice(id=choice, title=choice)
            if found is not None and not line.failed:
                kind = "button" if line.template else "interactive"
                self._hear(self._message(kind, found.title, payload=found.id))
                return
        self.world.problem("no_such_choice")

    def _hear(self, message: Message) -> None:
        """A message of the customer: a wish about marketing, a restart word, or something for the run."""
        self.world.arrives(message)
        if self._obeyed(message) or self._restarted(message):
            return
        if self.ended is not None:
            self.world.problem("after_end")
        elif message.kind not in answers.SILENT:
            if self.state.waits is not WaitsFor.REPLY:
                self.world.event("unheard", self.state.node)
            self.inbox.append(message)
            self._settle()

    def _obeyed(self, message: Message) -> bool:
        """Whether it is a STOP or START word, which no run sees."""
        found = wish(message.text) if message.kind == "text" else None
        if found is None:
            return False
        stops = found.action is Wanted.STOP
        self.world.consent = "stopped" if stops else "allowed"
        self.world.event("stopped" if stops else "allowed")
        if stops and self.graph.settings.marketing and self.ended is None:
            self._end(Ending.OPTED_OUT)
        return True

    def _restarted(self, message: Message) -> bool:
        words = self.graph.settings.restart_words
        if message.kind != "text" or self.ended is not None:
            return False
        if keywords.found(MatchMode.EXACT, words, message.text) is None:
            return False
        self.world.event("restarted")
        self._cut_short()
        self.world.message, self.state = message, self._begin()
        self.inbox.clear()
        self._start()
        return True

    def _end(self, ending: Ending) -> None:
        self._cut_short()
        self.ended = Ended(ending=ending)
        self.state = interpreter.over(self.state)

    def _cut_short(self) -> None:
        """The run ends where it is."""
        if self.lit and self.lit[-1].left_at is None:
            self.lit[-1] = replace(self.lit[-1], branch=OVER, left_at=self.world.now)

    def _jump_to_wait(self) -> None:
        if self.ended is not None or self.state.until is None:
            self.world.problem("nothing_waits")
            return
        self._jump(self.state.until)

    def _jump(self, moment: datetime) -> None:
        """The clock goes on; every wait on the way ends at its own moment."""
        moment = min(moment, self.world.now + times.FARTHEST)
        while self.ended is None and self.state.until is not None and self.state.until <= moment:
            self.world.goes_on(self.state.until)
            self._event(TimePassed())
            self._settle()
        self.world.goes_on(moment)

    def _settle(self) -> None:
        """The run takes what came for it, one message after the other; what a longer wait finds is not for it."""
        if self.state.waits in NOT_LISTENING:
            self.inbox.clear()
        while self.inbox and self.ended is None and self.state.waits is WaitsFor.REPLY:
            self._event(Replied(self.inbox.popleft()))

    def _event(self, event: Event | None) -> None:
        """One event, and the effects that follow from it."""
        while event is not None and self.ended is None:
            self.moves += 1
            if self.moves > MOST_MOVES or len(self.lit) > MOST_LIT:
                self.world.problem("too_long", self.state.node)
                self.ended = Ended(ending=Ending.STOPPED, reason="too_long")
                return
            found = interpreter.advance(self.graph, self.state, event, self.world.facts())
            if isinstance(event, Replied):
                self.world.message = event.message
            self.state, self.ended = found.state, found.ended
            for step in found.steps:
                self._light(step)
            event = self.world.perform(found.effect) if found.effect else None

    def _light(self, step: Taken) -> None:
        now = self.world.now
        left = None if step.branch is None else now
        known = self.lit and self.lit[-1].step == step.step and self.lit[-1].left_at is None
        entered = self.lit.pop() if known else None
        self.lit.append(
            Lit(
                step=step.step, node=step.node, type=step.type, branch=step.branch, reason=step.reason,
                at=entered.at if entered else now, left_at=left,
                detail=step.detail or (entered.detail if entered else None),
            )
        )  # fmt: skip
        if step.branch and step.branch not in INNER | {OVER}:
            self.edges.append((step.node, step.branch))

    def _out(self) -> PlayOut:
        world, state = self.world, self.state
        return PlayOut(
            lines=tuple(world.lines),
            lit=tuple(self.lit),
            edges=tuple(self.edges),
            answers=state.answers,
            fields=world.fields,
            labels=frozenset(world.labels),
            groups=frozenset(world.groups),
            consent=world.consent,
            now=world.now,
            node=state.node,
            waits=state.waits,
            until=state.until,
            window_until=world.window_until,
            window_open=window.is_open(world.window_until, world.now),
            ended=self.ended,
            problems=tuple(world.problems),
        )
