"""Every number that digits can be, according to the phone library."""

import re

import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumber, PhoneNumberFormat
from phonenumbers import PhoneNumberType as Type

from domain.numbering import Doubt, Doubtful, Found, Written
from domain.phone import Phone, canonical, key
from services.numbering import cells, plans

_MOBILE = frozenset({Type.MOBILE, Type.FIXED_LINE_OR_MOBILE})


def read(number: str, region: str | None) -> Found | Doubtful | None:
    """What a cleaned-up number is; None if it is not one."""
    if number.startswith("+"):
        return _marked(number)
    digits = cells.digits_of(number)
    if not digits:
        return None
    if region is None:
        return _without_country(digits)
    given = _parsed(number, region, keep=True)
    source = given.country_code_source if given else None
    if given and source == CountryCodeSource.FROM_NUMBER_WITH_IDD and digits[0] == "0":
        phone = _phone(given)
        return Found(phone) if phone else None
    return _judged(digits, region, given)


def is_mobile(phone: Phone) -> bool:
    """Whether a mobile can have this number."""
    return phonenumbers.number_type(phonenumbers.parse(phone.e164)) in _MOBILE


def _marked(number: str) -> Found | None:
    for text in dict.fromkeys((cells.without_trunk_zero(number), number)):
        parsed = _parsed(text, None)
        phone = _phone(parsed) if parsed else None
        if phone:
            return Found(phone)
    return None


def _without_country(digits: str) -> Doubtful | None:
    parsed = _parsed(f"+{digits}", None) if len(digits) >= plans.SPOKEN_DIGITS else None
    phone = _phone(parsed) if parsed and digits[0] != "0" else None
    if phone is None:
        return None
    if not is_mobile(phone):
        return Doubtful(None, phone, Doubt.ELSEWHERE)
    return Doubtful(None, phone, Doubt.EITHER if plans.in_full(digits) else Doubt.NO_COUNTRY)


def _judged(digits: str, region: str, given: PhoneNumber | None) -> Found | Doubtful | None:
    nationals = _nationals(digits, region, given)
    others = _others(digits, given)
    national = next(iter(nationals.values()), None)
    strangers = [phone for phone in others.values() if phone.key not in nationals]
    if not strangers:
        return _alone(national, digits, region, also_coded=bool(others)) if national else None
    if len(strangers) > 1:
        return Doubtful(national, strangers[0], Doubt.NEITHER)
    mobile = is_mobile(strangers[0])
    if national is None:
        return plans.elsewhere(strangers[0], is_mobile=mobile)
    return Doubtful(national, strangers[0], plans.doubt_of(is_mobile(national), mobile))


def _alone(
    national: Phone, digits: str, region: str, *, also_coded: bool
) -> Found | Doubtful | None:
    mobile = is_mobile(national)
    code = str(phonenumbers.country_code_for_region(region))
    if not mobile and not also_coded and digits.startswith(code):
        coded = _parsed(f"+{digits}", None)
        if coded and phonenumbers.is_possible_number(coded):
            # A landline that begins with its country code: more likely a mobile that lost a digit.
            return Doubtful(national, None, Doubt.BROKEN)
    return Found(national, plans.voted(Written.NATIONAL, mobile and not also_coded))


def _nationals(digits: str, region: str, given: PhoneNumber | None) -> dict[str, Phone]:
    """The country's numbers with these digits after its code, by key."""
    code = phonenumbers.country_code_for_region(region)
    found = [_parsed(f"+{code}{digits}", None)]
    if given and given.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY:
        found.append(given)  # in some countries a local number lacks the area code
    phones = (_phone(number) for number in found if number is not None)
    return {phone.key: phone for phone in phones if phone}


def _others(digits: str, given: PhoneNumber | None) -> dict[str, Phone]:
    """Readings that begin with a country code or an international prefix, by key."""
    found = [_parsed(f"+{digits}", None)] if digits[0] != "0" else []
    if given and given.country_code_source == CountryCodeSource.FROM_NUMBER_WITH_IDD:
        found.append(given)
    phones = (_phone(number) for number in found if number is not None)
    return {phone.key: phone for phone in phones if phone}


def _parsed(text: str, region: str | None, *, keep: bool = False) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region, keep_raw_input=keep)
    except NumberParseException:
        return None


def _phone(number: PhoneNumber) -> Phone | None:
    return _accepted(number) or _variant(number)


def _accepted(number: PhoneNumber) -> Phone | None:
    region = phonenumbers.region_code_for_number(number)
    if region is None or not phonenumbers.is_valid_number_for_region(number, region):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Phone(e164, key(e164), region)


def _variant(number: PhoneNumber) -> Phone | None:
    """The number in the current numbering plan, if written in an old one."""
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    modern = canonical(e164)
    if number.country_code == 52:
        modern = re.sub(r"^\+52(?:01|044|045|1)(?=\d{10}$)", "+52", e164)
    elif number.country_code == 54:
        modern = re.sub(r"^\+549?(\d{2,4})15(\d{6,8})$", r"+549\1\2", e164)
    return None if modern == e164 else _accepted(phonenumbers.parse(modern, None))


def why_not(number: str, region: str | None) -> str:
    """The code for why a cleaned-up text is not a number."""
    try:
        parsed = phonenumbers.parse(number, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return "phone_country"
        if error.error_type == NumberParseException.TOO_LONG:
            return "phone_long"
        return "phone_short" if any(char.isdigit() for char in number) else "phone_invalid"
    match phonenumbers.is_possible_number_with_reason(parsed):
        case phonenumbers.ValidationResult.TOO_SHORT:
            return "phone_short"
        case phonenumbers.ValidationResult.TOO_LONG:
            return "phone_long"
        case _:
            return "phone_invalid"
