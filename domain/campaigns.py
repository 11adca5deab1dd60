"""What a campaign may do in each state, and the shape of its audience and message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from domain import retries
from domain.channels import THROUGHPUT_PER_LEVEL
from domain.errors import Conflict, Invalid
from domain.sentences import Sentence

LONGEST_AHEAD = timedelta(days=5 * 366)
"""How far ahead a start may be scheduled."""

START_GRACE = timedelta(minutes=15)
"""A start missed by more than this waits for a person instead of sending (law 10)."""


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from ``least`` to ``most``, both included."""

    least: int
    most: int

    def __contains__(self, value: int) -> bool:
        return self.least <= value <= self.most

    @property
    def said(self) -> Sentence:
        """The range as other sentences quote it."""
        return Sentence("range", least=self.least, most=self.most)


THROTTLE = Range(1, max(THROUGHPUT_PER_LEVEL.values()))
"""Messages per second that a person may choose, up to Meta's highest throughput for one number."""

BRAKE = Range(1, 100)
"""The percentage of failures among recent messages at which a campaign pauses itself."""


class CampaignType(StrEnum):
    """Where the audience comes from."""

    CONTACTS = "contacts"
    CSV = "csv"
    API = "api"


class CampaignStatus(StrEnum):
    """Where a campaign is in its life."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"  # its start was missed, or a restore disarmed it: a person must decide
    STOPPED = "stopped"
    COMPLETED = "completed"


class CampaignAction(StrEnum):
    """What a person may ask of a campaign."""

    LAUNCH = "launch"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    THROTTLE = "throttle"
    EDIT = "edit"
    PUSH = "push"
    CLOSE = "close"
    RETRY = "retry"
    MOVE = "move"
    ARCHIVE = "archive"
    DELETE = "delete"


_TAKING = frozenset(
    {
        CampaignStatus.DRAFT,
        CampaignStatus.SCHEDULED,
        CampaignStatus.RUNNING,
        CampaignStatus.PAUSED,
        CampaignStatus.HELD,
    }
)

_ENDED = frozenset({CampaignStatus.COMPLETED, CampaignStatus.STOPPED})

_ALLOWED: dict[CampaignAction, frozenset[CampaignStatus]] = {
    CampaignAction.EDIT: frozenset({CampaignStatus.DRAFT}),
    CampaignAction.LAUNCH: frozenset({CampaignStatus.DRAFT}),
    CampaignAction.RETRY: _ENDED,
    CampaignAction.PAUSE: frozenset({CampaignStatus.RUNNING}),
    CampaignAction.RESUME: frozenset({CampaignStatus.PAUSED, CampaignStatus.HELD}),
    CampaignAction.STOP: frozenset(
        {
            CampaignStatus.SCHEDULED,
            CampaignStatus.RUNNING,
            CampaignStatus.PAUSED,
            CampaignStatus.HELD,
        }
    ),
    CampaignAction.MOVE: frozenset({CampaignStatus.SCHEDULED}),
    CampaignAction.ARCHIVE: _ENDED,
    CampaignAction.DELETE: _ENDED | {CampaignStatus.DRAFT},
    CampaignAction.PUSH: _TAKING,
    CampaignAction.CLOSE: _TAKING,
    CampaignAction.THROTTLE: frozenset(
        {
            CampaignStatus.SCHEDULED,
            CampaignStatus.RUNNING,
            CampaignStatus.PAUSED,
            CampaignStatus.HELD,
        }
    ),
}

ACTIVE: tuple[CampaignStatus, ...] = (
    CampaignStatus.SCHEDULED,
    CampaignStatus.RUNNING,
    CampaignStatus.PAUSED,
    CampaignStatus.HELD,
)
"""States in which a workflow must exist."""


def allows(status: CampaignStatus, action: CampaignAction) -> bool:
    """Whether ``action`` makes sense while the campaign is ``status``."""
    return status in _ALLOWED[action]


BEGINS = frozenset({CampaignStatus.DRAFT, CampaignStatus.SCHEDULED})
"""States before the first message, in which what cannot be done yet may be possible later."""

NOT_YET = frozenset(
    {
        CampaignAction.EDIT,
        CampaignAction.MOVE,
        CampaignAction.PAUSE,
        CampaignAction.RESUME,
        CampaignAction.STOP,
        CampaignAction.THROTTLE,
    }
)
"""Actions that are refused in other words before the first message."""


def state_of(status: CampaignStatus) -> Sentence:
    """What a campaign is, as sentences begin that say what follows from it."""
    return Sentence(f"campaign_is.{status}")


def require(status: CampaignStatus, action: CampaignAction) -> None:
    """Raise Conflict with a readable sentence unless ``action`` is allowed."""
    if not allows(status, action):
        when = "_yet" if status in BEGINS and action in NOT_YET else ""
        raise Conflict(f"campaign_state.{action}{when}", state=state_of(status))


def require_people(gone_at: datetime | None) -> None:
    """Raise Conflict when the campaign's recipients are no longer kept."""
    if gone_at is not None:
        raise Conflict("people_gone")


