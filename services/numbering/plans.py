"""What the phone library says about everyday numbers, at a fifth of the cost."""

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

from domain.numbering import Doubt, Doubtful, Found, Written
from domain.phone import Phone, canonical, key

# fmt: off
_KINDS = (
    "mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number",
    "pager", "uan", "voicemail",
)
# fmt: on
_PLAIN = re.compile(r"\+?[0-9 ().-]+", re.ASCII)
_DIGITS = str.maketrans("", "", " ().-+")
_ODD_CODES = frozenset({"52", "54"})
"""Countries whose old mobile formats only the library can tell."""

SPOKEN_DIGITS = 11
"""With at least this many digits, a number without plus sign and country may include a code."""

_ASK = "ask"
"""Instead of an answer: only the library can tell."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of a country that does not share its calling code."""

    region: str
    code: str
    general: re.Pattern[str]
    kinds: tuple[tuple[frozenset[int], re.Pattern[str]], ...]
    mobile: tuple[frozenset[int], re.Pattern[str]] | None
    prefix: re.Pattern[str] | None
    abroad: re.Pattern[str] | None

    def find(self, national: str) -> Phone | str | None:
        """The number, or the current form of an old one; None if it is not a number; or ``_ASK``."""
        if not national or national[0] == "0" or (self.prefix and self.prefix.match(national)):
            return _ASK
        e164 = f"+{self.code}{national}"
        if not self.holds(national):
            modern = canonical(e164)
            if modern == e164 or not self.holds(modern[len(self.code) + 1 :]):
                return _ASK if self.code in _ODD_CODES else None
            e164 = modern
        return Phone(e164, key(e164), self.region)

    def without_prefix(self, digits: str) -> str:
        """Digits without the national prefix, unless a carrier code follows it."""
        found = self.prefix.match(digits) if self.prefix else None
        if found is None or found.lastindex is not None or self.general.fullmatch(digits):
            return digits
        national = digits[found.end() :]
        return national if self.holds(national) else digits

    def holds(self, national: str) -> bool:
        """Whether any kind of line can have this number."""
        if self.general.fullmatch(national) is None:
            return False
        length = len(national)
        for lengths, pattern in self.kinds:  # no generator: this runs twice per row of a file
            if length in lengths and pattern.fullmatch(national):
                return True
        return False

    def is_mobile(self, phone: Phone) -> bool:
        """Whether a mobile can have this number in the plan."""
        national = phone.e164[len(self.code) + 1 :]
        if self.mobile is None or len(national) not in self.mobile[0]:
            return False
        return self.mobile[1].fullmatch(national) is not None


@cache
def plan_of(region: str | None) -> Plan | None:
    """The plan for the fast path; None if the calling code is shared or has special rules."""
    metadata = PhoneMetadata.metadata_for_region(region) if region else None
    if metadata is None or metadata.country_code is None or metadata.general_desc is None:
        return None
    if len(phonenumbers.region_codes_for_country_code(metadata.country_code)) != 1:
        return None
    general = metadata.general_desc
    kinds = [
        (
            frozenset(kind.possible_length or general.possible_length),
            re.compile(kind.national_number_pattern),
        )
        for kind in (getattr(metadata, name) for name in _KINDS)
        if kind is not None and kind.national_number_pattern
    ]
    has_mobile = metadata.mobile is not None and metadata.mobile.national_number_pattern
    prefix, abroad = metadata.national_prefix_for_parsing, metadata.international_prefix
    return Plan(
        region=str(metadata.id),
        code=str(metadata.country_code),
        general=re.compile(general.national_number_pattern or ""),
        kinds=tuple(kinds),
        mobile=kinds[0] if has_mobile else None,
        prefix=re.compile(prefix) if prefix else None,
        abroad=re.compile(abroad) if abroad else None,
    )


@cache
def _code_of(digits: str) -> str:
    """The calling code in the first three digits; "" if there is none."""
    for length in (1, 2, 3):
        if phonenumbers.region_codes_for_country_code(int(digits[:length])):
            return digits[:length]
    return ""


@cache
def _plan_by_code(code: str) -> Plan | None:
    return plan_of(phonenumbers.region_codes_for_country_code(int(code))[0])


