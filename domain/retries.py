"""Which failed recipients may be retried in a new campaign, and when."""

from datetime import datetime, timedelta

from domain import error_codes
from domain.error_codes import ErrorKind, classify

RETRYABLE = frozenset(ErrorKind) - {
    ErrorKind.CONTACT, ErrorKind.OPTED_OUT, ErrorKind.WINDOW, ErrorKind.REQUEST,
}  # fmt: skip
"""Kinds of errors that may pass, unlike those caused by the person, a wrong value or an opt-out."""

CODES = tuple(code for code in error_codes.CODES if classify(code) in RETRYABLE)
DEFERRED = tuple(code for code in error_codes.CODES if classify(code) is ErrorKind.DEFER)

REST = timedelta(hours=24)
"""WhatsApp limits marketing per person: retrying sooner makes it worse."""


def not_before(last_deferred: datetime | None) -> datetime | None:
    """The earliest time to retry people held back by WhatsApp's marketing limit."""
    return None if last_deferred is None else last_deferred + REST
