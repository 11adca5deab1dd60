"""Errors the product raises on purpose, each with a stable code and a sentence a user can act on.

DomainError
├── NotFound       the thing does not exist, or not for this person
├── Conflict       the thing is in a state that forbids this
├── Forbidden      this person may not do this
├── Invalid        the input is wrong; ``fields`` names where
└── LimitReached   a limit says not now; ``retry_after_s`` says when
"""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """Base of every deliberate error; ``code`` never changes once released."""

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotFound(DomainError):
    """The thing does not exist, or this person may not know that it does."""

    status = 404


class Conflict(DomainError):
    """The thing is in a state that forbids this."""

    status = 409


class Forbidden(DomainError):
    """This person may not do this."""

    status = 403


class Invalid(DomainError):
    """The input is wrong; ``fields`` maps a field name to its own sentence."""

    status = 422

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.fields: dict[str, str] = dict(fields or {})


class LimitReached(DomainError):
    """A limit says not now; ``retry_after_s`` says when to come back."""

    status = 429

    def __init__(self, code: str, message: str, retry_after_s: int = 1) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s
