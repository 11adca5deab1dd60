"""Rows of broken files: nothing is lost, nothing is invented, nothing raises."""

import csv
import io
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.fields import DateOrder
from domain.imports import StagedRow
from domain.tables import unmarked
from services.imports import encodings, tables
from services.imports.dialects import detect_delimiter
from services.imports.reading import Record, open_records, parse_lines
from services.imports.rows import Column, Plan, RowReader

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)


def _parse(text: str, delimiter: str = ",") -> list[Record]:
    return list(
        parse_lines(iter(text.splitlines(keepends=True) if "\n" in text else [text]), delimiter)
    )


def test_quotes_that_make_sense_are_honoured() -> None:
    rows = _parse('a,b\n"x\ny","say ""hi"""\n')
    assert [(row.line, row.cells) for row in rows] == [(1, ["a", "b"]), (2, ["x\ny", 'say "hi"'])]


def test_an_open_quote_costs_one_row() -> None:
    rows = _parse('a,1\n"b,2\n' + "".join(f"c{i},3\n" for i in range(200)))
    assert [row.problem for row in rows[:3]] == ["", "unclosed_quote", ""]
    assert len(rows) == 202
    assert [row.line for row in rows] == list(range(1, 203))


def test_inches_are_no_quotes() -> None:
    rows = _parse('5" pipe,1\n6" pipe,2\n')
    assert [row.cells for row in rows] == [['5" pipe', "1"], ['6" pipe', "2"]]


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=5), min_size=1, max_size=20))
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    stream.seek(0)
    read = [record.cells for record in parse_lines(iter(stream), ",")]
    written = [row for row in rows if any(cell.strip() for cell in row)]
    assert read == [[unmarked(cell) for cell in row] for row in written]


@settings(deadline=None)
@given(st.text(st.sampled_from('ab,;"\n\r\x00 é\u2028'), max_size=200))
def test_any_text_gives_rows_in_order_and_each_line_once(text: str) -> None:
    stream = io.StringIO(text, newline=None)
    lines = [record.line for record in parse_lines(iter(stream), ",")]
    assert lines == sorted(set(lines))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_refusal(data: bytes) -> None:
    with NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        try:
            seen = tables.glance(path, tables.detect(path), guess_header=True)
        except Invalid:
            return
    layout = Plan(
        (Column(0, "Phone", "phone"),), len(seen.options.headers), "BR", DateOrder.DAY_FIRST
    )
    reader = RowReader(layout)
    for row in seen.rows:
        result = reader.read(row)
        assert isinstance(result, StagedRow) or result, "a row is a contact or has a reason"


def test_delimiters_are_found() -> None:
    assert detect_delimiter("a;b\n1,5;2\n1,7;3\n") == ";"
    assert detect_delimiter("sep=|\na|b\n") == "|"
    assert detect_delimiter("phone\n123\n") == ","
    assert detect_delimiter('name,phone\n"Silva; Ana",1\n"Reis; Bia",2\n') == ","


def test_a_file_may_name_a_tab_as_its_separator() -> None:
    assert detect_delimiter("sep=\t\nName,and more\tPhone\nAna,A\t1\n") == "\t"


def test_a_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("sep=;\nName;Phone\nAna;+34611000101\n", "utf-8")
    seen = tables.glance(path, tables.detect(path), guess_header=True)
    assert (seen.options.headers, [row.cells for row in seen.rows]) == (
        ["Name", "Phone"], [["Ana", "+34611000101"]],
    )  # fmt: skip
    with open_records(path, "utf-8", ";", width=2) as (lines, _):
        assert [row.cells for row in lines] == [["Name", "Phone"], ["Ana", "+34611000101"]]


def test_only_what_cannot_be_read_is_marked() -> None:
    assert b"Jo\xe3o".decode("utf-8", encodings.MARK).count(encodings.UNREADABLE) == 1
    with pytest.raises(UnicodeEncodeError):
        "Jo\u00e3o".encode("ascii", encodings.MARK)


def test_a_long_line_and_many_lines_tell_their_encoding_too(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    whole = "".join(f"{at};Jos\u00e9\n" for at in range(150))
    broken = ("x" * 5000 + ";Jo\u00e3o da Concei\u00e7\u00e3o\n").encode("cp1252")
    path.write_bytes(whole.encode() + broken)
    assert encodings.detect(path) == "utf-8"
    path.write_bytes(broken * 3)
    assert "Jo\u00e3o da Concei\u00e7\u00e3o" in path.read_bytes().decode(encodings.detect(path))
