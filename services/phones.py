"""Parses phone numbers, checked against every country's numbering plan."""

import re
from functools import cache

import phonenumbers
from phonenumbers import re_util

from domain.errors import Invalid
from domain.numbering import Doubt, Doubtful, Found, Written
from domain.phone import Phone
from domain.sentences import Sentence
from services.numbering import cells, countries, plans, readings, reasons

# Numbers of many countries need more patterns than `re` remembers: a third of the time went into compiling them again.
re_util.enable_pattern_cache()

_SCIENTIFIC = re.compile(r"\+?\d+(?:[.,]\d+)?[eE]\+?\d+")
_BRAZILIAN = re.compile(r"\(?\d{2}\)?[ -]?9\d{4}[-. ]\d{4}", re.ASCII)
_AREA_DIGITS = 6
"""A first part with fewer digits before a slash is an area code, not a number."""

UNCLEAR = ("phone_unclear", "phone_two")
"""Error codes of ambiguous numbers."""


def _refuse(code: str) -> Invalid:
    return Invalid(code, field="phone")


def shown(value: str) -> str:
    """+2348035550142 → +234 803 555 0142, as on every page; anything else is returned unchanged."""
    try:
        parsed = phonenumbers.parse(value if value.startswith("+") else f"+{value}")
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def parse(text: str, default_region: str | None = None) -> Phone:
    """The number in ``text``, read on its own; without a plus sign it is in ``default_region``.

    Digits that are invalid there but valid with a plus sign count as international, as do eleven digits or more without
    a country. Digits that are valid both ways are refused, naming both. Raises Invalid with a code that starts with
    ``phone_``.
    """
    found = read(text, default_region)
    if isinstance(found, Found):
        return found.phone
    if found.international and not (found.national or default_region):
        return found.international
    raise Invalid(reasons.alone(found), field="phone")


def read(text: str, default_region: str | None = None) -> Found | Doubtful:
    """Like ``parse``, for one of many: digits that are valid both ways become a Doubtful, for the file.

    A cell may have several numbers if exactly one is a mobile number, which is used.
    """
    text = text.strip()
    # What cleaning would change about digits and signs alone: a leading "00", a trailing ".0".
    everyday = text and "." not in text and "  " not in text and not text.startswith("00")
    found = plans.quick(text, default_region or None) if everyday else None
    found = found or _full(text, default_region or None)
    if isinstance(found, Doubtful) and found.national and _grouped(text, default_region):
        return Found(found.national, Written.NATIONAL)
    return found


def read_beside(text: str, country: str, default_region: str | None) -> Found | Doubtful:
    """Like ``read``, when the row names a country, which outweighs the one for the whole file.

    A calling code in a separate column belongs to the number. A country's name may be where somebody lives: it counts
    if only its reading is a mobile number; if both are, the number is in doubt.
    """
    region = countries.region_of(country) if country else ""
    if not region or region == default_region:
        return read(text, default_region)
    there = _tried(text, region)
    if any(char.isdigit() for char in country):
        return _behind_code(there, text, region) if there else read(text, region)
    if default_region is None:
        return there or read(text, region)
    home = _tried(text, default_region)
    if not (home and there):
        found = home or there or read(text, default_region)
        if home and isinstance(found, Found) and landline_of(found, text, default_region):
            raise Invalid(reasons.of_another_country(found.phone, region), field="phone")
        return found
    return _of_two(home, there)


def _tried(text: str, region: str | None) -> Found | Doubtful | None:
    try:
        return read(text, region)
    except Invalid:
        return None


def _behind_code(there: Found | Doubtful, text: str, region: str) -> Found | Doubtful:
    """The number after a separate calling code: only digits that repeat the code are in doubt."""
    code = str(phonenumbers.country_code_for_region(region))
    if (
        isinstance(there, Doubtful)
        and there.national
        and not cells.digits_of(text).startswith(code)
    ):
        return Found(there.national)
    return there


def _of_two(home: Found | Doubtful, there: Found | Doubtful) -> Found | Doubtful:
    """The readings of a number by the file's country and by its row's."""
    if isinstance(there, Doubtful):
        return _of_three(home, there)
    if isinstance(home, Doubtful):
        return there if readings.is_mobile(there.phone) else home
    if home.phone.key == there.phone.key:
        return home
    mobile = [readings.is_mobile(found.phone) for found in (home, there)]
    if mobile == [False, True]:
        return there
    if mobile == [True, False]:
        return home
    return Doubtful(home.phone, there.phone, Doubt.NEITHER)


def _of_three(home: Found | Doubtful, there: Doubtful) -> Doubtful:
    """The reading of digits that their row's country leaves in doubt too."""
    coded = there.international.key if there.international else ""
    if isinstance(home, Found) and (home.phone.key == coded or not readings.is_mobile(home.phone)):
        return there
    known = home.phone if isinstance(home, Found) else home.known
    return Doubtful(known, there.known, Doubt.NEITHER)


