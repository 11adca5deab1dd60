"""Workbooks read in this process, as their own program reads them: what a person sees of them, and nothing else."""

import csv
import errno
import zipfile
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from domain.errors import Invalid
from domain.sentences import unpacked
from services.imports import apart, moments, spreadsheets


def saved(
    tmp_path: Path, *sheets: list[list[Any]], titles: tuple[str, ...] = ("People", "More")
) -> tuple[Path, Workbook]:
    """A workbook with these sheets; to be saved again where a test changes it."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in zip(titles, sheets, strict=False):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = tmp_path / "people.xlsx"
    book.save(path)
    return path, book


def cells(path: Path, sheet: str = "People") -> list[list[str]]:
    target = path.with_suffix(".csv")
    spreadsheets.to_csv(path, target, sheet)
    with target.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


ROWS: list[list[Any]] = [
    ["Name", "Secret", "Phone"],
    ["Ana", "x", 34611000101],
    ["Bo", None, "34611000102"],
    ["Eva", "z", "#N/A"],
]


def test_hidden_rows_and_columns_are_passed_over_and_named(tmp_path: Path) -> None:
    path, book = saved(tmp_path, ROWS)
    sheet: Any = book["People"]
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[3].hidden = True
    book.save(path)
    assert [row for row in cells(path) if row] == [
        ["Name", "Phone"], ["Ana", "34611000101"], ["Eva"],  # an error is no value
    ]  # fmt: skip
    seen = spreadsheets.look(path, "")
    assert seen.sheet == "People"
    said = str(seen)
    assert "'B'" in said  # a column that has something in it
    assert "Secret" not in said


def test_of_several_sheets_those_that_a_person_sees_are_offered(tmp_path: Path) -> None:
    path, book = saved(tmp_path, [["note"]], ROWS)
    assert spreadsheets.look(path, "").sheet == "More"  # the likelier one
    assert spreadsheets.look(path, "People").sheet == "People"
    book["More"].sheet_state = "hidden"
    book.save(path)
    assert spreadsheets.look(path, "").sheet == "People"
    with pytest.raises(Invalid) as refused:
        spreadsheets.look(path, "More")
    assert refused.value.code == "import_sheet"


@pytest.mark.parametrize("rows", [[], [[None, None]], [["", " "]]])
def test_a_workbook_without_anything_in_it_says_so(tmp_path: Path, rows: list[list[Any]]) -> None:
    path, _ = saved(tmp_path, rows)
    with pytest.raises(Invalid) as refused:
        spreadsheets.look(path, "")
    assert refused.value.code == "import_empty"


def _zip(path: Path, name: str, content: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no archive at all", "import_binary"), (("a.txt", "x"), "import_binary"),
        (("xl/workbook.xml", "<no"), "import_unreadable"), (("xl/workbook.xml", "<x/>"), "import_unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_by_what_it_is(
    tmp_path: Path, content: Any, code: str
) -> None:
    path = tmp_path / "odd.xlsx"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        _zip(path, *content)
    with pytest.raises(Invalid) as refused:
        spreadsheets.look(path, "")
    assert refused.value.code == code


def test_more_than_a_file_may_have_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = saved(tmp_path, ROWS)
    for limit, value, code in (
        ("FILE_ROW_LIMIT", 2, "import_rows"), ("COLUMN_LIMIT", 1, "import_columns"),
        ("SECONDS_LIMIT", -1, "import_slow"),
    ):  # fmt: skip
        with monkeypatch.context() as patched:
            patched.setattr(spreadsheets, limit, value)
            with pytest.raises(Invalid) as refused:
                cells(path)
        assert refused.value.code == code


def test_a_sheet_that_is_gone_is_said_and_a_full_disk_is_nobody_s_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = saved(tmp_path, ROWS)
    job = {"job": "look", "path": str(path), "sheet": "", "target": str(tmp_path / "to.csv")}
    assert apart._answer(job)["result"]["sheet"] == "People"
    assert apart._answer(job | {"job": "convert", "sheet": "People"}) == {"result": None}
    answer = apart._answer(job | {"job": "convert", "sheet": "Gone"})
    assert unpacked(answer["invalid"]).code == "import_sheet"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spreadsheets, "to_csv", full)
    assert apart._answer(job | {"job": "convert"}) == {"full": errno.ENOSPC}

    def odd(*_: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(spreadsheets, "to_csv", odd)
    with pytest.raises(PermissionError):
        apart._answer(job | {"job": "convert"})


def test_days_are_what_the_cell_shows_and_empty_hidden_cells_are_nothing(tmp_path: Path) -> None:
    path, book = saved(tmp_path, ROWS)
    sheet = book["People"]
    sheet["A5"], sheet["C5"] = date(2026, 4, 3), time(14, 5)
    sheet["A5"].number_format, sheet["C5"].number_format = "d.m.yy", "h:mm"
    sheet.column_dimensions["A"].width = 30
    sheet.column_dimensions["B"].hidden = True
    book.save(path)
    found = cells(path)
    assert [len(row) for row in found] == [2, 2, 2, 1, 2]  # an error is no value
    assert [moments.shown(cell) for cell in found[-1]] == ["3.4.26", "14:05"]
    assert moments.exact(found[-1][0]) == "2026-04-03"


def test_a_disk_or_a_memory_that_is_full_is_told_apart_from_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = saved(tmp_path, ROWS)
    job = {"job": "to_csv", "path": str(path), "target": "/dev/full", "sheet": "People"}
    assert apart._answer(job) == {"full": errno.ENOSPC}
    for error, code in (
        (MemoryError(), "import_too_large"), (RuntimeError("out of memory: line 1"), "import_too_large"),
        (RuntimeError("anything"), "import_unreadable"),
    ):  # fmt: skip

        def fail(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(spreadsheets, "load_workbook", fail)
        with pytest.raises(Invalid) as refused:
            cells(path)
        assert refused.value.code == code
