"""What is wrong with an automation, where, and how much it matters."""

from dataclasses import dataclass
from enum import StrEnum

from domain.sentences import Sentence


class Severity(StrEnum):
    """Errors block publishing, warnings do not."""

    ERROR = "error"
    WARNING = "warning"


class Fix(StrEnum):
    """What one click can do about a problem (``domain.automations.fixes``)."""

    ADD_END = "add_end"
    ADD_TEMPLATE_FALLBACK = "add_template_fallback"
    LEAVE_OUT = "leave_out"  # what could not be read: it is in no graph
    MARK_MARKETING = "mark_marketing"
    REMOVE = "remove"
    SHARE_EVENLY = "share_evenly"
    USE_HTTPS = "use_https"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right.

    ``at`` is the node or trigger, or empty for the automation as a whole; ``field`` the path of the value in its data
    (``messages.0.text``), or a branch. The sentence's code is what programs rely on.
    """

    at: str
    sentence: Sentence
    field: str = ""
    severity: Severity = Severity.ERROR
    fix: Fix | None = None

    @property
    def blocks(self) -> bool:
        """Whether publishing has to wait for it."""
        return self.severity is Severity.ERROR


def error(at: str, sentence: Sentence, field: str = "", fix: Fix | None = None) -> Problem:
    """A problem that blocks publishing."""
    return Problem(at=at, sentence=sentence, field=field, fix=fix)


def warning(at: str, sentence: Sentence, field: str = "", fix: Fix | None = None) -> Problem:
    """A problem that does not."""
    return Problem(at=at, sentence=sentence, field=field, severity=Severity.WARNING, fix=fix)
