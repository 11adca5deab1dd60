"""The stages of a received webhook delivery, and why one of its objects is in the log."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

ID_LIMIT = 256
"""The length up to which a message id is kept whole; a longer one is cut and gets a digest."""

USER_ID_LIMIT = 160
KIND_LIMIT = 60
OBJECTS_KEPT = timedelta(days=30)
"""How long entries stay in the log."""


class Rejection(StrEnum):
    """Why a delivery was rejected without being read or kept."""

    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_WRONG = "signature_wrong"


class EventState(StrEnum):
    """Where a delivery is between the 200 and its effect."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"  # could not be processed; kept with its error and can be replayed


class ObjectState(StrEnum):
    """The state of an object in the log."""

    ASIDE = "aside"  # had no effect although it concerns someone: a person should look
    KEPT = "kept"  # not used by us; kept for reference
    REPLAYED = "replayed"  # replayed since


class Reason(StrEnum):
    """Why an object had no effect; each has a sentence on the page."""

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
"""Reasons that may mean a loss; the others are for the record."""


class Outcome(StrEnum):
    """What a delivery did, for each of its objects; ``waiting`` and ``dead`` are states of the whole delivery."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"  # what it said, or something later, was known already
    UNMATCHED = "unmatched"  # about a message or a person that is not ours
    UNKNOWN_KIND = "unknown_kind"
    NOT_USED = "not_used"
    FOREIGN = "foreign"  # about another number or account, or signed for one
    ASIDE = "aside"
    WAITING = "waiting"
    DEAD = "dead"


_OUTCOMES = {
    Reason.UNKNOWN_KIND: Outcome.UNKNOWN_KIND,
    Reason.UNKNOWN_STATUS: Outcome.UNKNOWN_KIND,
    Reason.UNKNOWN_FIELD: Outcome.UNKNOWN_KIND,
    Reason.OTHER_NUMBER: Outcome.FOREIGN,
    Reason.OTHER_ACCOUNT: Outcome.FOREIGN,
    Reason.FOREIGN_SIGNATURE: Outcome.FOREIGN,
}


def outcome_of(reason: Reason) -> Outcome:
    """The outcome of an object that is in the log for this reason."""
    if reason in NEEDS_A_PERSON:
        return Outcome.ASIDE
    return _OUTCOMES.get(reason, Outcome.NOT_USED)


def state_of(reason: Reason) -> ObjectState:
    """The state in the log of an object with this reason."""
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
"""Webhook fields that Meta documents but that change nothing here: kept in the log."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of receiving; ``oldest`` is when the oldest waiting delivery arrived."""

    waiting: int
    oldest: datetime | None
    dead: int
    aside: int
    now: datetime
    reasons: dict[str, int] = field(default_factory=dict)
    """Why things were set aside, by code, most frequent first."""

    @property
    def age_s(self) -> int:
        """How many seconds the oldest delivery has been waiting."""
        return max(0, int((self.now - self.oldest).total_seconds())) if self.oldest else 0

    @property
    def put_aside(self) -> int:
        """Deliveries and objects that a person should look at."""
        return self.dead + self.aside


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log: a whole ``delivery`` or one ``object`` of it; ``reason`` is a code."""

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
