"""Text into phone numbers, checked against every country's numbering plan."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat

from domain.errors import Invalid
from domain.phone import Phone, canonical, key

_PREFIXES = ("whatsapp:", "tel:", "https://wa.me/", "http://wa.me/", "wa.me/")
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_EXCEL_INTEGER = re.compile(r"(\d{6,})\.0+")
_EXTENSION = re.compile(r"(?:ext\.?|x|#|ramal|int\.?)\s*\d{1,7}$", re.IGNORECASE)
_SPOKEN_DIGITS = 11
"""From this many digits on, a number without a plus sign may carry its country code."""

_MESSAGES = {
    "phone_missing": "The phone number is missing.",
    "phone_invalid": "This is not a phone number that exists in its country.",
    "phone_scientific": "The spreadsheet shortened this number. Format the column as text and save again.",
    "phone_letters": "A phone number has digits only.",
    "phone_country": "The country is not clear. Start with + and the country code.",
    "phone_short": "This phone number is too short.",
    "phone_long": "This phone number is too long.",
}


def _refuse(code: str) -> Invalid:
    return Invalid(code, _MESSAGES[code], {"phone": _MESSAGES[code]})


def sentence(code: str) -> str:
    """What is wrong with a number, by the code it was refused with."""
    return _MESSAGES.get(code, _MESSAGES["phone_invalid"])


def tidy(text: str) -> str:
    """The number without link prefixes, spreadsheet artefacts and extension."""
    text = text.strip().lstrip("'").strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(
            char for char in text if unicodedata.category(char) not in {"Cf", "Cc", "Cs"}
        )
    lowered = text.lower()
    for prefix in _PREFIXES:
        if lowered.startswith(prefix):
            text = text[len(prefix) :].lstrip("/ ")
    if found := _EXCEL_INTEGER.fullmatch(text):
        text = found[1]
    text = _EXTENSION.sub("", text).strip()
    return f"+{text[2:].lstrip()}" if text.startswith("00") else text


@dataclass(frozen=True, slots=True)
class _Plan:
    """The numbering plan of a country that has its calling code to itself."""

    region: str
    code: str
    general: re.Pattern[str]
    kinds: tuple[tuple[frozenset[int], re.Pattern[str]], ...]
    prefix: re.Pattern[str] | None
    abroad: re.Pattern[str] | None

    def find(self, national: str) -> Phone | None:
        """The number, or today's form of an old one; None when only the library can tell."""
        if national[0] == "0" or (self.prefix and self.prefix.match(national)):
            return None
        e164 = f"+{self.code}{national}"
        if not self.holds(national):
            modern = canonical(e164)
            if modern == e164 or not self.holds(modern[len(self.code) + 1 :]):
                return None
            e164 = modern
        return Phone(e164, key(e164), self.region)

    def without_code(self, digits: str) -> str:
        """National digits of a number without a plus sign; "" when only the library can tell."""
        if self.abroad and self.abroad.match(digits):
            return ""
        if not digits.startswith(self.code):
            return self._without_prefix(digits)
        # Digits that make a number both with and without the calling code are for the library.
        national = digits[len(self.code) :]
        plain = self.general.fullmatch(digits) is None and self.holds(national)
        return national if plain else ""

    def _without_prefix(self, digits: str) -> str:
        """Digits without the national prefix, unless a carrier's code is behind it."""
        found = self.prefix.match(digits) if self.prefix else None
        if found is None or found.lastindex is not None or self.general.fullmatch(digits):
            return digits
        national = digits[found.end() :]
        return national if self.holds(national) else digits

    def holds(self, national: str) -> bool:
        """Whether some kind of line has this number."""
        length = len(national)
        return self.general.fullmatch(national) is not None and any(
            length in lengths and pattern.fullmatch(national) for lengths, pattern in self.kinds
        )


# fmt: off
_KINDS = (
    "mobile", "fixed_line", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number",
    "pager", "uan", "voicemail",
)
# fmt: on
_PLAIN = re.compile(r"\+?[0-9 ().-]+", re.ASCII)
_DIGITS = str.maketrans("", "", " ().-+")


