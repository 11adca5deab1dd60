"""The country of a column's numbers without a country code, and whether to ask for it."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import Invalid
from domain.numbering import Doubtful, Found
from services.numbering.files import FileNumbers

MOST = 0.8


@dataclass(frozen=True, slots=True)
class CountryQuestion:
    """Most numbers have no country code; ``region`` is what the others suggest, "" for none."""

    region: str = ""


def question(cells: Sequence[str]) -> CountryQuestion | None:
    """What to ask about a column's numbers; None when most have a country code."""
    written = [cell for cell in cells if cell.strip()]
    numbers, found = FileNumbers(None), list[tuple[str, Found | Doubtful]]()
    for cell in written:
        with suppress(Invalid):
            found.append((cell, numbers.read(cell)))
    settled = {cell: phone for cell, read in found if (phone := numbers.settle(read)) is not None}
    others = [cell for cell in written if cell not in settled]
    if len(others) * 2 <= len(written):
        return None
    named = Counter(phone.region for phone in settled.values())
    region = next(
        (region for region, number in named.most_common(1) if number >= MOST * len(settled)), ""
    )
    return CountryQuestion(region if region and _fit(others, region) else "")


def _fit(cells: Sequence[str], region: str) -> bool:
    """Whether nearly all numbers are valid in a country."""
    numbers, fitting = FileNumbers(region), 0
    for cell in cells:
        with suppress(Invalid):
            numbers.read(cell)
            fitting += 1
    return fitting >= MOST * len(cells)
