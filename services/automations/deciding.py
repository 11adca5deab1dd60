"""Decide what a run does next, in one transaction: the pure interpreter over the run's row, its inbox and the facts.

Deciding again without news gives the same answer, so that a workflow may ask whenever it likes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.automations import interpreter
from domain.automations.decisions import HELD, Decision, DueRun, Next
from domain.automations.graphs import Graph
from domain.automations.states import (
    NOT_LISTENING,
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
    WaitsFor,
)
from domain.automations.status import AutomationStatus
from domain.journal.automations import RunEnded, RunWoken
from services import clock, journal
from services.automations import children, facts, hours
from services.automations.releasing import release
from services.automations.versions import Versions
from store.automations import inbox, runs, steps
from store.automations.runs import Locked, RunRecord

MOST_MESSAGES = 100
"""The most messages read in one go; the rest is read in the next."""

AT_WORK = (WaitsFor.EFFECT, WaitsFor.CHILD)

GONE = Decision(Next.ENDED, Ending.REMOVED)
"""Its contact was deleted, and the run with it."""


@dataclass(slots=True)
class Moving:
    """A locked run on its way: where it is, the steps it took, and what has to follow."""

    run: RunRecord
    graph: Graph
    state: State
    now: datetime
    facts: Facts
    taken: tuple[Taken, ...] = ()
    effect: Effect | None = None
    ended: Ended | None = None
    moved: bool = False

    def waits_for(self, step: int) -> bool:
        """Whether the effect of this step, or what it set off, is what it waits for."""
        return self.state.waits in AT_WORK and self.state.step == step

    def advance(self, event: Event) -> None:
        """Let something happen to it."""
        follows: Advance = interpreter.advance(self.graph, self.state, event, self.facts)
        self.moved = self.moved or follows.state != self.state or bool(follows.steps)
        self.state, self.effect, self.ended = follows.state, follows.effect, follows.ended
        self.taken += follows.steps

    def out_waited(self) -> bool:
        """Let its wait end if the time has come; returns whether it had."""
        if self.state.until is None or self.state.until > self.now:
            return False
        self.advance(TimePassed())
        return True

    def hear(self, message: Message) -> None:
        """Let the customer's message happen to it."""
        self.facts = replace(self.facts, message=message)
        self.advance(Replied(message))


def actor_of(run: RunRecord) -> Actor:
    """An automation as the author of what its runs do."""
    return Actor(f"automation:{run.automation_id}")


async def decide(session: AsyncSession, versions: Versions, run_id: UUID) -> Decision:
    """What the run does next; whatever came for it meanwhile is taken into account."""
    return (await look(session, versions, run_id))[1]


async def look(
    session: AsyncSession, versions: Versions, run_id: UUID
) -> tuple[DueRun | None, Decision]:
    """The same, with what its workflow begins with; None if it is gone."""
    known = await runs.lock(session, run_id)
    if known is None:
        return None, GONE
    run = known.run
    due = DueRun(run.id, run.automation_id, run.version, run.contact_id)
    if (standing := _standing(run)) is not None:
        return due, standing
    moving = await load(session, versions, known)
    await _begin(session, moving)
    return due, await _settle(session, moving)


async def finish(session: AsyncSession, versions: Versions, run_id: UUID, done: Done) -> Decision:
    """Write down how the effect of a step ended, once, and decide what follows."""
    known = await runs.lock(session, run_id)
    if known is None:
        return GONE
    if known.run.ended_at is not None:
        return _over(known.run)
    moving = await load(session, versions, known)
    if not moving.waits_for(done.step):
        return await decide(session, versions, run_id)
    moving.advance(done)
    return await _settle(session, moving)


async def settle(session: AsyncSession, moving: Moving, done: Done | None) -> Decision:
    """Write down how the effect at work ended, or that it waits for another run, and decide what follows."""
    if done is None:
        moving.state, moving.effect = interpreter.await_child(moving.state), None
        moving.moved = True
    else:
        moving.advance(done)
    return await _settle(session, moving)


async def load(session: AsyncSession, versions: Versions, known: Locked) -> Moving:
    """A locked run with everything the interpreter needs."""
    run, now = known.run, clock.now()
    last = facts.as_message(known.message) if known.message else None
    graph = await versions.get(session, run.automation_id, run.version)
    named = await hours.named(session, graph.calendars, run.channel_id)
    return Moving(run, graph, run.unpacked(), now, facts.as_facts(known.person, now, last, named))


