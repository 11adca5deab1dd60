"""People's countries, by name in the viewer's language."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import phonenumbers
from babel import Locale
from babel.core import UnknownLocaleError
from fastapi import Request

from domain.numbering import Written
from services import phones
from web.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class CountryView:
    """People in one country; ``surprising`` if nothing else in their rows supports it."""

    name: str
    people: int
    surprising: bool


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person as they would be messaged."""

    phone: str
    country: str
    name: str


def names(request: Request) -> Mapping[str, str]:
    """Names of countries by ISO code."""
    try:
        return Locale.parse(request.state.page.locale or "en").territories
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en").territories


def regions(request: Request) -> list[tuple[str, str]]:
    """Countries with a calling code, by name."""
    known = names(request)
    named = [(code, f"{known.get(code, code)} (+{calling})") for code, calling in phones.regions()]
    return sorted(named, key=lambda item: item[1])


def views(
    request: Request, countries: Mapping[str, int], surprising: Collection[str]
) -> list[CountryView]:
    """The countries in a file, most people first."""
    known = names(request)
    found = sorted(countries.items(), key=lambda item: (-item[1], item[0]))
    return [CountryView(known.get(code, code), n, code in surprising) for code, n in found]


def person(request: Request, e164: str, name: str) -> PersonView:
    """A person with their number's country."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
    return PersonView(e164, names(request).get(region, region), name)


def written_choices() -> list[tuple[str, str]]:
    """The ways a file may write numbers without a plus sign."""
    return [
        (Written.UNSAID.value, _("Detect from the whole file")),
        (Written.NATIONAL.value, _("Without the country code: all belong to the country above")),
        (Written.INTERNATIONAL.value, _("With the country code but without the +")),
    ]
