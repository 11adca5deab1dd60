"""Text into phone numbers, checked against every country's numbering plan."""

import re
import unicodedata
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

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


def tidy(text: str) -> str:
    """The number without link prefixes, spreadsheet artefacts and extension."""
    text = text.strip().lstrip("'").strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc", "Cs"})
    lowered = text.lower()
    for prefix in _PREFIXES:
        if lowered.startswith(prefix):
            text = text[len(prefix) :].lstrip("/ ")
    if found := _EXCEL_INTEGER.fullmatch(text):
        text = found[1]
    text = _EXTENSION.sub("", text).strip()
    return f"+{text[2:].lstrip()}" if text.startswith("00") else text


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
    number = tidy(text[:80])
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
