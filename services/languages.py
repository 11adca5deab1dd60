"""Which languages a person probably reads."""

import phonenumbers
from babel.languages import get_official_languages


def spoken(language: str | None, phone: str | None) -> list[str]:
    """The contact's own language, then those of the number's country, as two-letter codes."""
    found = [language.split("_")[0].lower()] if language else []
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone or ""))
    except phonenumbers.NumberParseException:
        region = None
    official = get_official_languages(region, de_facto=True) if region else ()
    return [*found, *(code.split("_")[0] for code in official)]
