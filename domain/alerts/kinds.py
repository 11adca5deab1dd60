"""The kinds of alerts, whom each concerns, how bad it is, and where to do something about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.permissions import Permission
from domain.sentences import Sentence
from domain.system import Tone


class AlertKind(StrEnum):
    """What an alert is about; stored and never changed."""

    BAD_SIGNATURES = "bad_signatures"
    NO_STATUSES = "no_statuses"
    SET_ASIDE = "set_aside"
    NUMBER_STOPPED = "number_stopped"
    NUMBER_RESTRICTED = "number_restricted"
    NUMBER_QUALITY = "number_quality"
    TOKEN_ENDS = "token_ends"  # noqa: S105 - no secret
    CAMPAIGN_PAUSED = "campaign_paused"
    CAMPAIGN_HELD = "campaign_held"
    AUTOMATION_PAUSED = "automation_paused"
    TEMPLATE_STOPPED = "template_stopped"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    WORKER_AWAY = "worker_away"
    TEMPORAL_AWAY = "temporal_away"

    @property
    def sees(self) -> Permission:
        """What a person needs to be told: whoever may see its subject, or can do something about it."""
        return _SEES[self]

    @property
    def tone(self) -> Tone:
        """How bad it is."""
        return Tone.WARN if self in _WARNINGS else Tone.DOWN

    @property
    def named(self) -> Sentence:
        """The kind without its subject, for e-mail and filters."""
        return Sentence(f"alert_kind.{self.value}")

    @property
    def step(self) -> Sentence:
        """What to do about it."""
        return Sentence(f"alert_step.{self.value}")

    def about(self, name: str, count: int) -> Sentence:
        """What is wrong, in one line."""
        return Sentence(f"alert_{self.value}", name=name, count=count)

    def href(self, subject: str) -> str:
        """The place where to take the step."""
        return _PLACES[self].format(subject)


_SEES = {
    AlertKind.BAD_SIGNATURES: Permission.WEBHOOKS_READ,
    AlertKind.NO_STATUSES: Permission.CHANNELS_READ,
    AlertKind.SET_ASIDE: Permission.WEBHOOKS_READ,
    AlertKind.NUMBER_STOPPED: Permission.CHANNELS_READ,
    AlertKind.NUMBER_RESTRICTED: Permission.CHANNELS_READ,
    AlertKind.NUMBER_QUALITY: Permission.CHANNELS_READ,
    AlertKind.TOKEN_ENDS: Permission.CHANNELS_WRITE,
    AlertKind.CAMPAIGN_PAUSED: Permission.CAMPAIGNS_READ,
    AlertKind.CAMPAIGN_HELD: Permission.CAMPAIGNS_READ,
    AlertKind.AUTOMATION_PAUSED: Permission.AUTOMATIONS_RUN,
    AlertKind.TEMPLATE_STOPPED: Permission.TEMPLATES_WRITE,
    AlertKind.DISK_LOW: Permission.SYSTEM_READ,
    AlertKind.DISK_FULL: Permission.SYSTEM_READ,
    AlertKind.WORKER_AWAY: Permission.SYSTEM_READ,
    AlertKind.TEMPORAL_AWAY: Permission.SYSTEM_READ,
}

_WARNINGS = frozenset(
    {
        AlertKind.NUMBER_RESTRICTED, AlertKind.NUMBER_QUALITY, AlertKind.TOKEN_ENDS, AlertKind.SET_ASIDE,
        AlertKind.TEMPLATE_STOPPED, AlertKind.DISK_LOW,
    }
)  # fmt: skip

_PLACES = {
    AlertKind.BAD_SIGNATURES: "/channels",
    AlertKind.NO_STATUSES: "/channels/{}",
    AlertKind.SET_ASIDE: "/settings/webhooks/aside",
    AlertKind.NUMBER_STOPPED: "/channels/{}",
    AlertKind.NUMBER_RESTRICTED: "/channels/{}",
    AlertKind.NUMBER_QUALITY: "/channels/{}",
    AlertKind.TOKEN_ENDS: "/channels/{}/edit",
    AlertKind.CAMPAIGN_PAUSED: "/campaigns/{}",
    AlertKind.CAMPAIGN_HELD: "/campaigns/{}",
    AlertKind.AUTOMATION_PAUSED: "/automations/{}",
    AlertKind.TEMPLATE_STOPPED: "/templates/{}",
    AlertKind.DISK_LOW: "/settings/system#disk",
    AlertKind.DISK_FULL: "/settings/system#disk",
    AlertKind.WORKER_AWAY: "/settings/system#worker",
    AlertKind.TEMPORAL_AWAY: "/settings/system#temporal",
}


Key = tuple[AlertKind, str]
"""At most one alert of a kind is open about a subject."""


@dataclass(frozen=True, slots=True)
class Due:
    """An alert that should be open: about ``subject``, which people call ``name``; ``why`` says more."""

    kind: AlertKind
    subject: str = ""
    name: str = ""
    why: Sentence | None = None
    count: int = 1

    @property
    def key(self) -> Key:
        """What makes it the same alert as one that is open."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as one person sees it; without ``cleared_at`` it is open."""

    id: UUID
    due: Due
    raised_at: datetime
    seen_at: datetime
    cleared_at: datetime | None
    is_new: bool
    """This person has not seen it yet."""
    is_dismissed: bool

    @property
    def title(self) -> Sentence:
        """What is wrong, in one line."""
        return self.due.kind.about(self.due.name, self.due.count)

    @property
    def href(self) -> str:
        """The place where to take the step."""
        return self.due.kind.href(self.due.subject)
