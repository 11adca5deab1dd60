"""A contact's activity: what happened to one person, with whoever did it, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.sentences import Sentence

PAGE_LIMIT = 200

CAMPAIGN_MESSAGE = "campaign.message"
"""Kind of what no journal entry tells: claims and outcomes of campaigns note nothing, their messages are the ledger."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that happened, in one sentence for each thing that it changed."""

    id: str
    at: datetime
    kind: str
    sentences: Sequence[Sentence]
    user_id: UUID | None = None
    conversation_id: UUID | None = None
    campaign_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """What happened, newest first, and where the page before it in time begins."""

    items: list[Activity]
    next_cursor: str | None
