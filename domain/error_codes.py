"""Meta's error codes: what each means for sending and the cause shown for it, by ``error.code`` alone."""

from collections.abc import Mapping
from enum import StrEnum


class ErrorKind(StrEnum):
    """What to do about an error."""

    THROTTLED = (
        "throttled"  # the number sends too fast: everything on it slows down, then tries again
    )
    TEMPORARY = "temporary"  # definitely not sent; may work a little later
    PAIR = "pair"  # too many messages to one person: wait for that person only
    IN_DOUBT = "in_doubt"  # may have been sent: never send again unless told to
    DEFER = "defer"  # not for 24 hours
    CONTACT = "contact"  # this person cannot be reached
    OPTED_OUT = "opted_out"  # this person stopped our marketing
    WINDOW = "window"  # the 24-hour window is closed
    TEMPLATE = "template"  # this template cannot be sent to anyone
    CHANNEL = "channel"  # this number, account or token cannot send at all
    REQUEST = "request"  # the message itself is wrong
    MEDIA = "media"  # the attached file is wrong or unreachable


_TABLE: tuple[tuple[ErrorKind, str, tuple[int, ...]], ...] = (
    (ErrorKind.THROTTLED, "too_fast", (4, 613, 80007, 130429)),
    (ErrorKind.TEMPORARY, "temporary", (131057, 133004, 134101, 2494100)),
    (ErrorKind.PAIR, "pair", (131056,)),
    (ErrorKind.IN_DOUBT, "no_answer", (1, 2, 131000, 131016)),
    (ErrorKind.DEFER, "frequency", (131049,)),
    (ErrorKind.CONTACT, "unreachable", (131026, 131062, 131070, 137000)),
    (ErrorKind.CONTACT, "blocked_contact", (130403,)),
    (ErrorKind.CONTACT, "experiment", (130472,)),
    (ErrorKind.CONTACT, "country", (130497,)),
    (ErrorKind.CONTACT, "same_number", (131021,)),
    (ErrorKind.CONTACT, "test_number", (131030,)),
    (ErrorKind.OPTED_OUT, "opted_out", (131050,)),
    (ErrorKind.WINDOW, "window_closed", (131047,)),
    (ErrorKind.TEMPLATE, "template", (131055, 131061, 131063, 131065, 132001, 132007, 132016, 132068, 132069)),
    (ErrorKind.TEMPLATE, "template", (134100, 134102, 141002)),
    (ErrorKind.TEMPLATE, "template_paused", (132015,)),
    (ErrorKind.TEMPLATE, "template_values", (132000,)),
    (ErrorKind.CHANNEL, "token", (0, 3, 10, 102, 190, *range(200, 300), 131005)),
    (ErrorKind.CHANNEL, "payment", (131042, 131044)),
    (ErrorKind.CHANNEL, "policy", (368, 131031, 131064)),
    (ErrorKind.CHANNEL, "spam_limit", (131048,)),
    (ErrorKind.CHANNEL, "not_registered", (33, 131045, 133000, 133005, 133006, 133010, 133015)),
    (ErrorKind.CHANNEL, "display_name", (131037,)),
    (ErrorKind.REQUEST, "template_values", (100, 131008, 131009, 132005, 132008, 132012, 132018, 135000)),
    (ErrorKind.MEDIA, "media", (131052, 131053)),
)  # fmt: skip

_KINDS: Mapping[int, ErrorKind] = {code: kind for kind, _, codes in _TABLE for code in codes}
_CAUSES: Mapping[int, str] = {code: cause for _, cause, codes in _TABLE for code in codes}

LARGEST_CODE = 2**31 - 1
"""The limit of PostgreSQL's integer, also for negative codes: nothing beyond it is stored."""

CODES: tuple[int, ...] = tuple(_KINDS)
"""Every code of the table."""

BLOCKING: tuple[str, ...] = tuple(cause for kind, cause, _ in _TABLE if kind is ErrorKind.CHANNEL)
"""Why a number can be blocked: token, payment, policy, spam_limit and so on; these names never change."""


def classify(code: int) -> ErrorKind:
    """The kind of an error code; an unknown one counts as the message's fault."""
    return _KINDS.get(code, ErrorKind.REQUEST)


def is_known(code: int) -> bool:
    """Whether the code says by itself what to do, whatever the HTTP status beside it."""
    return classify(code) is not ErrorKind.REQUEST


def cause_key(code: int) -> str | None:
    """The key of the cause in ``domain.causes``; None for an unknown code."""
    return _CAUSES.get(code)


def codes_of(cause: str) -> tuple[int, ...]:
    """The codes that are shown as this cause."""
    return tuple(code for code, key in _CAUSES.items() if key == cause)


def blocking_reason(code: int) -> str:
    """The stable reason for blocking a number."""
    key = _CAUSES.get(code, "")
    return key if key in BLOCKING else "policy"
