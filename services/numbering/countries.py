"""The countries of people in a file, and those that nothing else in their rows supports."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

import phonenumbers

from domain import locales
from domain.countries import rare
from domain.headings import names_country, plain

LANGUAGES = (
    "en", "es", "pt", "de", "fr", "it", "nl", "tr", "ru", "ar", "hi", "id", "pl", "uk", "sv", "he",
    "ja", "ko", "zh",
)  # fmt: skip
_SHORT = {
    "uk": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "england": "GB",
    "uae": "AE",
    "holland": "NL",
    "brasil": "BR",
}
LOOKED_AT = 50
"""How many rows of a rare country have their other cells checked."""


_CODE = re.compile(r"(?:\+|00)\s*(\d{1,3})(?!\d)|^\s*\D?(\d{1,3})(?:\.0+)?\s*$", re.ASCII)


_PARTS = re.compile(r"\s[-\u2013]\s|[/(),|]")


@lru_cache(4096)
def region_of(cell: str) -> str:
    """The country a cell names by calling code, two letters or name; "" if none."""
    if found := _CODE.search(cell):
        region = phonenumbers.region_code_for_country_code(int(found[1] or found[2]))
        return region if region in phonenumbers.SUPPORTED_REGIONS else ""
    for said in dict.fromkeys([cell, *_PARTS.split(cell)]):
        code = said.strip().upper()
        found_region = (
            code if code in phonenumbers.SUPPORTED_REGIONS else _by_name().get(plain(said))
        )
        if found_region:
            return found_region
    return ""


@cache
def _spoken() -> tuple[Mapping[str, str], ...]:
    """What our languages call the countries, by their codes; the first language first."""
    return tuple(map(_names_in, LANGUAGES))


def _names_in(language: str) -> dict[str, str]:
    with locales.briefly(language) as locale:
        named = locale.territories
        return {code: named[code] for code in phonenumbers.SUPPORTED_REGIONS if code in named}


@cache
def _by_name() -> dict[str, str]:
    return {
        plain(name): region for names in reversed(_spoken()) for region, name in names.items()
    } | _SHORT


@cache
def _names(region: str) -> frozenset[str]:
    """Texts of a cell that name the country: its code, or its name in some language."""
    named = (names.get(region, "") for names in _spoken())
    return frozenset({region.casefold(), *(name.casefold() for name in named if name)})


def suggested(row: Iterable[tuple[str, str]], region: str) -> bool:
    """Whether a cell of a row (heading and text) names the country."""
    return any(_speaks(heading, cell, region) for heading, cell in row)


def _speaks(heading: str, cell: str, region: str) -> bool:
    if cell.strip().casefold() in _names(region):
        return True
    if not names_country(heading):
        return False  # elsewhere, 49 may be an age
    named = region_of(cell)
    if not named or not _CODE.search(cell):
        return named == region
    code = phonenumbers.country_code_for_region
    return bool(code(named) == code(region))  # countries that share a code


def surprising(
    countries: Mapping[str, int],
    expected: str,
    rows: Mapping[str, Sequence[Iterable[tuple[str, str]]]],
) -> list[str]:
    """Rare countries that no other cell supports; ``rows`` are some of each."""
    return [
        region
        for region in rare(countries, {expected})
        if not any(suggested(row, region) for row in rows.get(region, ()))
    ]
