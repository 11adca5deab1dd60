"""What the phone library says of everyday numbers, at a fifth of its price."""

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
"""Countries whose old ways to write a mobile only the library can tell."""

SPOKEN_DIGITS = 11
"""From this many digits on, a number without a plus sign and without a country may carry a code."""

_ASK = "ask"
"""In place of an answer: only the library can tell."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of a country that has its calling code to itself."""

    region: str
    code: str
    general: re.Pattern[str]
    kinds: tuple[tuple[frozenset[int], re.Pattern[str]], ...]
    mobile: tuple[frozenset[int], re.Pattern[str]] | None
    prefix: re.Pattern[str] | None
    abroad: re.Pattern[str] | None

    def find(self, national: str) -> Phone | str | None:
        """The number, or today's form of an old one; None when there is none; or ``_ASK``."""
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
        """Digits without the national prefix, unless a carrier's code is behind it."""
        found = self.prefix.match(digits) if self.prefix else None
        if found is None or found.lastindex is not None or self.general.fullmatch(digits):
            return digits
        national = digits[found.end() :]
        return national if self.holds(national) else digits

    def holds(self, national: str) -> bool:
        """Whether some kind of line has this number."""
        if self.general.fullmatch(national) is None:
            return False
        length = len(national)
        for lengths, pattern in self.kinds:  # no generator: two of these a row of a file
            if length in lengths and pattern.fullmatch(national):
                return True
        return False

    def is_mobile(self, phone: Phone) -> bool:
        """Whether a mobile may have this number of the plan."""
        national = phone.e164[len(self.code) + 1 :]
        if self.mobile is None or len(national) not in self.mobile[0]:
            return False
        return self.mobile[1].fullmatch(national) is not None


@cache
def plan_of(region: str | None) -> Plan | None:
    """The plan behind the quick way; None when the calling code is shared or has odd rules."""
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
    """The calling code in the first three digits; "" when there is none."""
    for length in (1, 2, 3):
        if phonenumbers.region_codes_for_country_code(int(digits[:length])):
            return digits[:length]
    return ""


@cache
def _plan_by_code(code: str) -> Plan | None:
    return plan_of(phonenumbers.region_codes_for_country_code(int(code))[0])


@cache
def _shared(code: str) -> re.Pattern[str]:
    """Everything that a number behind a shared calling code can look like."""
    found = [
        PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
        for region in phonenumbers.region_codes_for_country_code(int(code))
    ]
    plans = [metadata for metadata in found if metadata is not None]
    general = "|".join(
        plan.general_desc.national_number_pattern or "" for plan in plans if plan.general_desc
    )
    # Behind a calling code the library takes away the prefix of the main country only.
    prefix = plans[0].national_prefix_for_parsing if plans else None
    if plans and plans[0].national_prefix_transform_rule:
        return re.compile(r"\d+")
    return re.compile(f"(?:{prefix})?(?:{general})" if prefix else f"(?:{general})")


def _international(digits: str) -> tuple[Phone | str | None, Plan | None]:
    """The number that the digits are with a plus sign in front, and its plan."""
    code = _code_of(digits[:3]) if len(digits) > 3 and digits[0] != "0" else ""
    if not code:
        return None, None
    plan, rest = _plan_by_code(code), digits[len(code) :]
    if plan is None:
        return (_ASK if _shared(code).fullmatch(rest) else None), None
    return plan.find(rest), plan


def quick(number: str, region: str | None) -> Found | Doubtful | None:
    """What the library says of an everyday number; None: ask the library.

    Everyday: ASCII, a country alone behind its calling code, valid or an old variant of a valid
    one, at most a national prefix in front of it.
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
    """Mobile numbers that are as long without their country's code as others are with it."""
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
    """Whether digits are a mobile number of some country without its code."""
    return any(
        len(digits) in lengths and pattern.fullmatch(digits) for lengths, pattern in _long_mobiles()
    )


def elsewhere(phone: Phone, *, is_mobile: bool) -> Found | Doubtful:
    """What digits are that only make a number of another country: one of its mobiles, or a doubt."""
    if is_mobile:
        return Found(phone, Written.INTERNATIONAL)
    return Doubtful(None, phone, Doubt.ELSEWHERE)


def voted(way: Written, is_mobile: bool) -> Written:
    """Only mobile numbers say how their file is written: landlines exist for nearly all digits."""
    return way if is_mobile else Written.UNSAID


def doubt_of(national_is_mobile: bool, international_is_mobile: bool) -> Doubt:
    """The doubt of two readings by which of them is a mobile number."""
    if national_is_mobile and international_is_mobile:
        return Doubt.BOTH
    if national_is_mobile:
        return Doubt.NATIONAL
    return Doubt.INTERNATIONAL if international_is_mobile else Doubt.NEITHER
