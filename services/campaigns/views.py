"""A campaign as the edges see it: plain data with consistent sums."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.campaigns import CampaignAction, CampaignStatus, CampaignType, allows
from domain.counters import NOTHING, Counters
from domain.entries import FileSource, PendingFile
from store.campaigns.rows import CampaignRow


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign for lists, pages and the API."""

    id: UUID
    name: str
    type: CampaignType
    status: CampaignStatus
    channel_id: UUID | None
    template_id: UUID | None
    template: dict[str, Any] | None
    audience: dict[str, Any]
    variables: dict[str, Any]
    scheduled_at: datetime | None
    throttle: int | None
    parent_id: UUID | None
    undo_until: datetime | None
    replies_to_id: UUID | None
    brake_percent: int | None
    pause_reason: str | None
    revision: int
    created_at: datetime
    updated_at: datetime
    launched_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    source: dict[str, Any]
    closed_at: datetime | None
    archived_at: datetime | None
    people_gone_at: datetime | None
    schedule_seen: bool
    open_choices: list[str]
    progress: Counters

    @property
    def open(self) -> bool:
        """Whether a program may still add people."""
        taking = allows(self.status, CampaignAction.PUSH)
        return self.type == CampaignType.API and self.closed_at is None and taking

    def undoable(self, now: datetime) -> bool:
        """Whether its launch can still be undone."""
        untouched = self.status == CampaignStatus.SCHEDULED and self.progress.total == 0
        return untouched and self.undo_until is not None and self.undo_until > now

    @property
    def over(self) -> bool:
        """Whether it has ended: nobody else will get the message."""
        return allows(self.status, CampaignAction.ARCHIVE)

    @property
    def deletable(self) -> bool:
        """Whether it has messaged nobody and never will."""
        nobody = self.progress.queued + self.progress.refused == self.progress.total
        return nobody and allows(self.status, CampaignAction.DELETE)

    @property
    def archivable(self) -> bool:
        """Whether it has ended and is still in the list."""
        return self.archived_at is None and allows(self.status, CampaignAction.ARCHIVE)

    @property
    def file(self) -> FileSource | None:
        """The file of a CSV campaign."""
        return FileSource.from_json(self.source) if self.type == CampaignType.CSV else None

    @property
    def pending(self) -> PendingFile | None:
        """A file being read to replace it."""
        return PendingFile.of(self.source) if self.type == CampaignType.CSV else None


def view(row: CampaignRow, counters: Counters | None) -> CampaignView:
    """A campaign row and its counters as the edges see them."""
    return CampaignView(
        row.id, row.name, CampaignType(row.type), CampaignStatus(row.status), row.channel_id,
        row.template_id, row.template, row.audience, row.variables, row.scheduled_at, row.throttle,
        row.parent_id, row.undo_until, row.replies_to_id, row.brake_percent, row.pause_reason,
        row.revision, row.created_at, row.updated_at, row.launched_at, row.started_at, row.finished_at, row.source, row.closed_at,
        row.archived_at, row.people_gone_at, row.schedule_seen, row.open_choices, counters or NOTHING,
    )  # fmt: skip
