"""A table whose last column has values and no name is still a table."""

from pathlib import Path

import pytest

from domain.errors import Invalid
from domain.imports import ImportOptions
from services import phones
from services.imports import tables
from services.imports.dialects import DELIMITERS, detect_delimiter

pytestmark = pytest.mark.fault("8B3")
HEADINGS = (
    ("Full Name", "Phone", "Email", ""),
    ("Full Name", "Phone", "Email", "  "),
    ("Full Name", "Phone", "", ""),
    ("Full Name", "Phone", "Email"),
)


@pytest.mark.parametrize("mark", [mark for mark, _ in DELIMITERS])
@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("last", ["x", "a; b", "so, so", ""])
def test_the_separator_is_seen(mark: str, heading: tuple[str, ...], last: str) -> None:
    if mark in last:
        last = f'"{last}"'
    rows = [
        (f"Ana {at}", f"+346123456{at:02d}", "a@b.c", last if at % 7 else "") for at in range(40)
    ]
    text = "\n".join(mark.join(row) for row in (heading, *rows))
    assert detect_delimiter(text) == mark


def test_the_nameless_column_gets_a_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Phone,\n" + "".join(f"A{i},+3461234567{i},x{i}\n" for i in range(9)))
    seen = tables.glance(path, tables.detect(path), guess_header=True)
    assert isinstance(seen.options, ImportOptions)
    assert seen.options.headers == ["Name", "Phone", "Column 3"]
    assert seen.rows[0].cells == ["A0", "+34612345670", "x0"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("0160/665 3231", "phone_country"),
        ("030 / 1234567", "phone_country"),
        ("0171 1234567 / 0172 7654321", "phone_two"),
        ("12/13", "phone_two"),
    ],
)
def test_an_area_code_in_front_of_a_slash_is_no_second_number(cell: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        phones.read(cell, None)
    assert refused.value.code == code
