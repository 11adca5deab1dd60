"""What each Cloud API error code means for sending; decided on ``error.code`` alone."""

from enum import StrEnum


class ErrorKind(StrEnum):
    """What to do about an error."""

    THROTTLED = "throttled"  # the number is too fast: everybody on it slows down, then try again
    RETRY = "retry"  # definitely not sent, a little later it may work
    PAIR = "pair"  # too many messages to this one person: wait for that person only
    IN_DOUBT = "in_doubt"  # may have been sent: never send again without being told
    DEFER = "defer"  # not before 24 hours
    CONTACT = "contact"  # this person cannot be reached
    OPTED_OUT = "opted_out"  # this person stopped our marketing
    WINDOW = "window"  # the 24-hour window is closed
    TEMPLATE = "template"  # this template cannot be sent to anyone
    CHANNEL = "channel"  # this number, account or token cannot send at all
    REQUEST = "request"  # the message itself is wrong
    MEDIA = "media"  # the attached file is wrong or unreachable


_KINDS: dict[ErrorKind, tuple[int, ...]] = {
    ErrorKind.THROTTLED: (4, 613, 80007, 130429),
    ErrorKind.RETRY: (131057, 133004, 2494100, 134101),
    ErrorKind.PAIR: (131056,),
    ErrorKind.IN_DOUBT: (1, 2, 131000, 131016),
    ErrorKind.DEFER: (131049,),
    ErrorKind.CONTACT: (130403, 130472, 130497, 131021, 131026, 131030, 131062, 137000, 131070),
    ErrorKind.OPTED_OUT: (131050,),
    ErrorKind.WINDOW: (131047,),
    ErrorKind.TEMPLATE: (
        132000, 132001, 132007, 132015, 132016, 132068, 132069, 131055, 131061, 131063, 131065,
        134100, 134102, 141002,
    ),
    ErrorKind.CHANNEL: (
        0, 3, 10, 33, 102, 190, 368, 131005, 131031, 131037, 131042, 131044, 131045, 131048, 131064,
        133000, 133005, 133006, 133010, 133015,
    ),
    ErrorKind.MEDIA: (131052, 131053),
}  # fmt: skip

_BY_CODE: dict[int, ErrorKind] = {code: kind for kind, codes in _KINDS.items() for code in codes}

KNOWN: tuple[int, ...] = (*_BY_CODE, *range(200, 300))
"""Every code that has a kind of its own."""

_BLOCKING_REASONS: dict[str, tuple[int, ...]] = {
    "token": (0, 3, 10, 102, 190, 131005),
    "payment": (131042, 131044),
    "policy": (368, 131031, 131064),
    "spam_limit": (131048,),
    "not_registered": (33, 131045, 133000, 133005, 133006, 133010, 133015),
    "display_name": (131037,),
}

_REASON_BY_CODE: dict[int, str] = {
    code: reason for reason, codes in _BLOCKING_REASONS.items() for code in codes
}


def classify(code: int) -> ErrorKind:
    """The kind of a Cloud API error code; permission codes 200 to 299 block, unknown ones are ours."""
    if 200 <= code <= 299:
        return ErrorKind.CHANNEL
    return _BY_CODE.get(code, ErrorKind.REQUEST)


def is_known(code: int) -> bool:
    """Whether the code has a kind of its own."""
    return code in _BY_CODE or 200 <= code <= 299


def blocking_reason(code: int) -> str:
    """The stable reason a channel is blocked with: token, payment, policy, spam_limit, …"""
    return _REASON_BY_CODE.get(code, "token" if 200 <= code <= 299 else "policy")
