"""Runs of automations: lists, one of them step by step, and the figures of nodes."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.automations.shapes import Read
from api.automations.who import Reader, Runner, Sight
from api.deps import ReadSessionDep, SessionDep, StateDep
from api.idempotency import IdempotentRoute
from api.state import AppState
from api.wording import say
from api.wording.fields import Worded
from domain.automations.states import Ending, WaitsFor
from domain.ids import first_id
from services.automations import control, reasons, report
from services.automations.report import RunView, StepView
from workflows import ids

router = APIRouter(prefix="/api/runs", tags=["automations"], route_class=IdempotentRoute)


class RunOut(Read):
    """A run: whose, where it is, and how it ended; ``reason`` is a code that ``reason_text`` puts into words.

    ``in_doubt``: it waits for the answer to a question that WhatsApp has not confirmed. Name and number are null without
    the right to read contacts or conversations.
    """

    id: UUID
    automation_id: UUID
    automation_name: str
    version: int
    contact_id: UUID
    contact_name: str | None
    contact_phone: str | None
    channel_id: UUID
    trigger_id: str
    status: Literal["active", "ended"]
    node: str
    node_title: str
    node_type: str
    waits: WaitsFor | None
    in_doubt: bool
    until: datetime | None
    ending: Ending | None
    reason: str
    reason_text: str | None
    started_at: datetime
    moved_at: datetime
    ended_at: datetime | None

    @classmethod
    def read(cls, line: object, sight: Sight) -> dict[str, Any]:
        """The parts of a line that may be seen, its reason in words."""
        made = {"status", "reason_text"}
        shown = {name: getattr(line, name) for name in RunOut.model_fields if name not in made}
        why = reasons.of_run(shown["reason"])
        status = "active" if shown["ended_at"] is None else "ended"
        if not sight.people:
            shown |= {"contact_name": None, "contact_phone": None}
        return {**shown, "status": status, "reason_text": say(why) if why else None}

    @classmethod
    def of(cls, line: object, sight: Sight) -> Self:
        """A run in a list."""
        return cls.model_validate(cls.read(line, sight))


class RunPageOut(BaseModel):
    """One page; ask for more with ``next_cursor`` until it is null."""

    items: list[RunOut]
    next_cursor: str | None


class RunMessageOut(Read):
    """A message of a run: what it says in short, and how far it got; ``preview`` is null unless it may be read."""

    id: UUID
    type: str
    preview: str | None
    state: str
    error: Worded | None
    at: datetime

    @classmethod
    def of(cls, line: object, sight: Sight) -> Self:
        """A message, as far as it may be seen."""
        shown = cls.model_validate(line)
        return shown if sight.words else shown.model_copy(update={"preview": None})


class InboxMessageOut(RunMessageOut):
    """A message that came for a run; ``taken_at`` is when the run read it."""

    taken_at: datetime | None


class StepOut(BaseModel):
    """A step: the node it entered, the branch it left by, and the messages it sent."""

    step: int
    node: str
    title: str
    type: str
    branch: str | None
    reason: str
    reason_text: str | None
    detail: dict[str, Any] | None
    started_at: datetime
    ended_at: datetime | None
    ms: int | None
    messages: list[RunMessageOut]

    @classmethod
    def of(cls, view: StepView, sight: Sight) -> Self:
        """A step in words."""
        line, why = view.line, reasons.of_run(view.line.reason)
        took = None if line.ended_at is None else line.ended_at - line.started_at
        return cls(
            step=line.step, node=line.node, title=view.title, type=line.type, branch=line.branch,
            reason=line.reason, reason_text=say(why) if why else None, detail=line.detail,
            started_at=line.started_at, ended_at=line.ended_at,
            ms=None if took is None else round(took.total_seconds() * 1000),
            messages=[RunMessageOut.of(one, sight) for one in view.messages],
        )  # fmt: skip


class RunDetailOut(RunOut):
    """A run with everything that happened in it, and where to look further.

    ``answers``, which hold what people wrote, are null without the right to read conversations.
    """

    trigger_title: str
    cause: str
    answers: dict[str, Any] | None
    conversation_id: UUID | None
    message_id: UUID | None
    workflow_url: str
    raw_url: str | None  # the delivery of WhatsApp that started it
    parent_run_id: UUID | None
    child_run_ids: list[UUID]
    steps: list[StepOut]
    inbox: list[InboxMessageOut]
    document: dict[str, Any]

    @classmethod
    def whole(cls, view: RunView, state: AppState, sight: Sight) -> Self:
        """A run in words."""
        rest = view.rest
        return cls.model_validate(
            {
                **cls.read(view.line, sight),
                "trigger_title": view.trigger_title,
                "cause": rest.cause,
                "answers": rest.answers if sight.words else None,
                "conversation_id": view.line.conversation_id,
                "message_id": rest.message_id,
                "workflow_url": workflow_url(state, view.line.id),
                "raw_url": raw_url(state, view),
                "parent_run_id": rest.parent_id,
                "child_run_ids": list(rest.children),
                "steps": [StepOut.of(step, sight) for step in view.steps],
                "inbox": [InboxMessageOut.of(one, sight) for one in view.inbox],
                "document": rest.graph,
            }
        )


class RunQuery(BaseModel):
    """Which runs; all conditions apply together. ``from`` and ``to`` bound their start.

    ``in_doubt``: only those that wait for the answer to a question that WhatsApp has not confirmed.
    """

    automation_id: UUID | None = None
    contact_id: UUID | None = None
    status: Literal["active", "ended"] | None = None
    ending: Ending | None = None
    in_doubt: bool = False
    node: str = Field(default="", max_length=200)
    since: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = Field(default=None, alias="to")
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)

    def wanted(self) -> report.RunFilter:
        """The same for the service."""
        return report.RunFilter(
            automation_id=self.automation_id,
            contact_id=self.contact_id,
            active=None if self.status is None else self.status == "active",
            ending=self.ending or "",
            in_doubt=self.in_doubt,
            node=self.node,
            since=first_id(self.since) if self.since else None,
            until=first_id(self.until) if self.until else None,
        )


def workflow_url(state: AppState, run_id: UUID) -> str:
    """The execution in Temporal's own pages."""
    settings = state.settings
    workflow_id = quote(ids.run(run_id), safe="")
    return f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{workflow_id}"


