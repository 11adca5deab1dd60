"""Why a campaign is not moving, with one thing to do for each cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.sentences import Sentence, Value

PATIENCE = timedelta(seconds=60)
"""A running campaign stands still if WhatsApp accepts nobody for this long."""


class Place(StrEnum):
    """Where the one action leads."""

    SYSTEM = "system"
    CHANNEL = "channel"
    TEMPLATE = "template"
    SPEED = "speed"
    RECIPIENTS = "recipients"
    CLOSE = "close"
    CAMPAIGN = "campaign"
    TEMPORAL = "temporal"


class Standstill(StrEnum):
    """Every cause we report, with prerequisites first."""

    DISK_FULL = "disk_full"
    DATABASE_LOCKED = "database_locked"
    DATABASE_SLOW = "database_slow"
    TEMPORAL_AWAY = "temporal_away"
    WORKER_AWAY = "worker_away"
    NUMBER_STOPPED = "number_stopped"
    TEMPLATE_NOT_APPROVED = "template_not_approved"
    NEWS_WAIT = "news_wait"
    RESTRICTED = "restricted"
    NO_ANSWER = "no_answer"
    BUDGET_SPENT = "budget_spent"
    SLOWED_DOWN = "slowed_down"
    NO_RECIPIENTS = "no_recipients"
    RETRIES = "retries"
    OTHERS_FIRST = "others_first"
    THROTTLE = "throttle"
    STARTING = "starting"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cause with its details; ``until`` is when it passes by itself, if known."""

    cause: Standstill
    since: datetime | None = None
    until: datetime | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    target: str = ""
    moving: bool = False

    @property
    def title(self) -> Sentence:
        """The cause in a few words."""
        return Sentence(f"standstill_{self.cause.value}.title")

    @property
    def text(self) -> Sentence:
        """What it means and what to do."""
        return Sentence(f"standstill_{self.cause.value}.text", **self.values)

    @property
    def action(self) -> Sentence:
        """What the button says."""
        return Sentence(f"standstill_{self.cause.value}.action")

    @property
    def place(self) -> Place:
        """Where the button leads."""
        return PLACES[self.cause]

    @property
    def is_harmless(self) -> bool:
        """Whether this is as intended, with nothing to fix."""
        return self.cause in HARMLESS


HARMLESS = frozenset(
    {
        Standstill.NO_RECIPIENTS, Standstill.RETRIES, Standstill.OTHERS_FIRST, Standstill.THROTTLE,
        Standstill.STARTING, Standstill.BUDGET_SPENT,
    }
)  # fmt: skip

PLACES: Mapping[Standstill, Place] = {
    Standstill.DISK_FULL: Place.SYSTEM,
    Standstill.DATABASE_LOCKED: Place.SYSTEM,
    Standstill.DATABASE_SLOW: Place.SYSTEM,
    Standstill.TEMPORAL_AWAY: Place.SYSTEM,
    Standstill.WORKER_AWAY: Place.SYSTEM,
    Standstill.NUMBER_STOPPED: Place.CHANNEL,
    Standstill.TEMPLATE_NOT_APPROVED: Place.TEMPLATE,
    Standstill.NEWS_WAIT: Place.SYSTEM,
    Standstill.RESTRICTED: Place.CHANNEL,
    Standstill.NO_ANSWER: Place.SYSTEM,
    Standstill.BUDGET_SPENT: Place.CHANNEL,
    Standstill.SLOWED_DOWN: Place.CHANNEL,
    Standstill.NO_RECIPIENTS: Place.CLOSE,
    Standstill.RETRIES: Place.RECIPIENTS,
    Standstill.OTHERS_FIRST: Place.CAMPAIGN,
    Standstill.THROTTLE: Place.SPEED,
    Standstill.STARTING: Place.SYSTEM,
    Standstill.UNEXPLAINED: Place.TEMPORAL,
}
