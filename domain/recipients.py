"""The buckets of a campaign's recipients: the exclusive ones, which sum to the audience, and the funnel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.messages import MessageState as State


class Bucket(StrEnum):
    """A named set of recipients; the name is also the filter of lists and of the API."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    REFUSED = "refused"
    SUBMITTED = "submitted"
    LANDED = "landed"
    REACHED_SENT = "reached_sent"
    REACHED_DELIVERED = "reached_delivered"
    REPLIED = "replied"


class Choice(StrEnum):
    """What a person may decide about an unknown outcome."""

    ASSUME_SENT = "assume_sent"
    SEND_AGAIN = "send_again"


STATES: Mapping[Bucket, tuple[State, ...]] = {
    Bucket.QUEUED: (State.QUEUED,),
    Bucket.SENDING: (State.SENDING,),
    Bucket.UNKNOWN: (State.UNKNOWN,),
    Bucket.ACCEPTED: (State.ACCEPTED,),
    Bucket.SENT: (State.SENT,),
    Bucket.DELIVERED: (State.DELIVERED,),
    Bucket.READ: (State.READ, State.PLAYED),
    Bucket.FAILED: (State.FAILED, State.REJECTED),
    Bucket.REFUSED: (State.REFUSED,),
    Bucket.SUBMITTED: (
        State.ACCEPTED, State.SENT, State.DELIVERED, State.READ, State.PLAYED, State.FAILED,
    ),
    Bucket.LANDED: (State.ACCEPTED, State.SENT, State.DELIVERED, State.READ, State.PLAYED),
    Bucket.REACHED_SENT: (State.SENT, State.DELIVERED, State.READ, State.PLAYED),
    Bucket.REACHED_DELIVERED: (State.DELIVERED, State.READ, State.PLAYED),
}  # fmt: skip
"""The message states in each bucket; REPLIED is not a state but a separate fact."""

EXPLAINED = (State.FAILED, State.REJECTED, State.REFUSED, State.UNKNOWN)
"""States in which the person did not get the message, or may not have; each has a cause."""

EXCLUSIVE = (
    Bucket.QUEUED, Bucket.SENDING, Bucket.UNKNOWN, Bucket.ACCEPTED, Bucket.SENT, Bucket.DELIVERED,
    Bucket.READ, Bucket.FAILED, Bucket.REFUSED,
)  # fmt: skip
"""Every recipient is in exactly one of these."""

FUNNEL = (
    Bucket.SUBMITTED, Bucket.REACHED_SENT, Bucket.REACHED_DELIVERED, Bucket.READ, Bucket.REPLIED,
)  # fmt: skip
"""How far the message got; the audience comes before the first."""

RECONCILED = (
    Bucket.LANDED, Bucket.FAILED, Bucket.REFUSED, Bucket.UNKNOWN, Bucket.SENDING, Bucket.QUEUED,
)  # fmt: skip
"""The terms of the line that always sums to the audience."""


def bucket_of(state: State) -> Bucket:
    """The exclusive bucket of a message state."""
    return next(bucket for bucket in EXCLUSIVE if state in STATES[bucket])


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """One recipient with the state of their message."""

    seq: int
    contact_id: UUID
    phone: str
    name: str | None
    message_id: UUID | None
    state: str
    attempt: int | None
    wamid: str | None
    error_code: int | None
    error_detail: str | None
    next_try_at: datetime | None
    claimed_at: datetime | None
    accepted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    failed_at: datetime | None
    replied_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One person who would be excluded; ``row`` is the line of the file, 0 for a contact."""

    contact_id: UUID | None
    name: str
    phone: str
    row: int
    values: Sequence[str] = ()