@cache
def _shared(code: str) -> re.Pattern[str]:
    """Everything a number with a shared calling code can look like."""
    found = [
        PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
        for region in phonenumbers.region_codes_for_country_code(int(code))
    ]
    plans = [metadata for metadata in found if metadata is not None]
    general = "|".join(
        plan.general_desc.national_number_pattern or "" for plan in plans if plan.general_desc
    )
    # After a calling code the library strips only the main country's prefix.
    prefix = plans[0].national_prefix_for_parsing if plans else None
    if plans and plans[0].national_prefix_transform_rule:
        return re.compile(r"\d+")
    return re.compile(f"(?:{prefix})?(?:{general})" if prefix else f"(?:{general})")


def _international(digits: str) -> tuple[Phone | str | None, Plan | None]:
    """The number the digits form with a plus sign in front, and its plan."""
    code = _code_of(digits[:3]) if len(digits) > 3 and digits[0] != "0" else ""
    if not code:
        return None, None
    plan, rest = _plan_by_code(code), digits[len(code) :]
    if plan is None:
        return (_ASK if _shared(code).fullmatch(rest) else None), None
    return plan.find(rest), plan


def quick(number: str, region: str | None) -> Found | Doubtful | None:
    """What the library says about an everyday number; None: ask the library.

    Everyday means ASCII, an unshared calling code, valid or an old variant of a valid number, with at most a national
    prefix.
    """
    if not _PLAIN.fullmatch(number):
        return None
    digits = number.translate(_DIGITS)
    if number[0] == "+":
        phone, _ = _international(digits)
        return Found(phone) if isinstance(phone, Phone) else None
    own = plan_of(region)
    if own is None or not digits or (own.abroad and own.abroad.match(digits)):
        return None
    national = own.find(own.without_prefix(digits))
    other, plan = _international(digits)
    if isinstance(national, str) or isinstance(other, str):
        return None
    return _judged(own, national, plan, other, digits)


def _judged(
    own: Plan, national: Phone | None, plan: Plan | None, other: Phone | None, digits: str
) -> Found | Doubtful | None:
    is_mobile = national is not None and own.is_mobile(national)
    other_is_mobile = other is not None and plan is not None and plan.is_mobile(other)
    if national is None:
        return elsewhere(other, is_mobile=other_is_mobile) if other else None
    if other is None or other.key == national.key:
        if not is_mobile and digits.startswith(own.code):
            return None  # perhaps a number with its code that lost a digit
        return Found(national, voted(Written.NATIONAL, is_mobile and other is None))
    return Doubtful(national, other, doubt_of(is_mobile, other_is_mobile))


@cache
def _long_mobiles() -> tuple[tuple[frozenset[int], re.Pattern[str]], ...]:
    """Mobile numbers that are as long without their country code as others with it."""
    found = []
    for region in phonenumbers.SUPPORTED_REGIONS:
        metadata = PhoneMetadata.metadata_for_region(region)
        mobile = metadata.mobile if metadata else None
        if metadata is None or mobile is None or not mobile.national_number_pattern:
            continue
        general = metadata.general_desc.possible_length if metadata.general_desc else ()
        lengths = frozenset(mobile.possible_length or general)
        if max(lengths, default=0) >= SPOKEN_DIGITS:
            found.append((lengths, re.compile(mobile.national_number_pattern)))
    return tuple(found)


def in_full(digits: str) -> bool:
    """Whether digits are some country's mobile number without its code."""
    return any(
        len(digits) in lengths and pattern.fullmatch(digits) for lengths, pattern in _long_mobiles()
    )


def elsewhere(phone: Phone, *, is_mobile: bool) -> Found | Doubtful:
    """The reading of digits that are only valid in another country: a mobile there, or a doubt."""
    if is_mobile:
        return Found(phone, Written.INTERNATIONAL)
    return Doubtful(None, phone, Doubt.ELSEWHERE)


def voted(way: Written, is_mobile: bool) -> Written:
    """Only mobile numbers show how their file is written: nearly any digits are a landline somewhere."""
    return way if is_mobile else Written.UNSAID


def doubt_of(national_is_mobile: bool, international_is_mobile: bool) -> Doubt:
    """The kind of doubt between two readings, by which of them is a mobile number."""
    if national_is_mobile and international_is_mobile:
        return Doubt.BOTH
    if national_is_mobile:
        return Doubt.NATIONAL
    return Doubt.INTERNATIONAL if international_is_mobile else Doubt.NEITHER
