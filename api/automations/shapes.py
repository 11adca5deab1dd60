"""Bodies and answers of the routes about designs of automations."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.strict import Strict
from api.wording import say
from domain.automations.problems import Problem, Severity
from domain.automations.status import AutomationStatus
from domain.sentences import Sentence
from services.automations.checking import Checked
from services.automations.listing import AutomationItem, AutomationView, DraftView
from services.automations.publishing import Inside

Document = Annotated[
    dict[str, Any],
    Field(
        description="A drawn automation: schema, triggers, nodes, edges, settings; see /api/automations/schema."
    ),
]
Name = Annotated[str, Field(max_length=500)]
Revision = Annotated[int, Field(ge=1, le=2_147_483_647)]


class Read(BaseModel):
    """An answer that is read from a view of the services."""

    model_config = ConfigDict(from_attributes=True)


class AutomationIn(Strict):
    """A new automation: empty, from a starter, or with a document."""

    name: Name
    starter: str = Field(default="", max_length=60)
    document: Document | None = None


class NameIn(Strict):
    """Another name."""

    name: Name


class CopyIn(Strict):
    """The name of a copy; without one, the original's and “(copy)”."""

    name: Name = ""


class FileIn(Strict):
    """An exported file, and another name than the one in it."""

    file: dict[str, Any]
    name: Name = ""


class DraftIn(Strict):
    """A document, and the revision it was drawn on."""

    revision: Revision
    document: Document


class CheckIn(Strict):
    """A document to check; with the automation it belongs to, also against itself."""

    document: Document
    automation_id: UUID | None = None


class FixIn(CheckIn):
    """A problem's remedy: where, at which field, and which."""

    at: str = Field(max_length=200)
    field: str = Field(default="", max_length=200)
    fix: str = Field(max_length=60)


class ArrangeIn(Strict):
    """A document to arrange."""

    document: Document


class PublishIn(Strict):
    """The revision that somebody agreed to, and what happens to people inside."""

    revision: Revision
    inside: Inside = Inside.FINISH


class RevisionIn(Strict):
    """The revision that somebody saw."""

    revision: Revision


class MissedIn(Strict):
    """A start nobody made in time: make it now, or let it be."""

    trigger_id: str = Field(max_length=200)
    start: bool


class ProblemOut(BaseModel):
    """One thing to put right, ready to show; ``at`` is a node, trigger or edge, or empty for the whole."""

    at: str
    field: str
    code: str
    text: str
    severity: Severity
    fix: str | None
    fix_label: str | None

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """A problem in words."""
        label = say(Sentence(f"automation_fix.{problem.fix}")) if problem.fix else None
        return cls(
            at=problem.at, field=problem.field, code=problem.sentence.code,
            text=say(problem.sentence), severity=problem.severity, fix=problem.fix, fix_label=label,
        )  # fmt: skip


def problems_of(problems: Iterable[Problem]) -> list[ProblemOut]:
    """Problems in words."""
    return [ProblemOut.of(problem) for problem in problems]


class CheckedOut(BaseModel):
    """What is wrong with a document."""

    problems: list[ProblemOut]


class DocumentOut(BaseModel):
    """A document."""

    document: dict[str, Any]


class MendedOut(BaseModel):
    """A document after a remedy, and what is still wrong with it."""

    document: dict[str, Any]
    problems: list[ProblemOut]

    @classmethod
    def of(cls, checked: Checked) -> Self:
        """A checked document."""
        return cls(document=checked.read.document, problems=problems_of(checked.problems))


class SavedOut(BaseModel):
    """The revision a draft has now, and what is still wrong with it."""

    revision: int
    saved_at: datetime
    problems: list[ProblemOut]


class DraftOut(BaseModel):
    """A draft, who saved it, and what is wrong with it."""

    revision: int
    saved_at: datetime
    saved_by: str | None
    document: dict[str, Any]
    problems: list[ProblemOut]

    @classmethod
    def of(cls, draft: DraftView) -> Self:
        """A draft in words."""
        return cls(
            revision=draft.revision, saved_at=draft.saved_at, saved_by=draft.saved_by,
            document=dict(draft.document), problems=problems_of(draft.problems),
        )  # fmt: skip


class AutomationItemOut(Read):
    """An automation in the list; ``halted`` says which guard paused it and whom it concerns."""

    id: UUID
    name: str
    status: AutomationStatus
    version: int | None
    archived_at: datetime | None
    edited_at: datetime
    edited_by: str | None
    created_at: datetime
    triggers: list[str]
    active_runs: int
    runs_7d: int
    halted: dict[str, Any] | None
    missed: int

    @classmethod
    def read(cls, item: AutomationItem) -> dict[str, Any]:
        """The parts of a view, a guard's in words."""
        shown = {name: getattr(item, name) for name in AutomationItemOut.model_fields}
        return {**shown, "halted": halted_of(item.halted)}

    @classmethod
    def of(cls, item: AutomationItem) -> Self:
        """A line of the list."""
        return cls.model_validate(cls.read(item))


def halted_of(halted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a guard left behind, with its reason in words."""
    if halted is None:
        return None
    return {**halted, "text": say(Sentence(f"automation_halted.{halted['guard']}"))}


class AutomationPageOut(BaseModel):
    """One page of the list; ask for more with ``next_cursor`` until it is null."""

    items: list[AutomationItemOut]
    next_cursor: str | None


class MissedStartOut(Read):
    """A start that nothing could make in time."""

    trigger_id: str
    title: str
    due: datetime


class RunsInsideOut(Read):
    """How many runs are inside a version."""

    version: int
    runs: int


class AutomationOut(AutomationItemOut):
    """One automation; ``changed`` says whether its draft differs from what acts."""

    revision: int
    published_at: datetime | None
    published_by: str | None
    changed: bool
    missed_starts: list[MissedStartOut]
    runs_inside: list[RunsInsideOut]
    draft: DraftOut

    @classmethod
    def whole(cls, view: AutomationView) -> Self:
        """All there is to know about it."""
        own = (
            "revision",
            "published_at",
            "published_by",
            "changed",
            "missed_starts",
            "runs_inside",
        )
        shown = {name: getattr(view, name) for name in own}
        return cls.model_validate(
            {**cls.read(view.item), **shown, "draft": DraftOut.of(view.draft)}
        )


class StoppedOut(BaseModel):
    """How many runs ended."""

    stopped: int


class StarterOut(BaseModel):
    """A ready-made automation to begin with."""

    key: str
    name: str
    text: str
    nodes: int
