"""Which column of a table holds phone numbers: heading and values must agree."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.headings import EITHER, Named, named, plain

MOST = 0.8
SOME = 0.5
CANDIDATES = 5

_MARKED = re.compile(
    r"\s*['\"=]*\s*(?:\+|00[1-9]|\(|p:|tel:|whatsapp:|https?://(?:wa\.me|api\.whatsapp))",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ].*)?", re.ASCII)
_DECIMAL = re.compile(r"[-+]?\d{1,3}(?:[., ]\d{3})*[.,]\d{1,7}|-.*|[-+]?\d+[.,]\d{1,2}", re.ASCII)

_TURKISH = re.compile(r"(?:00?)?(?:90)?0?5\d{9}", re.ASCII)
_DIGITS_IN_A_ROW = re.compile(r"\+\d{8}|\d{9}", re.ASCII)

IsMobile = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Shares:
    """The shares of a column's filled cells that could be, and certainly are, mobile numbers."""

    filled: int
    possible: float
    mobile: float
    marked: float


def could_be_phone(cell: str) -> bool:
    """Whether a cell has the digits of a phone number and is not a date, amount or coordinate."""
    text = cell.strip()
    digits = sum(char.isdigit() for char in text)
    if not 6 <= digits <= 40 or _DATE.fullmatch(text) or _DECIMAL.fullmatch(text):
        return False
    return not any(char.isalpha() for char in text)


def written_as_mobile(cell: str) -> bool:
    """Whether a cell is written like a phone number; for callers without every country's numbering plan."""
    digits = sum(char.isdigit() for char in cell)
    return 8 <= digits <= 15 and _MARKED.match(cell) is not None


def _shares(samples: Sequence[Sequence[str]], index: int, is_mobile: IsMobile) -> _Shares:
    cells = [row[index] for row in samples if index < len(row) and row[index].strip()]
    if not cells:
        return _Shares(0, 0.0, 0.0, 0.0)
    mobile = [is_mobile(cell) for cell in cells]
    marked = sum(
        yes and _MARKED.match(cell) is not None for yes, cell in zip(mobile, cells, strict=True)
    )
    possible = sum(yes or could_be_phone(cell) for yes, cell in zip(mobile, cells, strict=True))
    count = len(cells)
    return _Shares(count, possible / count, sum(mobile) / count, marked / count)


def _named(header: str, samples: Sequence[Sequence[str]], index: int) -> Named:
    """What a heading says; if it may mean a post code, the values decide."""
    if plain(header) not in EITHER:
        return named(header)
    cells = [row[index] for row in samples if index < len(row) and row[index].strip()]
    mobile = sum(
        _TURKISH.fullmatch("".join(filter(str.isdigit, cell))) is not None for cell in cells
    )
    return Named.PHONE if cells and mobile >= MOST * len(cells) else Named.NEVER


def holds_numbers(samples: Sequence[Sequence[str]], index: int, is_mobile: IsMobile) -> bool:
    """Whether nearly all filled cells of a column could be phone numbers."""
    return _shares(samples, index, is_mobile).possible >= MOST


def phone_column(
    headers: Sequence[str],
    samples: Sequence[Sequence[str]],
    is_mobile: IsMobile = written_as_mobile,
    taken: Sequence[int] = (),
) -> int | None:
    """The phone number column; None when it is uncertain and a person must be asked.

    A heading that means phone needs values that could be phone numbers; one that may mean phone needs mobile numbers;
    any other needs mobile numbers written as such, in one column only.
    """
    names = [_named(header, samples, index) for index, header in enumerate(headers)]
    free = [index for index in range(len(headers)) if index not in taken]
    shares = [_shares(samples, index, is_mobile) for index in range(len(headers))]
    clear = [
        index
        for index in free
        if names[index] >= Named.PHONE and (not samples or shares[index].possible >= SOME)
    ]
    if clear:
        return max(clear, key=lambda index: _rank(names[index], shares[index], index))
    vague = [i for i in free if names[i] is Named.VAGUE and shares[i].mobile >= MOST]
    silent = [i for i in free if names[i] is Named.SILENT and shares[i].marked >= MOST]
    found = vague or silent
    return found[0] if len(found) == 1 else None


def _rank(name: Named, shares: _Shares, index: int) -> tuple[bool, bool, float, int]:
    # Landlines next to mobiles: the ones that can get messages come first.
    weight = round(shares.mobile * shares.filled, 0)
    return shares.filled > 0, name is Named.WHATSAPP, weight, -index


def candidates(
    headers: Sequence[str], samples: Sequence[Sequence[str]], is_mobile: IsMobile
) -> list[int]:
    """Columns that a person may choose as the phone number, likeliest first."""
    shares = {
        index: _shares(samples, index, is_mobile)
        for index, header in enumerate(headers)
        if _named(header, samples, index) is not Named.NEVER
    }
    possible = [index for index, share in shares.items() if share.possible >= SOME]
    likely = sorted(
        possible, key=lambda index: (-named(headers[index]), -shares[index].mobile, index)
    )
    return likely[:CANDIDATES]


def looks_like_header(first: Sequence[str]) -> bool:
    """Whether the first row holds headings: no cell in it is a phone number."""
    return not any(_looks_like_phone(cell) for cell in first)


def _looks_like_phone(cell: str) -> bool:
    if _DIGITS_IN_A_ROW.search(cell):
        return True  # even mid-line, where the line was split at the wrong separator
    digits = sum(char.isdigit() for char in cell)
    return 8 <= digits <= 15 and not any(char.isalpha() for char in cell)
