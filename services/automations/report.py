"""Watch an automation act: its runs, one run step by step, and how many took which way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.automations.graphs import Graph
from domain.automations.nodes import FAILED, LAST
from domain.automations.states import INNER
from domain.errors import NotFound
from domain.ids import first_id
from domain.messages import MessageState
from domain.sentences import Sentence
from services.automations import documents, find
from services.conversations import browse
from services.messages import reasons
from store.automations import designs, report, tallies
from store.automations.report import RunFilter, RunLine, RunMessage, RunRest, StepLine

__all__ = ["Counts", "Period", "RunFilter", "RunLine", "RunView", "StepView"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PREVIEW = 200
CONVERSATION_RUNS = 20
SENDING = frozenset({"send_template", "custom_reply", "user_reply"})


class Period(StrEnum):
    """How far back counts look."""

    DAY = "24h"
    WEEK = "7d"
    ALL = "all"


_LENGTHS = {Period.DAY: timedelta(days=1), Period.WEEK: timedelta(days=7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """One page of runs and the cursor of the next."""

    items: list[RunLine]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """A message of a run: what it says in short, and how far it got."""

    id: UUID
    type: str
    preview: str
    state: str
    error: Sentence | None
    at: datetime
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of a run with the messages it sent."""

    line: StepLine
    title: str
    messages: Sequence[MessageLine]
    note: str
    """What it wrote to the team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run with everything that happened in it."""

    line: RunLine
    rest: RunRest
    trigger_title: str
    trigger_type: str
    written: MessageLine | None
    """What the contact wrote that started it."""
    steps: Sequence[StepView]
    inbox: Sequence[MessageLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCounts:
    """How many are at a node now, and how many left it, by branch, in a period."""

    node: str
    here: int
    branches: Mapping[str, int]
    onward: frozenset[str]
    """The branches that lead on, in the version that acts."""
    last: bool = False
    """Whether a run is meant to end here: at a goal, an end, or the team."""

    @property
    def passed(self) -> int:
        """Those that went on."""
        return sum(runs for branch, runs in self.branches.items() if branch in self.onward)

    @property
    def dropped(self) -> int:
        """Those that ended here, where no run is meant to end."""
        left = sum(runs for branch, runs in self.branches.items() if branch not in self.onward)
        return 0 if self.last else left

    @property
    def failed(self) -> int:
        """Those that went on by the failed branch."""
        return self.branches.get(FAILED, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The figures over an automation's canvas."""

    period: Period
    nodes: Sequence[NodeCounts]
    triggers: Mapping[str, int]
    """How many each trigger started in the period."""
    entered: int
    ended: Mapping[str, int]
    active: int


async def runs(
    session: AsyncSession, wanted: RunFilter, *, cursor: str = "", limit: int = 50
) -> RunPage:
    """Runs, newest first, page by page."""
    found = await report.page(session, wanted, before=cursors.position(cursor), limit=limit + 1)
    shown = found[:limit]
    more = cursors.encode((str(shown[-1].id),)) if len(found) > limit else None
    return RunPage(items=shown, next_cursor=more)


async def line(session: AsyncSession, run_id: UUID) -> RunLine:
    """One run as in a list; raises NotFound."""
    found = await report.one(session, run_id)
    if found is None:
        raise NotFound("run_unknown")
    return found


async def run(session: AsyncSession, run_id: UUID) -> RunView:
    """One run with its steps and messages; raises NotFound."""
    shown = await line(session, run_id)
    rest, steps = await report.rest(session, run_id), await report.steps(session, run_id)
    sending = [step.step for step in steps if step.type in SENDING]
    sent = await report.sent(session, run_id, sending) if sending else []
    notes = await report.notes(session, run_id)
    titles = _told(rest.graph, "nodes", "title")
    began = await report.written(session, rest.message_id) if rest.message_id else None
    return RunView(
        line=shown,
        rest=rest,
        trigger_title=_told(rest.graph, "triggers", "title").get(shown.trigger_id, ""),
        trigger_type=_told(rest.graph, "triggers", "type").get(shown.trigger_id, ""),
        written=_message(began) if began else None,
        steps=[
            StepView(
                line=step,
                title=titles.get(step.node, ""),
                messages=[_message(one) for one in sent if _step_of(one) == step.step],
                note=notes.get(step.step, ""),
            )
            for step in steps
        ],
        inbox=[_message(one) for one in await report.came(session, run_id)],
    )


async def conversation_runs(session: AsyncSession, conversation_id: UUID) -> list[RunLine]:
    """The runs that are active in a conversation, newest first; raises NotFound."""
    thread = await browse.one(session, conversation_id)
    if thread.group_id is not None:
        return []
    wanted = RunFilter(contact_id=thread.contact_id, channel_id=thread.channel_id, active=True)
    return await report.page(session, wanted, before=None, limit=CONVERSATION_RUNS)


async def people(
    session: AsyncSession, automation_id: UUID, node: str, *, cursor: str = "", limit: int = 50
) -> RunPage:
    """The runs that are at a node now, newest first; raises NotFound."""
    await find.row(session, automation_id)
    wanted = RunFilter(automation_id=automation_id, node=node, active=True)
    return await runs(session, wanted, cursor=cursor, limit=limit)


async def counts(
    session: AsyncSession, automation_id: UUID, period: Period, now: datetime
) -> Counts:
    """How many are at each node now, and which ways were taken in a period; raises NotFound."""
    drawn = await _acting(session, automation_id)
    since = now - _LENGTHS[period] if period in _LENGTHS else EPOCH
    hour = since.replace(minute=0, second=0, microsecond=0)
    taken = await tallies.counts(session, automation_id, since, hour)
    here = await tallies.here(session, automation_id)
    triggers, endings = Counter[str](), Counter[str]()
    for one in await tallies.begun(session, automation_id, first_id(since)):
        triggers[one.trigger] += one.runs
        endings[one.ending] += one.runs
    ways: dict[str, dict[str, int]] = {node: {} for node in here}
    for count in taken:
        if count.branch not in INNER:
            ways.setdefault(count.node, {})[count.branch] = count.runs
    return Counts(
        period=period,
        nodes=[
            _node_counts(drawn, node, here.get(node, 0), branches)
            for node, branches in sorted(ways.items())
        ],
        triggers={trigger: runs for trigger, runs in triggers.items() if trigger},
        entered=endings.total(),
        ended={ending: runs for ending, runs in endings.items() if ending},
        active=sum(here.values()),
    )


async def _acting(session: AsyncSession, automation_id: UUID) -> Graph:
    """The graph of the version that acts; an empty one before the first."""
    row = await find.row(session, automation_id)
    found = await designs.version(session, row.id, row.version) if row.version else None
    return documents.read(found.graph).graph if found else Graph()


def _node_counts(drawn: Graph, at: str, here: int, taken: Mapping[str, int]) -> NodeCounts:
    """The figures of a node; of one that only earlier versions had, every way led on."""
    node = drawn.by_id.get(at)
    onward = [way for way in taken if way and (node is None or drawn.after(at, way) is not None)]
    last = node is not None and isinstance(node.data, LAST)
    return NodeCounts(node=at, here=here, branches=taken, onward=frozenset(onward), last=last)


def _told(graph: Mapping[str, Any], part: str, what: str) -> dict[str, str]:
    return {one["id"]: one[what] for one in graph.get(part, ())}


def _step_of(message: RunMessage) -> int:
    return int((message.client_id or "").split(":")[2])


def _message(found: RunMessage) -> MessageLine:
    state = MessageState(found.state)
    return MessageLine(
        id=found.id,
        type=found.kind,
        preview=(found.body or "")[:PREVIEW],
        state=state,
        error=reasons.sentence(state, found.error_code, found.error_detail),
        at=found.at,
        taken_at=found.taken_at,
    )
