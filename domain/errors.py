"""Errors the product raises on purpose: a stable code and parameters; the edges add words and HTTP statuses.

DomainError
├── NotFound       it does not exist, or not for this person
├── Conflict       its current state does not allow this; ``fields`` may say where
├── Forbidden      this person may not do this
├── Invalid        the input is wrong; ``fields`` says where
└── LimitReached   a limit says not now; ``retry_after_s`` says when to try again
"""

from collections.abc import Mapping

from domain.sentences import Sentence, Value


class DomainError(Exception):
    """Base of every deliberate error: a code, or a sentence with one; codes never change once released.

    The sentence is about ``field``, or ``fields`` has one per field.
    """

    def __init__(
        self,
        said: str | Sentence,
        /,
        *,
        field: str = "",
        fields: Mapping[str, Sentence] | None = None,
        **params: Value,
    ) -> None:
        self.sentence = said if isinstance(said, Sentence) else Sentence(said, **params)
        own = {field: self.sentence} if field else {}
        self.fields: dict[str, Sentence] = {**own, **(fields or {})}
        super().__init__(self.sentence.key)

    @property
    def code(self) -> str:
        """What programs rely on."""
        return self.sentence.code


class NotFound(DomainError):
    """It does not exist, or this person may not know that it does."""


class Conflict(DomainError):
    """Its current state does not allow this."""


class Forbidden(DomainError):
    """This person may not do this."""


class Invalid(DomainError):
    """The input is wrong."""


class LimitReached(DomainError):
    """A limit says not now; ``retry_after_s`` says when to try again. One that waiting does not lift is a Conflict."""

    def __init__(self, said: str | Sentence, /, *, retry_after_s: int = 1, **params: Value) -> None:
        super().__init__(said if isinstance(said, Sentence) else Sentence(said, **params))
        self.retry_after_s = retry_after_s
