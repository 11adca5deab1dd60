"""Which failed recipients may be tried again in a campaign of their own, and when."""

from datetime import datetime, timedelta

from domain import error_codes
from domain.error_codes import ErrorKind, classify

RETRYABLE = frozenset(ErrorKind) - {
    ErrorKind.CONTACT, ErrorKind.OPTED_OUT, ErrorKind.WINDOW, ErrorKind.REQUEST,
}  # fmt: skip
"""Kinds of errors that may pass: not those of the person, of a wrong value, or of a no to marketing."""

CODES = tuple(code for code in error_codes.CODES if classify(code) in RETRYABLE)
DEFERRED = tuple(code for code in error_codes.CODES if classify(code) is ErrorKind.DEFER)

REST = timedelta(hours=24)
"""WhatsApp limits marketing per person: trying again sooner makes it worse."""


def not_before(last_deferred: datetime | None) -> datetime | None:
    """The earliest time to try people again whom WhatsApp's marketing limit held back."""
    return None if last_deferred is None else last_deferred + REST
