"""Countries of the people in a file, and those that nothing else in their rows suggests."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from babel import Locale

from domain.countries import rare

LANGUAGES = (
    "en", "es", "pt", "de", "fr", "it", "nl", "tr", "ru", "ar", "hi", "id", "pl", "uk", "sv", "he",
    "ja", "ko", "zh",
)  # fmt: skip
LOOKED_AT = 50
"""Rows of one rare country whose other cells are looked at."""


@cache
def _names(region: str) -> frozenset[str]:
    """What a cell says that names the country: its code, or its name in some language."""
    named = (Locale(language).territories.get(region, "") for language in LANGUAGES)
    return frozenset({region.casefold(), *(name.casefold() for name in named if name)})


def suggested(cells: Iterable[str], region: str) -> bool:
    """Whether a cell of a row names the country."""
    return any(cell.strip().casefold() in _names(region) for cell in cells)


def surprising(
    countries: Mapping[str, int],
    expected: str,
    rows: Mapping[str, Sequence[Sequence[str]]],
) -> list[str]:
    """Rare countries for which no other cell speaks; ``rows`` are some of each by country."""
    return [
        region
        for region in rare(countries, {expected})
        if not any(suggested(cells, region) for cells in rows.get(region, ()))
    ]
