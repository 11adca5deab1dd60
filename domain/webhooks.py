"""Stages of a received webhook delivery, and why an object of one stands in the log."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

ID_LIMIT = 256
"""Characters of a message id that are kept as they are; a longer one keeps its beginning and a digest."""

USER_ID_LIMIT = 160
KIND_LIMIT = 60
OBJECTS_KEPT = timedelta(days=30)
"""Life of what stands in the log."""


class Rejection(StrEnum):
    """Why a delivery was turned away unread or unkept."""

    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_WRONG = "signature_wrong"


class EventState(StrEnum):
    """Where a delivery is between the 200 and its effect."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"  # could not be processed; kept with its error, can be replayed


class ObjectState(StrEnum):
    """Where an object of the log is."""

    ASIDE = "aside"  # somebody's news that had no effect: a person should look
    KEPT = "kept"  # nothing that we use; kept so that it can be looked up
    REPLAYED = "replayed"  # handed in again since


class Reason(StrEnum):
    """Why an object had no effect; each has its sentence on the page."""

    NOT_JSON = "not_json"
    NOT_A_WEBHOOK = "not_a_webhook"
    UNREADABLE = "unreadable"
    NOT_APPLIED = "not_applied"
    NO_ID = "no_id"
    NO_SENDER = "no_sender"
    NO_NUMBER = "no_number"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_FIELD = "unknown_field"
    NOT_USED = "not_used"
    META_ERROR = "meta_error"
    OTHER_NUMBER = "other_number"
    OTHER_ACCOUNT = "other_account"
    FOREIGN_SIGNATURE = "foreign_signature"
    NO_EFFECT = "no_effect"


NEEDS_A_PERSON = frozenset(
    {
        Reason.NOT_JSON, Reason.NOT_A_WEBHOOK, Reason.UNREADABLE, Reason.NOT_APPLIED, Reason.NO_ID,
        Reason.NO_SENDER, Reason.NO_NUMBER,
    }
)  # fmt: skip
"""Reasons with which something may have been lost; the others are for the record."""


def state_of(reason: Reason) -> ObjectState:
    """How an object with this reason stands in the log."""
    return ObjectState.ASIDE if reason in NEEDS_A_PERSON else ObjectState.KEPT


DOCUMENTED_FIELDS = frozenset(
    {
        "account_alerts", "account_review_update", "account_settings_update", "automatic_events",
        "business_username_update", "business_username_updates", "calls", "consumer_profile", "flows",
        "group_lifecycle_update", "group_participants_update", "group_settings_update",
        "group_status_update", "history", "messaging_handovers", "partner_solutions",
        "payment_configuration_update", "security", "smb_app_state_sync",
        "standby", "template_correct_category_detection", "tracking_events",
    }
)  # fmt: skip
"""Webhook fields that Meta documents and that change nothing here: kept in the log."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How receiving stands; ``oldest`` is when the oldest waiting delivery came."""

    waiting: int
    oldest: datetime | None
    dead: int
    aside: int
    now: datetime
    reasons: dict[str, int] = field(default_factory=dict)
    """Why things stand aside, by code, most frequent first."""

    @property
    def age_s(self) -> int:
        """Seconds that the oldest delivery has been waiting."""
        return max(0, int((self.now - self.oldest).total_seconds())) if self.oldest else 0

    @property
    def put_aside(self) -> int:
        """Deliveries and objects that a person should look at."""
        return self.dead + self.aside


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log: a whole ``delivery`` or an ``object`` of one; ``reason`` is a code."""

    source: str
    id: int
    at: datetime
    state: str
    reason: str
    error: str
    field: str
    kind: str
    phone_number_id: str
    count: int
    size: int