def raw_url(state: AppState, view: RunView) -> str | None:
    """The page with the delivery of WhatsApp that started a run; None where no message did."""
    if view.rest.message_id is None:
        return None
    return f"{state.settings.public_url.rstrip('/')}/automations/runs/{view.line.id}/raw"


@router.get("")
async def list_runs(
    principal: Reader, session: ReadSessionDep, query: Annotated[RunQuery, Query()]
) -> RunPageOut:
    """Runs, newest first."""
    found = await report.runs(session, query.wanted(), cursor=query.cursor, limit=query.limit)
    sight = Sight.of(principal)
    return RunPageOut(
        items=[RunOut.of(line, sight) for line in found.items], next_cursor=found.next_cursor
    )


@router.get("/{run_id}")
async def get_run(
    run_id: UUID, principal: Reader, session: ReadSessionDep, state: StateDep
) -> RunDetailOut:
    """One run with its steps, its messages and where to look further."""
    return RunDetailOut.whole(await report.run(session, run_id), state, Sight.of(principal))


@router.post("/{run_id}/stop")
async def stop_run(run_id: UUID, principal: Runner, session: SessionDep) -> RunOut:
    """End a run where it is."""
    stopped = await control.stop_run(session, principal.actor, run_id)
    return RunOut.of(stopped, Sight.of(principal))


@router.post("/{run_id}/retry")
async def retry_run(run_id: UUID, principal: Runner, session: SessionDep) -> RunOut:
    """Let a failed run go on at the node that failed; what it did before is not done again."""
    retried = await control.retry_run(session, principal.actor, run_id)
    return RunOut.of(retried, Sight.of(principal))
