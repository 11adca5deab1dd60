"""Text that contacts may hold, and cells that spreadsheets may not run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contacts import clean_text, parse_language, parse_timezone
from domain.errors import Invalid
from domain.tables import csv_line, safe_cell
from tests.words import refused_with


@given(st.text(st.characters(), max_size=60))
def test_clean_text_can_always_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert cleaned == clean_text(cleaned)
    cleaned.encode()


def test_clean_text_keeps_what_people_write() -> None:
    assert clean_text("  José\u00a0 da\tSilva\n") == "José da Silva"
    assert clean_text("Jose\u0301") == "José"
    assert clean_text("👨\u200d👩\u200d👧 família") == "👨\u200d👩\u200d👧 família"
    assert clean_text("a\x00b\ud800c") == "abc"


@pytest.mark.parametrize(
    ("text", "stored"), [("pt-br", "pt_BR"), ("EN", "en"), ("zh_Hans", "zh_Hans"), (" ", None)]
)
def test_languages_are_written_as_whatsapp_does(text: str, stored: str | None) -> None:
    assert parse_language(text) == stored


def test_unknown_languages_and_zones_are_refused() -> None:
    with refused_with(Invalid, "code such as"):
        parse_language("português do Brasil")
    with refused_with(Invalid, "name such as"):
        parse_timezone("Brasilia")
    assert parse_timezone("America/Sao_Paulo") == "America/Sao_Paulo"


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)"])
def test_formulas_are_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.fault("C9")
@pytest.mark.parametrize("cut", [";", "\t", "\n", "\r\n", ";;", "; ", ';"', '; "'])
@pytest.mark.parametrize("run", ["=1+1", "+cmd", "-2+3", "@SUM(A1)"])
def test_no_formula_begins_where_another_country_cuts_the_line(cut: str, run: str) -> None:
    line = csv_line(["7", f"Ana{cut}{run}{cut}{run}"]).replace("\r\n", "\n")
    for delimiter in ",;\t":
        rows = csv.reader(io.StringIO(line), delimiter=delimiter)
        cells = [cell.strip() for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))], delimiter


@pytest.mark.parametrize(
    "text", ["+5511987654321", "-12.5", "Maria", "", "a=b", "Tel. 1; +34611000107", "a;\n;b"]
)
def test_numbers_and_words_stay(text: str) -> None:
    assert safe_cell(text) == text
