"""Phone numbers: the E.164 form that people see, and the key that all variants of a number share."""

from dataclasses import dataclass

_CANADA = """204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437
    438 450 460 468 474 506 514 519 537 548 579 581 584 587 600 604 613 622 633 639 644 647 655
    672 677 683 688 705 709 742 753 778 780 782 807 819 825 851 867 873 879 902 905 942"""
_CARIBBEAN = """242 246 264 268 284 340 345 441 473 649 658 664 721 758 767 784 787 809 829 849 868
    869 876 939"""
_PACIFIC = "670 671 684"
_BENIN, _IVORY_COAST = "229", "225"
NOT_US_AREAS = frozenset(f"{_CANADA} {_CARIBBEAN} {_PACIFIC}".split())
"""Area codes after +1 that are outside the United States proper."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that exists in its country's numbering plan.

    ``e164`` has the plus sign; ``key`` is digits only; ``region`` is ISO 3166 ("001" if the number belongs to no
    country).
    """

    e164: str
    key: str
    region: str


def canonical(e164: str) -> str:
    """The dialable E.164 form of a number from an old numbering plan; others unchanged.

    WhatsApp still returns old forms: Brazilian mobiles without their ninth digit, Mexican ones with a 1 after the
    country code, numbers in Benin and Ivory Coast with eight digits instead of ten.
    """
    digits = e164.removeprefix("+")
    size = len(digits)
    # 55 AA NNNN NNNN: an eight-digit number starting with 6 to 9 is a mobile and gets a 9 in front.
    if size == 12 and digits.startswith("55") and digits[4] in "6789":
        return f"+{digits[:4]}9{digits[4:]}"
    if size == 13 and digits.startswith("521"):
        return f"+52{digits[3:]}"
    if size == 11 and digits.startswith(_BENIN):
        return f"+{_BENIN}01{digits[3:]}"
    if size == 11 and digits.startswith(_IVORY_COAST):
        return f"+{_IVORY_COAST}{_ivorian_prefix(digits[3:])}{digits[3:]}"
    return f"+{digits}"


def _ivorian_prefix(national: str) -> str:
    """The prefix that each operator in Ivory Coast added to its numbers in January 2021."""
    if national[0] in "23":
        return {"0": "25", "8": "21"}.get(national[2], "27")
    if national[1] in "0123":
        return "01"
    return "05" if national[1] in "456" else "07"


def key(e164: str) -> str:
    """Digits that are the same for every way of writing a number.

    Benin and Ivory Coast: with ten digits. Brazil: with the ninth digit. Mexico: without the 1. Argentina: without the 9, because the
    plan never gives a mobile and a landline the same remaining digits.
    """
    digits = canonical(e164)[1:]
    if len(digits) == 13 and digits.startswith("549"):
        return f"54{digits[3:]}"
    return digits


def from_wa_id(wa_id: str) -> str:
    """The E.164 form of a ``wa_id``, which is digits without the plus sign."""
    return canonical(wa_id)
