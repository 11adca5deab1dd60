"""What an answer, or the lack of one, says about an attempt, and what it changes besides the message."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.error_codes import ErrorKind, blocking_reason, classify, is_known
from domain.limits import backoff, pair_backoff
from domain.messages import MessageState
from services import clock
from store.sending.outcomes import Outcome
from whatsapp.client import CallNotMade, CallUnanswered, ClaimExpired, CloudApiError

MOST_TRIES = 20
MOST_LATE_TRIES = 3
"""How many times a message is tried in total if WhatsApp accepts it and reports failure later."""

DEFERRED = timedelta(hours=24)
THROTTLE_PAUSE = timedelta(seconds=1)
SERVER_ERROR = 500
EXPIRED, NOT_REACHED = "claim_expired", "not_reached"
NEEDS_PATIENCE = (ErrorKind.DEFER, ErrorKind.CHANNEL, ErrorKind.TEMPLATE)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure, early or late, that affects more than its own message."""

    message_id: UUID
    kind: ErrorKind
    code: int

    @property
    def block_reason(self) -> str:
        """Why a number must stop."""
        return blocking_reason(self.code)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one attempt and the kind of trouble, if any."""

    outcome: Outcome
    kind: ErrorKind | None = None

    @property
    def answered(self) -> bool:
        """Whether WhatsApp gave a clear answer, yes or no."""
        settled = self.outcome.state is MessageState.ACCEPTED or self.kind is not None
        return settled and self.kind is not ErrorKind.IN_DOUBT

    @property
    def trouble(self) -> Trouble | None:
        """What it means for other messages."""
        return trouble(self.outcome.message_id, self.outcome.code)


def trouble(message_id: UUID, code: int | None) -> Trouble | None:
    """What a Cloud API error means beyond its own message."""
    return None if code is None else Trouble(message_id, classify(code), code)


def accepted(message_id: UUID, attempt: int, wamid: str, now: datetime) -> Verdict:
    """WhatsApp accepted the message."""
    return Verdict(Outcome(message_id, attempt, MessageState.ACCEPTED, now, wamid=wamid))


def failed(
    message_id: UUID, attempt: int, error: Exception, now: datetime, *, patient: bool
) -> Verdict:
    """The attempt was not accepted: rejected, unknown, or queued for another try.

    A ``patient`` sender (a campaign) waits a day if WhatsApp asks for it, and for a person if a number or template is
    blocked; a single message is then refused, and its author sees why.
    """
    if isinstance(error, CloudApiError):
        return _answered(message_id, attempt, error, now, patient=patient)
    if isinstance(error, ClaimExpired):
        return Verdict(_expired(message_id, attempt, now, patient=patient))
    if isinstance(error, CallNotMade):
        return Verdict(_again(message_id, attempt, now, _wait(attempt), None, NOT_REACHED))
    assert isinstance(error, CallUnanswered)
    return Verdict(
        Outcome(message_id, attempt, MessageState.UNKNOWN, now, detail="no_answer"),
        ErrorKind.IN_DOUBT,
    )


def _expired(message_id: UUID, attempt: int, now: datetime, *, patient: bool) -> Outcome:
    """It was certainly not sent: a campaign tries again, a late reply goes back to its author."""
    if patient:
        return _again(message_id, attempt, now, timedelta(0), None, EXPIRED)
    return Outcome(message_id, attempt, MessageState.REJECTED, now, detail=EXPIRED)


def held_back(message_id: UUID, attempt: int) -> Verdict:
    """It was not even tried, because those before it did not get through."""
    now = clock.now()
    return Verdict(_again(message_id, attempt, now, _wait(attempt), None, NOT_REACHED))


def _answered(
    message_id: UUID, attempt: int, error: CloudApiError, now: datetime, *, patient: bool
) -> Verdict:
    kind = classify(error.code)
    if error.status >= SERVER_ERROR and not is_known(error.code):
        kind = ErrorKind.IN_DOUBT  # their server failed at some unknown point
    if kind is ErrorKind.IN_DOUBT:
        outcome = Outcome(
            message_id, attempt, MessageState.UNKNOWN, now, code=error.code, detail=error.detail
        )
    elif (patient or kind not in NEEDS_PATIENCE) and (
        wait := _wait_after(kind, attempt)
    ) is not None:
        outcome = _again(message_id, attempt, now, wait, error.code, error.detail)
    else:
        outcome = Outcome(
            message_id, attempt, MessageState.REJECTED, now, code=error.code, detail=error.detail
        )
    return Verdict(outcome, kind)


def _wait_after(kind: ErrorKind, attempt: int) -> timedelta | None:
    match kind:
        case ErrorKind.THROTTLED:  # the recipient never fails: the whole number slows down instead
            return THROTTLE_PAUSE
        case ErrorKind.CHANNEL | ErrorKind.TEMPLATE:  # the campaign pauses; no recipient fails
            return timedelta(0)
        case ErrorKind.TEMPORARY if attempt < MOST_TRIES:
            return _wait(attempt)
        case ErrorKind.PAIR if attempt < MOST_TRIES:
            return pair_backoff(attempt)
        case ErrorKind.DEFER if attempt < 2:
            return DEFERRED
        case _:
            return None


def wait_after_failure(code: int | None, attempt: int | None) -> timedelta | None:
    """When a campaign may try again after WhatsApp accepted a message and then failed; None for never.

    A late failure is certain: an error that is doubtful as an answer is not doubtful here.
    """
    attempt = attempt or 1
    kind = classify(code) if code is not None else ErrorKind.REQUEST
    if attempt >= MOST_LATE_TRIES:
        return None
    return _wait(attempt) if kind is ErrorKind.IN_DOUBT else _wait_after(kind, attempt)


def _wait(attempt: int) -> timedelta:
    return backoff(attempt, random.random())  # noqa: S311 - jitter, not a secret


def _again(
    message_id: UUID, attempt: int, now: datetime, wait: timedelta, code: int | None, detail: str
) -> Outcome:
    return Outcome(
        message_id,
        attempt,
        MessageState.QUEUED,
        now,
        code=code,
        detail=detail,
        next_try_at=now + wait,
    )