async def effect_at_work(
    session: AsyncSession, versions: Versions, run_id: UUID, step: int
) -> Moving | Decision:
    """The run and the effect it is at work on; or what it does instead, when that step is over or may not act now."""
    known = await runs.lock(session, run_id)
    if known is None:
        return GONE
    moving = None if _standing(known.run) else await load(session, versions, known)
    if moving is not None and moving.waits_for(step):
        moving.advance(TimePassed())
        if moving.effect is not None:
            return moving
    return await decide(session, versions, run_id)


def _standing(run: RunRecord) -> Decision | None:
    """What there is to say without the interpreter: it ended, or has to stay where it is."""
    if run.ended_at is not None:
        return _over(run)
    if run.status != AutomationStatus.LIVE or run.taken_at is not None:
        return Decision(Next.WAIT, HELD, version=run.version)
    return None


def _over(run: RunRecord, ending: str | None = None) -> Decision:
    return Decision(Next.ENDED, ending or run.ending or Ending.STOPPED, version=run.version)


async def _begin(session: AsyncSession, moving: Moving) -> None:
    """Let happen what is due: the start, the end of a wait, or of another run."""
    run, state = moving.run, moving.state
    match state.waits:
        case None:
            start = state.node or interpreter.first_node(moving.graph, run.trigger_id)
            moving.advance(Started(start))
        case WaitsFor.EFFECT:
            moving.advance(TimePassed())
        case WaitsFor.CHILD:
            if (done := await children.done(session, run.id, state.step)) is not None:
                moving.advance(done)
        case WaitsFor.REPLY | WaitsFor.TIME:
            pass


async def _settle(session: AsyncSession, moving: Moving) -> Decision:
    """Read what came, let passed waits end, and write where that leads."""
    for _ in range(MOST_MESSAGES):
        if moving.ended or moving.effect:
            break
        if not await _heard(session, moving) and not moving.out_waited():
            break
    if moving.moved or moving.ended:
        await _save(session, moving)
    return decision(moving)


async def _heard(session: AsyncSession, moving: Moving) -> bool:
    """Take the oldest unread message, if it waits for one; returns whether there was one."""
    run = moving.run
    if moving.state.waits is not WaitsFor.REPLY:
        return False
    found = await inbox.oldest(session, run.id)
    if found is None:
        return False
    message_id, written = found
    message = facts.as_message(written) if written else None
    until = moving.state.until
    if message is not None and until is not None and until < message.at:
        return moving.out_waited()  # it came when the wait was over, and is kept for the next one
    await inbox.take(session, run.id, message_id, moving.now)
    if message is not None:
        moving.hear(message)
    return True


async def _save(session: AsyncSession, moving: Moving) -> None:
    """Write the run, its steps, and at its end what follows from that."""
    run, now = moving.run, moving.now
    await runs.save(session, run, moving.taken, moving.state, now, moving.ended)
    if moving.ended or moving.state.waits in NOT_LISTENING:
        await release(session, actor_of(run), run.id, run.channel_id, run.contact_id)
    if moving.ended is None:
        return
    await steps.close(session, [run.id], now)
    ended = RunEnded(
        run_id=run.id, contact_id=run.contact_id, automation_id=run.automation_id,
        ending=moving.ended.ending, reason=moving.ended.reason or None,
    )  # fmt: skip
    await journal.note(session, actor_of(run), ended)
    if run.parent_id is not None:
        await _wake(session, run.parent_id)


async def _wake(session: AsyncSession, run_id: UUID) -> None:
    """Tell the run that started this one that it ended."""
    if (parent := await runs.due(session, run_id)) is not None and not parent.is_over:
        woken = RunWoken(
            run_id=parent.id, contact_id=parent.contact_id, automation_id=parent.automation_id
        )
        await journal.note(session, Actor(f"automation:{parent.automation_id}"), woken)


def decision(moving: Moving) -> Decision:
    """What follows, for the workflow."""
    run, effect, state = moving.run, moving.effect, moving.state
    if moving.ended is not None:
        return _over(run, moving.ended.ending)
    if run.status != AutomationStatus.LIVE or run.taken_at is not None:
        return Decision(Next.WAIT, HELD, version=run.version)
    if effect is None:
        waits = state.waits or WaitsFor.TIME
        return Decision(Next.WAIT, waits, until=state.until, version=run.version)
    node = moving.graph.by_id.get(effect.node)
    title = node.title if node else ""
    return Decision(
        Next.EFFECT, WaitsFor.EFFECT, effect.step, effect.data.TYPE, title, version=run.version
    )
