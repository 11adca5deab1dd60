"""One step function for every run: what follows from an event at the node where the run is.

It is pure: the run in production, and the test in the builder, call it with the same values and get the same path. A step
keeps its number from entering a node until leaving it; an effect is done once for this number, and its ``Done`` carries it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.automations import answers, deciding, filling, replying
from domain.automations.graphs import Graph, Node
from domain.automations.nodes import (
    FAILED,
    NEXT,
    OTHER,
    PURE,
    TIMEOUT,
    End,
    Goal,
    HandOver,
    SetField,
    TimeGap,
    UserReply,
)
from domain.automations.reasons import Reason
from domain.automations.states import (
    AGAIN,
    MOST_STEPS,
    OVER,
    SAVED,
    Advance,
    Done,
    Effect,
    Ended,
    Ending,
    Event,
    Facts,
    Message,
    Replied,
    Started,
    State,
    Taken,
    TimePassed,
    Value,
    WaitsFor,
)
from domain.automations.triggers import ManualTrigger
from domain.sentences import Sentence

_A_WAIT = timedelta(minutes=1)
"""A shorter one does not count as a wait: a loop may not spin through it."""

_Detail = Mapping[str, Any] | None

_ENDINGS: Mapping[type, Ending] = {Goal: Ending.GOAL, End: Ending.COMPLETED}


def first_node(graph: Graph, trigger_id: str = "") -> str:
    """Where a run begins: after its trigger or, without one, where a start by hand leads, else the first trigger."""
    by_hand_first = sorted(
        graph.triggers, key=lambda trigger: not isinstance(trigger.data, ManualTrigger)
    )
    sources = [trigger_id] if trigger_id else [trigger.id for trigger in by_hand_first]
    return next(filter(None, (graph.after(source, NEXT) for source in sources)), "")


def begin(
    graph: Graph,
    run_id: UUID | str,
    trigger_id: str = "",
    answers: Mapping[str, Value] | None = None,
) -> State:
    """The state of a run that has done nothing; ``Started(state.node)`` sets it off. A hook's values are its first answers."""
    return State(seed=str(run_id), node=first_node(graph, trigger_id), answers=dict(answers or {}))


def await_child(state: State) -> State:
    """A run whose effect started another automation, and that goes on with the effect's ``Done`` when that one ends."""
    return replace(state, waits=WaitsFor.CHILD)


def over(state: State) -> State:
    """A run that something outside the graph ended."""
    return replace(state, waits=None, until=None, then="")


def advance(graph: Graph, state: State, event: Event, facts: Facts) -> Advance:
    """What follows from the event. One that means nothing now changes nothing.

    Time that passes while an effect is at work asks for the same effect again.
    """
    walk = _Walk(graph, state, facts)
    match event:
        case Started():
            walk.start(event.node)
        case Replied():
            walk.hear(event.message)
        case TimePassed():
            walk.tick()
        case Done():
            walk.finish(event)
    return Advance(state=walk.state, steps=tuple(walk.steps), effect=walk.effect, ended=walk.ended)


