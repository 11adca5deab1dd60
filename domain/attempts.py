"""Every attempt to send one message, in order: those on record, then the last one as the message row has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.messages import LANDED, MessageState


class AttemptOutcome(StrEnum):
    """The outcome of an attempt, or what a person decided about it."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    RETRY = "retry"
    REJECTED = "rejected"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    FAILED = "failed"
    ASSUMED_SENT = "assumed_sent"
    SEND_AGAIN = "send_again"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of the ledger; ``by`` is the person who decided, if anyone did."""

    at: datetime
    number: int
    outcome: AttemptOutcome
    wamid: str | None = None
    code: int | None = None
    detail: str | None = None
    next_try_at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """The message as it stands: the state of its last attempt."""

    state: MessageState
    attempt: int
    wamid: str | None
    code: int | None
    detail: str | None
    claimed_at: datetime | None
    accepted_at: datetime | None
    failed_at: datetime | None


def timeline(logged: Sequence[Attempt], present: Present | None) -> list[Attempt]:
    """All attempts, oldest first.

    Only attempts that were not accepted are logged, so the last one is derived from the message.
    """
    if present is None:
        return list(logged)
    told = {(line.number, line.outcome) for line in logged}
    own = [
        line for line in _of_message(present) if (line.number, line.outcome) not in told
    ]  # fmt: skip
    return sorted([*logged, *own], key=lambda line: (line.at, line.number))


def _of_message(now: Present) -> list[Attempt]:
    """What the message says about its last attempt."""
    match now.state:
        case MessageState.SENDING:
            return _one(now.claimed_at, now, AttemptOutcome.SENDING)
        case MessageState.REFUSED:
            return _one(now.claimed_at, now, AttemptOutcome.REFUSED, with_error=True)
        case MessageState.REJECTED:
            return _one(now.failed_at, now, AttemptOutcome.REJECTED, with_error=True)
        case MessageState.FAILED:
            # WhatsApp accepted it first, unless this report is all we ever received.
            taken = _one(now.accepted_at, now, AttemptOutcome.ACCEPTED) if now.wamid else []
            # Webhooks have whole seconds; a failure never precedes the attempt that failed.
            failed_at = max(filter(None, (now.failed_at, now.accepted_at)), default=None)
            return taken + _one(failed_at, now, AttemptOutcome.FAILED, with_error=True)
        case state if state in LANDED and now.wamid:
            return _one(now.accepted_at, now, AttemptOutcome.ACCEPTED)
        case _:
            return []


def _one(
    at: datetime | None, now: Present, outcome: AttemptOutcome, *, with_error: bool = False
) -> list[Attempt]:
    if at is None:
        return []
    code, detail = (now.code, now.detail) if with_error else (None, None)
    return [Attempt(at, now.attempt, outcome, now.wamid, code, detail)]