@cache
def _plan(region: str | None) -> _Plan | None:
    """The plan behind the quick way; None when the calling code is shared or has odd rules."""
    metadata = PhoneMetadata.metadata_for_region(region) if region else None
    if metadata is None or metadata.country_code is None or metadata.general_desc is None:
        return None
    if len(phonenumbers.region_codes_for_country_code(metadata.country_code)) != 1:
        return None
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    prefix, abroad = metadata.national_prefix_for_parsing, metadata.international_prefix
    return _Plan(
        region=str(metadata.id),
        code=str(metadata.country_code),
        general=re.compile(metadata.general_desc.national_number_pattern or ""),
        kinds=tuple(
            (
                frozenset(kind.possible_length or metadata.general_desc.possible_length),
                re.compile(kind.national_number_pattern),
            )
            for kind in kinds
            if kind is not None and kind.national_number_pattern
        ),
        prefix=re.compile(prefix) if prefix else None,
        abroad=re.compile(abroad) if abroad else None,
    )


@cache
def _plan_by_code(digits: str) -> _Plan | None:
    """The plan of the calling code in the first three digits."""
    for length in (1, 2, 3):
        regions = phonenumbers.region_codes_for_country_code(int(digits[:length]))
        if regions:
            return _plan(regions[0])
    return None


def _quick(number: str, default_region: str | None) -> Phone | None:
    """What the library says of an everyday number, at a fifth of its price; None: ask the library.

    Everyday: ASCII, a country alone behind its calling code, valid or an old variant of a valid
    one, at most a national prefix in front of it.
    """
    if not _PLAIN.fullmatch(number):
        return None
    digits = number.translate(_DIGITS)
    if number[0] == "+":
        plan = _plan_by_code(digits[:3]) if len(digits) > 3 and digits[0] != "0" else None
        national = digits[len(plan.code) :] if plan else ""
    else:
        plan = _plan(default_region)
        national = plan.without_code(digits) if plan else ""
    return plan.find(national) if plan and national else None


def _accept(number: PhoneNumber) -> Phone | None:
    region = phonenumbers.region_code_for_number(number)
    if region is None or not phonenumbers.is_valid_number_for_region(number, region):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Phone(e164, key(e164), region)


def _variant(number: PhoneNumber) -> Phone | None:
    """The number in today's numbering plan, when it was written in yesterday's."""
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    modern = canonical(e164)
    if number.country_code == 52:
        modern = re.sub(r"^\+52(?:01|044|045|1)(?=\d{10}$)", "+52", e164)
    elif number.country_code == 54:
        modern = re.sub(r"^\+549?(\d{2,4})15(\d{6,8})$", r"+549\1\2", e164)
    return None if modern == e164 else _accept(phonenumbers.parse(modern, None))


def _attempt(text: str, region: str | None) -> Phone | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return _accept(number) or _variant(number)


def _why_not(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return "phone_country"
        if error.error_type == NumberParseException.TOO_LONG:
            return "phone_long"
        return "phone_short" if any(char.isdigit() for char in text) else "phone_invalid"
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.TOO_SHORT:
            return "phone_short"
        case phonenumbers.ValidationResult.TOO_LONG:
            return "phone_long"
        case _:
            return "phone_invalid"


def parse(text: str, default_region: str | None = None) -> Phone:
    """The number in ``text``; without a plus sign it is read as one of ``default_region``.

    Digits that make no number there but do with a plus sign in front (an export without plus
    signs) are taken as international. Raises Invalid with a code that starts with ``phone_``.
    """
    text = text[:80].strip()
    # What ``tidy`` would change about digits and signs alone: "00" in front, ".0" behind.
    untouched = text and "." not in text and not text.startswith("00")
    phone = _quick(text, default_region) if untouched else None
    return phone or _full(tidy(text), default_region)


def _full(number: str, default_region: str | None) -> Phone:
    """``parse`` by the library for every number that is not an everyday one."""
    if not number:
        raise _refuse("phone_missing")
    if _SCIENTIFIC.fullmatch(number):
        raise _refuse("phone_scientific")
    if any(char.isalpha() for char in number):
        raise _refuse("phone_letters")
    phone = _attempt(number, default_region)
    if phone is None and number[0] != "+":
        digits = "".join(char for char in number if char.isdigit())
        if len(digits) >= _SPOKEN_DIGITS:
            phone = _attempt(f"+{digits}", None)
    if phone is None:
        raise _refuse(_why_not(number, default_region))
    return phone


@cache
def regions() -> tuple[tuple[str, int], ...]:
    """Every country with a numbering plan and its calling code, sorted by country code."""
    return tuple(
        (region, phonenumbers.country_code_for_region(region))
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    )


def is_region(code: str) -> bool:
    """Whether the ISO code names a country with a numbering plan."""
    return code in phonenumbers.SUPPORTED_REGIONS
