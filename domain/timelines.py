"""A contact's activity: what happened to one person, and who did it, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.sentences import Sentence

PAGE_LIMIT = 200

CAMPAIGN_MESSAGE = "campaign.message"
"""Kind for activity without a journal entry: claims and outcomes of campaigns are recorded only by their messages."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that happened, in one sentence per change."""

    id: str
    at: datetime
    kind: str
    sentences: Sequence[Sentence]
    user_id: UUID | None = None
    conversation_id: UUID | None = None
    campaign_id: UUID | None = None
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Activity, newest first, and where the next older page begins."""

    items: list[Activity]
    next_cursor: str | None
