"""Answers of the automation routes about versions: what was published, and what would change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel

from api.automations.shapes import Read
from api.wording import say
from domain.automations import parts, triggers
from domain.automations.changes import Change, Edit, Value
from domain.automations.texts import clipped
from domain.sentences import Sentence
from services.automations.listing import VersionView
from services.automations.publishing import Changes, Published


class VersionOut(Read):
    """A published version; ``live`` when it is the one that acts."""

    version: int
    published_at: datetime
    published_by: str | None
    active_runs: int
    live: bool

    @classmethod
    def of(cls, line: object, *, live: bool) -> Self:
        """A line of the list of versions."""
        own = [name for name in VersionOut.model_fields if name != "live"]
        return cls.model_validate({name: getattr(line, name) for name in own} | {"live": live})


class VersionDocumentOut(VersionOut):
    """A published version with its document."""

    document: dict[str, Any]

    @classmethod
    def whole(cls, view: VersionView) -> Self:
        """A version with its document."""
        line = VersionOut.of(view.line, live=view.live)
        return cls(**line.model_dump(), document=dict(view.document))


class InsideOut(BaseModel):
    """What became of the runs that were inside."""

    finishing: int
    moved: int
    stopped: int


class PublishedOut(BaseModel):
    """A new version that acts."""

    version: int
    published_at: datetime
    inside: InsideOut

    @classmethod
    def of(cls, done: Published) -> Self:
        """What publishing did."""
        inside = InsideOut(finishing=done.finishing, moved=done.moved, stopped=done.stopped)
        return cls(version=done.version, published_at=done.published_at, inside=inside)


_SHOWN = 120
"""Characters of a text that changed."""


class EditOut(BaseModel):
    """A value that is another now; null where it was not there, or is no longer."""

    field: str
    name: str
    old: str | bool | float | None
    new: str | bool | float | None

    @classmethod
    def of(cls, edit: Edit) -> Self:
        """A value with the name of its field, and not more of a text than one can compare at a glance."""
        return cls(
            field=edit.path, name=say(parts.named(edit.path)),
            old=_short(edit.old), new=_short(edit.new),
        )  # fmt: skip


def _short(value: Value) -> Value:
    return clipped(value, _SHOWN) if isinstance(value, str) else value


class ChangeOut(BaseModel):
    """One difference: what was added, removed or changed, ready to show."""

    kind: Literal["added", "removed", "changed"]
    what: Literal["node", "trigger", "edge", "settings"]
    id: str
    title: str
    text: str
    edits: list[EditOut]

    @classmethod
    def of(cls, change: Change) -> Self:
        """A difference in words."""
        name = change.title or _type_name(change.type)
        target = change.target_title or _type_name(change.target_type)
        text = say(Sentence(f"automation_change.{change.what}", name=name, target=target))
        return cls(
            kind=_KINDS[change.what],
            what=_what(change),
            id=change.at,
            title=change.title,
            text=text,
            edits=[EditOut.of(edit) for edit in change.edits],
        )


_KINDS: Mapping[str, Literal["added", "removed", "changed"]] = {
    "added": "added", "connected": "added", "removed": "removed", "disconnected": "removed",
    "changed": "changed", "settings": "changed",
}  # fmt: skip


def _what(change: Change) -> Literal["node", "trigger", "edge", "settings"]:
    if change.what == "settings":
        return "settings"
    if change.what in {"connected", "disconnected"}:
        return "edge"
    return "trigger" if change.type in triggers.TYPES else "node"


def _type_name(kind: str) -> str:
    if not kind:
        return ""
    table = "automation_trigger" if kind in triggers.TYPES else "automation_node"
    return say(Sentence(f"{table}.{kind}"))


class ChangesOut(BaseModel):
    """How the draft differs from version ``since``; null before the first one."""

    since: int | None
    changes: list[ChangeOut]

    @classmethod
    def of(cls, found: Changes) -> Self:
        """Differences in words."""
        return cls(since=found.since, changes=[ChangeOut.of(one) for one in found.changes])
