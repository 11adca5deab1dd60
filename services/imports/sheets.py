"""One sheet of a workbook as a person sees it, without hidden rows and columns."""

import re
from collections.abc import Iterator
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import WorkSheetParser

_ROW = re.compile(rb"""<(?:\w+:)?row\b[^<>]*\shidden\s*=\s*["'](?:1|true)["']""")
_PIECE = 1 << 20
_COLUMNS = 16_384
_LONGEST_TAG = 4096


class SheetReader:
    """Reads row by row and notes which hidden columns are not empty."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._hidden: set[int] | None = None  # comes before the rows, so known at the first one
        self._passed_over: set[int] = set()
        self.rows_passed_over = 0

    def rows(self) -> Iterator[list[Any]]:
        """The cells of every row in order; a hidden or missing row has none."""
        book, next_row = self._sheet.parent, 1
        with self._sheet._get_source() as source:
            parser = WorkSheetParser(
                source,
                self._sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, found in parser.parse():
                if self._hidden is None:
                    self._hidden = _positions(parser.column_dimensions)
                yield from ([] for _ in range(next_row, number))
                hidden = _is_hidden(parser.row_dimensions.pop(str(number), {}))
                self.rows_passed_over += hidden
                if number >= next_row:
                    yield [] if hidden else self._seen(found)
                next_row = max(next_row, number + 1)

    def _seen(self, found: Any) -> list[Any]:
        cells = self._sheet._get_row(found, 1, None, False)
        if not self._hidden:
            return list(cells)
        seen = []
        for position, cell in enumerate(cells, 1):
            if position not in self._hidden:
                seen.append(cell)
            elif cell.value not in {None, ""}:
                self._passed_over.add(position)
        return seen

    def count_hidden_rows(self) -> int:
        """How many rows of the whole sheet are hidden, found in its XML: much faster than reading them."""
        count, rest = 0, b""
        with self._sheet._get_source() as source:
            while piece := source.read(_PIECE):
                text = rest + piece
                end = text.rfind(b"<")
                end = end if len(text) - end < _LONGEST_TAG else len(text)
                count += len(_ROW.findall(text, 0, end))
                rest = text[end:]
        return count + len(_ROW.findall(rest))

    def passed_over(self) -> list[str]:
        """Hidden columns that are not empty in the rows read, by their letters."""
        return [get_column_letter(position) for position in sorted(self._passed_over)]


def _positions(dimensions: dict[str, dict[str, str]]) -> set[int]:
    hidden: set[int] = set()
    for attributes in dimensions.values():
        if _is_hidden(attributes):
            last = min(int(attributes.get("max", attributes["min"])), _COLUMNS)
            hidden.update(range(int(attributes["min"]), last + 1))
    return hidden


def _is_hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("hidden") in {"1", "true"}