def require_throttle(per_second: int | None) -> None:
    """Raise Invalid unless the throttle is None (the number's own limit) or within THROTTLE."""
    if per_second is not None and per_second not in THROTTLE:
        raise Invalid(
            "throttle_range",
            fields={"throttle": THROTTLE.said},
            least=THROTTLE.least,
            most=THROTTLE.most,
        )


def require_brake(percent: int | None) -> None:
    """Raise Invalid unless the brake is None (never) or within BRAKE."""
    if percent is not None and percent not in BRAKE:
        raise Invalid(
            "brake_range",
            fields={"brake_percent": BRAKE.said},
            least=BRAKE.least,
            most=BRAKE.most,
        )


def require_schedule(scheduled_at: datetime | None, now: datetime) -> None:
    """Raise Invalid for a start nobody can mean: long past, or many years away."""
    if scheduled_at is None:
        return
    if scheduled_at - now < -LONGEST_AHEAD:
        raise Invalid("schedule_invalid.past", field="scheduled_at")
    if scheduled_at - now > LONGEST_AHEAD:
        raise Invalid("schedule_invalid.far", field="scheduled_at")


def missed_start(scheduled_at: datetime | None, now: datetime) -> bool:
    """Whether the scheduled start is so long past that a person must confirm it."""
    return scheduled_at is not None and now - scheduled_at > START_GRACE


@dataclass(frozen=True, slots=True)
class Audience:
    """Who a contact campaign reaches: everyone, or the union of groups, less excluded groups."""

    everyone: bool = False
    group_ids: list[UUID] = field(default_factory=list)
    excluded_group_ids: list[UUID] = field(default_factory=list)
    search: str = ""
    retry_of: UUID | None = None
    """Instead of all that: the people who failed in this campaign with one of ``retry_codes``."""
    retry_codes: tuple[int, ...] = ()
    agreed_only: bool = False
    """Marketing excludes people who were never asked."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The audience in a campaign row; for a retry, with the errors that may be retried."""
        return cls(
            everyone=bool(stored.get("everyone")),
            group_ids=[UUID(item) for item in stored.get("group_ids", ())],
            excluded_group_ids=[UUID(item) for item in stored.get("excluded_group_ids", ())],
            search=str(stored.get("search", "")),
            retry_of=UUID(stored["retry_of"]) if stored.get("retry_of") else None,
            retry_codes=retries.CODES if stored.get("retry_of") else (),
            agreed_only=bool(stored.get("agreed_only")),
        )

    def to_json(self) -> dict[str, Any]:
        """For the campaign row, as people choose it; a retry is not theirs to choose."""
        return {
            "everyone": self.everyone,
            "group_ids": [str(item) for item in self.group_ids],
            "excluded_group_ids": [str(item) for item in self.excluded_group_ids],
            "search": self.search,
            "agreed_only": self.agreed_only,
        }


@dataclass(frozen=True, slots=True)
class Variable:
    """How one template variable gets its value for a recipient.

    ``field`` is a contact field (``name``, ``phone``, ``language``), a custom field key,
    ``column:<name>`` of a CSV campaign's file, or "" for a fixed text; ``default`` is used when the field is empty, and
    is the text itself when there is no field.
    """

    field: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class DueCampaign:
    """A campaign that needs a workflow, and the state its row is in.

    ``takes_recipients``: programs may add recipients, and the signal about them may have been lost.
    """

    id: UUID
    status: CampaignStatus
    scheduled_at: datetime | None
    launched_at: datetime | None
    undo_until: datetime | None
    throttle: int | None
    takes_recipients: bool