class _Walk:
    """The way through the graph that one event causes."""

    def __init__(self, graph: Graph, state: State, facts: Facts) -> None:
        self.graph, self.state, self.facts = graph, state, facts
        self.steps: list[Taken] = []
        self.effect: Effect | None = None
        self.ended: Ended | None = None

    def start(self, node: str) -> None:
        """The run begins, or begins again where it failed."""
        if self.state.waits is None:
            self._go(node)

    def hear(self, message: Message) -> None:
        """The customer wrote: an answer, if the run waits for one."""
        node = self._waiting(WaitsFor.REPLY)
        if node is None or message.kind in answers.SILENT:
            return
        assert isinstance(node.data, UserReply)
        self.state = replace(self.state, message=message.id, streak=0)
        self.facts = replace(self.facts, message=message)
        found = replying.understood(node.data, message, self.state, self.facts)
        if isinstance(found, Sentence):
            self._ask_again(node, node.data, found)
        else:
            self._save(node, node.data, *found)

    def tick(self) -> None:
        """It is ``facts.now``: an effect may have been lost, a wait may be over."""
        if (node := self._waiting(WaitsFor.EFFECT)) is not None:
            self.effect = filling.effect(node, self.state, self.facts)
            return
        if self.state.until is None or self.facts.now < self.state.until:
            return
        if (node := self._waiting(WaitsFor.TIME)) is not None:
            self._go(self._leave(node, NEXT))
        elif (node := self._waiting(WaitsFor.REPLY)) is not None:
            self.state = replace(self.state, streak=0)
            self._go(self._leave(node, TIMEOUT, Reason.NO_REPLY))

    def finish(self, done: Done) -> None:
        """The effect at work ended."""
        node = self._waiting(WaitsFor.EFFECT, WaitsFor.CHILD)
        if node is None or done.step != self.state.step:
            return
        if done.values:
            self.state = replace(self.state, answers={**self.state.answers, **done.values})
        if self.state.then:
            self._go(self._saved(node, done))
        elif done.branch == FAILED:
            self._go(self._leave(node, FAILED, done.failure or Reason.INTERNAL))
        elif isinstance(node.data, UserReply):
            self._await_reply(node.data)
        elif isinstance(node.data, HandOver):
            self._end_at(node, Ending.HANDED_OVER)
        else:
            self._go(self._leave(node, done.branch, done.failure))

    def _waiting(self, *what: WaitsFor) -> Node | None:
        """The node at which the run waits for one of these."""
        if self.state.waits not in what:
            return None
        node = self.graph.by_id.get(self.state.node)
        if node is None:
            self._end(Ending.FAILED, Reason.NODE_MISSING)
        return node

    def _go(self, target: str | None) -> None:
        while target is not None and self.ended is None:
            target = self._enter(target)

    def _enter(self, node_id: str) -> str | None:
        """The step into a node; returns the next node, or None where the run waits or ends."""
        node = self.graph.by_id.get(node_id)
        if node is None or self.state.streak >= MOST_STEPS:
            self._end(Ending.FAILED, Reason.LOOP_GUARD if node else Reason.NODE_MISSING)
            return None
        self.state = replace(self.state, node=node.id, streak=self.state.streak + 1)
        match node.data:
            case _ if isinstance(node.data, PURE):
                return self._leave(node, *deciding.way(node.data, self.state, self.facts))
            case TimeGap():
                return self._pause(node, node.data)
            case Goal() | End():
                self._end_at(node, _ENDINGS[type(node.data)])
            case UserReply(ask=None):
                self._take(node)
                self._await_reply(node.data)
            case _:
                return self._act(node)
        return None

    def _pause(self, node: Node, gap: TimeGap) -> str | None:
        """A wait for a time, unless that has passed."""
        until = deciding.moment(gap, self.facts)
        if isinstance(until, Reason):
            return self._leave(node, FAILED, until)
        if until <= self.facts.now:
            return self._leave(node, NEXT)
        long = until - self.facts.now >= _A_WAIT
        self._take(node, detail={"until": until.isoformat()})
        self._wait(WaitsFor.TIME, until=until, streak=0 if long else self.state.streak)
        return None

    def _act(self, node: Node) -> str | None:
        """An effect, unless it has nothing to say."""
        effect = filling.effect(node, self.state, self.facts)
        if filling.says_nothing(effect):
            return self._leave(node, FAILED, Reason.NOTHING_TO_SAY)
        self._take(node)
        self._wait(WaitsFor.EFFECT)
        self.effect = effect
        return None

    def _await_reply(self, data: UserReply) -> None:
        until = deciding.timeout(data, self.facts)
        self._wait(WaitsFor.REPLY, until=until)

    def _ask_again(self, node: Node, data: UserReply, problem: Sentence) -> None:
        """The next step asks once more, if the author wants that and there is something to ask with."""
        detail, tries = {"problem": problem.code}, self.state.tries + 1
        if not replying.asks_again(data, self.state, self.facts):
            self._go(self._leave(node, OTHER, Reason.NOT_UNDERSTOOD, detail))
            return
        self._leave_by(node, AGAIN, Reason.NOT_UNDERSTOOD, detail)
        self.state = replace(self.state, tries=tries)
        self._act(node)

    def _save(self, node: Node, data: UserReply, branch: str, value: str) -> None:
        """The answer is kept and, as a step of its own, written to the contact's field."""
        if name := replying.saved_as(data):
            self.state = replace(self.state, answers={**self.state.answers, name: value})
        if not data.field:
            self._go(self._leave(node, branch))
            return
        self._leave_by(node, branch)
        self.state = replace(self.state, then=branch)
        self._act(node)

    def _saved(self, node: Node, done: Done) -> str | None:
        """After the answer was written to the field, or could not be: its branch, which it keeps either way."""
        branch = self.state.then
        self._leave_by(node, SAVED, done.failure)
        return self._target(node, branch)

    def _leave(
        self, node: Node, branch: str, reason: str = "", detail: _Detail = None
    ) -> str | None:
        """The node a branch leads to; where there is none, the run ends."""
        self._leave_by(node, branch, reason, detail)
        return self._target(node, branch, reason)

    def _leave_by(self, node: Node, branch: str, reason: str = "", detail: _Detail = None) -> None:
        """The step is over; the next one has the next number."""
        self._take(node, branch, reason, detail)
        self.state = replace(
            self.state, step=self.state.step + 1, waits=None, until=None, tries=0, then=""
        )

    def _target(self, node: Node, branch: str, reason: str = "") -> str | None:
        target = self.graph.after(node.id, branch)
        if target is None and branch == FAILED:
            self._end(Ending.FAILED, reason)
        elif target is None:
            self._end(Ending.COMPLETED)
        return target

    def _take(
        self, node: Node, branch: str | None = None, reason: str = "", detail: _Detail = None
    ) -> None:
        kind = SetField.TYPE if self.state.then else node.data.TYPE
        self.steps.append(
            Taken(
                step=self.state.step,
                node=node.id,
                type=kind,
                branch=branch,
                reason=reason,
                detail=detail,
            )
        )

    def _wait(self, what: WaitsFor, **changes: Any) -> None:
        self.state = replace(self.state, waits=what, **{"until": None, **changes})

    def _end_at(self, node: Node, ending: Ending) -> None:
        self._leave_by(node, OVER)
        self._end(ending)

    def _end(self, ending: Ending, reason: str = "") -> None:
        self.state = replace(self.state, waits=None, until=None)
        self.ended = Ended(ending=ending, reason=reason)
