"""Phone numbers: the E.164 form people see, and the key in which variants of one number agree."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that exists in its country's numbering plan.

    ``e164`` has the plus sign; ``key`` is digits only; ``region`` is ISO 3166 ("001" when the
    number belongs to no country).
    """

    e164: str
    key: str
    region: str


def canonical(e164: str) -> str:
    """The dialable E.164 form of a Brazilian or Mexican variant; any other number as it is.

    WhatsApp still answers with the forms of before the plans changed: Brazilian mobiles without
    their ninth digit, Mexican ones with a 1 behind the country code.
    """
    digits = e164.removeprefix("+")
    # 55 AA NNNN NNNN: an eight-digit number that starts with 6 to 9 is a mobile, which has a 9 in front.
    if len(digits) == 12 and digits.startswith("55") and digits[4] in "6789":
        return f"+{digits[:4]}9{digits[4:]}"
    if len(digits) == 13 and digits.startswith("521"):
        return f"+52{digits[3:]}"
    return f"+{digits}"


def key(e164: str) -> str:
    """Digits that are the same for every way to write one number.

    Brazil: with the ninth digit. Mexico: without the 1. Argentina: without the 9, because the
    plan never gives a mobile and a landline the same remaining digits.
    """
    digits = canonical(e164)[1:]
    if len(digits) == 13 and digits.startswith("549"):
        return f"54{digits[3:]}"
    return digits


def from_wa_id(wa_id: str) -> str:
    """The E.164 form of a ``wa_id``, which is digits without the plus sign."""
    return canonical(wa_id)