def _grouped(text: str, region: str | None) -> bool:
    """Whether the digits are grouped as no other country would group them."""
    return region == "BR" and _BRAZILIAN.fullmatch(text) is not None


def _full(text: str, region: str | None) -> Found | Doubtful:
    """Like ``read``, using the library, for cells that are not everyday numbers."""
    if cells.is_amount(text):
        raise _refuse("phone_invalid.amount")
    if len(text) > cells.TEXT_LIMIT:
        raise _refuse("phone_long" if cells.digits_of(text) else "phone_invalid")
    if _SCIENTIFIC.fullmatch(text):
        raise _refuse("phone_scientific")
    pieces = [piece for piece in cells.parts(text) if cells.digits_of(piece)]
    return _several(pieces, region) if len(pieces) > 1 else _single(text, pieces, region)


def _single(text: str, pieces: list[str], region: str | None) -> Found | Doubtful:
    number = cells.tidy(pieces[0] if pieces else text)
    if not number:
        raise _refuse("phone_missing")
    if _SCIENTIFIC.fullmatch(number):
        raise _refuse("phone_scientific")
    if any(char.isalpha() for char in number):
        raise _refuse("phone_letters.digits" if cells.digits_of(number) else "phone_letters")
    found = readings.read(number, region)
    if found is None and region and number.startswith("+") and text.startswith("00"):
        found = readings.read(cells.digits_of(text), region)
    if found is None:
        raise _refuse(readings.why_not(number, region))
    return found


def _several(pieces: list[str], region: str | None) -> Found | Doubtful:
    if len(cells.digits_of(pieces[0])) < _AREA_DIGITS:
        try:
            return _single(" ".join(pieces), [], region)
        except Invalid as invalid:
            # An area code and its number lack a country, which does not make two numbers.
            lone = len(pieces) == 2 and len(cells.digits_of("".join(pieces))) > _AREA_DIGITS
            if lone and invalid.code == "phone_country":
                raise
            raise _refuse("phone_two") from None
    numbers: dict[str, Found] = {}
    for piece in pieces:
        try:
            found = _single(piece, [], region)
        except Invalid:
            raise _refuse("phone_two") from None
        if not isinstance(found, Found):
            raise _refuse("phone_two")
        numbers[found.phone.key] = found
    mobiles = [found for found in numbers.values() if readings.is_mobile(found.phone)]
    if len(numbers) > 1 and len(mobiles) != 1:
        raise _refuse("phone_two")
    return Found(mobiles[0].phone if mobiles else next(iter(numbers.values())).phone)


def why_refused(code: str, text: str, default_region: str) -> Sentence:
    """What is wrong with a number in a file that was refused with a code."""
    if code == "phone_country" and lacks_country(text, default_region):
        return Sentence("phone_country.file")
    try:
        read(text, default_region)
    except Invalid as invalid:
        if invalid.code == code:
            return invalid.sentence
    return Sentence(code if code.startswith("phone_") else "phone_invalid")


def lacks_country(text: str, default_region: str | None) -> bool:
    """Whether choosing a country for the whole file would help."""
    return not default_region and "+" not in text


def why_unclear(text: str, default_region: str, said: Written = Written.UNSAID) -> Sentence:
    """Why a number in a file stayed unclear, and what to do; ``said`` is how the file is written."""
    try:
        found = read(text, default_region)
    except Invalid as invalid:
        return invalid.sentence
    if isinstance(found, Doubtful):
        return reasons.of_file(found, said)
    if landline_of(found, text, default_region):
        return reasons.of_file(Doubtful(found.phone, None, Doubt.LANDLINE), said)
    return Sentence("phone_unclear")


def landline_of(found: Found, text: str, region: str | None) -> bool:
    """Whether a number without a plus sign was read as a landline in the country."""
    if found.vote or region != found.phone.region or "+" in text:
        return False
    if cells.tidy(text).startswith("+"):
        return False
    plan = plans.plan_of(region)
    return not (plan.is_mobile(found.phone) if plan else readings.is_mobile(found.phone))


def number(text: str) -> Phone | None:
    """The number in a cell if no country is known; None if there is none."""
    try:
        return parse(text)
    except Invalid:
        return None


def is_mobile(text: str) -> bool:
    """Whether a cell has one number, with its country code, that a mobile can have."""
    phone = number(text)
    return phone is not None and readings.is_mobile(phone)


@cache
def regions() -> tuple[tuple[str, int], ...]:
    """Every country with a numbering plan and its calling code, by country code."""
    return tuple(
        (region, phonenumbers.country_code_for_region(region))
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    )


def is_region(code: str) -> bool:
    """Whether the ISO code names a country with a numbering plan."""
    return code in phonenumbers.SUPPORTED_REGIONS
