"""Where the column headings are: below titles and blank lines, or nowhere."""

from collections import Counter
from collections.abc import Sequence

from domain.columns import looks_like_header

SEARCHED_ROWS = 15


def filled(row: Sequence[str]) -> int:
    """How many cells of a row are not empty."""
    return sum(1 for cell in row if cell.strip())


def find_header(rows: Sequence[Sequence[str]]) -> tuple[int, bool]:
    """The heading row and True, or the first row of data and False.

    Titles have fewer cells than the table. Headings come before the first row with a number.
    """
    counts = [filled(row) for row in rows]
    # Titles come first: the lower half shows how wide the table is, the wider if tied.
    lower = Counter(counts[len(counts) // 2 :])
    usual = max(lower, key=lambda count: (lower[count], count))
    least = max(1 if usual < 2 else 2, usual / 2)
    numbered = next(
        (i for i, row in enumerate(rows) if counts[i] >= least and not looks_like_header(row)),
        None,
    )
    reach = SEARCHED_ROWS if numbered is None else min(numbered, SEARCHED_ROWS)
    named = [i for i in range(min(reach, len(rows))) if counts[i] >= least]
    if not named:
        return (numbered, False) if numbered is not None else (0, looks_like_header(rows[0]))
    if numbered is not None:
        return max(named, key=lambda i: (counts[i], -i)), True
    return next((i for i in named if counts[i] >= 0.8 * usual), named[0]), True
