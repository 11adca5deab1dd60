"""What values of template variables must look like for the message to say what was meant.

Python and PostgreSQL use the same patterns: one rule for one message and for a million.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from domain.errors import Invalid
from domain.links import base_pattern, ends_with_host, host_pattern
from domain.sentences import Sentence
from domain.template_components import CODE_LIMIT, OTP_LIMIT, URL_LIMIT, milliseconds
from domain.template_slots import Slot

_LATITUDE = r"[+-]?(?:90(?:\.0+)?|[1-8]?[0-9](?:\.[0-9]+)?)"
_LONGITUDE = r"[+-]?(?:180(?:\.0+)?|(?:1[0-7][0-9]|[1-9]?[0-9])(?:\.[0-9]+)?)"
_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_SIMULATOR = r"http://127\.0\.0\.1[:/]"  # which serves its pictures without TLS
# A file name may contain spaces, which get percent-encoded, but no second link may follow one.
_PICTURE = r"(?![^\t\r\n]*[ ,;]https?://)[^ \t\r\n/?#]+(?:[/?#][^\t\r\n]*)?"
_SPACE = r"[ \t\r\n]*"


@dataclass(frozen=True, slots=True)
class Shape:
    """``pattern`` matches the whole value in any letter case; ``limit`` is its maximum length.

    What matches ``common`` also matches ``pattern``, and most values do: PostgreSQL checks a million of them in a fifth
    of the time.
    """

    pattern: str
    limit: int
    sentence: Sentence
    common: str = "^$"


@lru_cache(maxsize=1024)
def shape(slot: Slot) -> Shape | None:
    """What the values of a variable must look like; None for free text."""
    common = "^$"
    match slot.kind:
        case "code":
            common = "^[A-Za-z0-9_-]+$"
            body, limit = rf"[!-~]{{1,{CODE_LIMIT}}}", CODE_LIMIT
            said = Sentence("slot_value.code", code_limit=CODE_LIMIT)
        case "otp":
            common = "^[A-Za-z0-9]+$"
            body, limit = rf"[A-Za-z0-9-]{{1,{OTP_LIMIT}}}", OTP_LIMIT
            said = Sentence("slot_value.otp", otp_limit=OTP_LIMIT)
        case "url":
            common = "^[A-Za-z0-9 _-]+$"
            body, limit = _ending(slot.base), URL_LIMIT
            said = (
                Sentence("slot_value.ending", base=slot.base)
                if slot.base
                else Sentence("slot_value.link")
            )
        case "media":
            body, limit = rf"(?:[0-9]{{5,40}}|(?:https://|{_SIMULATOR}){_PICTURE})", URL_LIMIT
            said = Sentence("slot_value.media")
        case "time":
            body, limit = rf"(?:[0-9]{{13}}|{_DAY}(?:[ T]{_CLOCK}{_ZONE}?)?)", 40
            said = Sentence("slot_value.time")
        case "location":
            return _place(slot)
        case _:
            return None
    return Shape(_whole(body), limit, said, common)


def problem(slot: Slot, value: str) -> Sentence | None:
    """Why this value cannot go into the message; None when it can."""
    found = shape(slot)
    if found is None:
        return None
    fits = re.search(found.pattern, value) and len(value.strip()) <= found.limit
    if fits and slot.kind == "time":
        try:
            milliseconds(value)
        except Invalid:
            fits = False
    return None if fits else Sentence("slot_value", label=slot.label, problem=found.sentence)


def _place(slot: Slot) -> Shape | None:
    if slot.key.endswith(".latitude"):
        return Shape(_whole(_LATITUDE), 40, Sentence("slot_value.latitude"))
    if slot.key.endswith(".longitude"):
        said = Sentence("slot_value.longitude")
        return Shape(_whole(_LONGITUDE), 40, said)
    return None


def _ending(base: str) -> str:
    """The ending alone, or the whole address; never an address on another site."""
    # After a bare host a separator must follow, or the value could turn it into another host.
    behind = r"[/?#][^\r\n\t]*" if ends_with_host(base) else r"[^\r\n\t]+"
    elsewhere = "|".join(filter(None, (r"https?:", r"www\.", "//", host_pattern(base))))
    return rf"(?:{base_pattern(base)}{behind}|(?!{elsewhere})[^\r\n\t]+)"


def _whole(body: str) -> str:
    return f"(?i)^{_SPACE}{body}{_SPACE}$"
