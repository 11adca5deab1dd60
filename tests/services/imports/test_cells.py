"""Cells of a workbook as a spreadsheet shows them: numbers, days, times and spans, whatever their format."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports.cell_formats import LONGEST_FORMAT, display

AT = datetime(2026, 4, 3, 14, 5, 9)


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (None, "General", ""),
        (True, "General", "TRUE"),
        (False, "0", "FALSE"),
        ("as it is", "0.00", "as it is"),
        (12, "General", "12"),
        (12.5, "", "12.5"),
        (0.1 + 0.2, "General", "0.3"),
        (34611555010.0, "General", "34611555010"),
        (1e20, "General", "1E+20"),
        (1.5e-12, "General", "1.5E-12"),
        (0.00001, "General", "0.00001"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1234567, "#,##0", "1,234,567"),
        (0, "#,##0", "0"),
        (0.256, "0%", "26%"),
        (0.256, "0.0%", "25.6%"),
        (-5, "0", "-5"),
        (-5, "0;(0)", "(5)"),
        (0, "0;(0);none", "none"),
        (7, '"No. "000', "No. 007"),
        (7, "000\\-0", "000-7"),
        (5, "##\\-##", "-5"),
        (34611555010, "+00 000 000 000", "+34 611 555 010"),
        (611555010, "000 00 00 00", "611 55 50 10"),
        (1500, "#,##0,", "2"),
        (2.5, "0.##", "2.5"),
        (2.0, "0.##", "2"),
        (2.0, "0.0#", "2.0"),
        (5, "[Red]0", "5"),
        (5, "[>3]0.0;0", "5.0"),
        (2, "[>3]0.0;0", "2"),
        (2, "[>3]0.0;[<1]0.00", "2.00"),
        (12, "[$€-407] 0", "€ 12"),
        (12, "@", "12"),
        (12, "x" * (LONGEST_FORMAT + 1), "12"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (timedelta(hours=1, minutes=2, seconds=3), "[h]:mm:ss", "1:02:03"),
        (-timedelta(minutes=90), "[h]:mm", "-1:30"),
        (AT, "yyyy-mm-dd", "2026-04-03"),
        (AT, "d.m.yy", "3.4.26"),
        (AT, "dddd, d mmmm yyyy", "Friday, 3 April 2026"),
        (AT, "[$-407]mmm yyyy", "Apr. 2026"),
        (AT, "h:mm AM/PM", "2:05 PM"),
        (AT.replace(hour=0), "h:mm AM/PM", "12:05 AM"),
        (AT, "hh:mm:ss", "14:05:09"),
        (AT, "mm:ss", "05:09"),
        (AT, "mm-dd-yy", "2026-04-03"),  # the system's own way: as it is clearest
        (AT, "General", "2026-04-03 14:05:09"),
        (AT.replace(second=0), "General", "2026-04-03 14:05"),
        (AT.replace(hour=0, minute=0, second=0), "General", "2026-04-03"),
        (AT.replace(second=8, microsecond=600_000), "hh:mm:ss", "14:05:09"),
        (date(2026, 4, 3), "d.m.yy", "2026-04-03"),
        (time(14, 5), "h:mm", "14:05"),
        (time(14, 5, 9), "h:mm:ss", "14:05:09"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_it_is_shown(value: Any, shape: str, shown: str) -> None:
    assert display(value, shape) == shown


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ("d.m.yy", "2026-04-03"), ("d.m.yy h:mm", "2026-04-03 14:05:09"), ("h:mm", "2026-04-03 14:05:09"),
        ("ss", "2026-04-03 14:05:09"),
    ],
)  # fmt: skip
def test_a_field_of_days_gets_the_exact_day(shape: str, shown: str) -> None:
    assert display(AT, shape, iso_dates=True) == shown


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.floats(allow_nan=True, allow_infinity=True),
    st.datetimes(), st.dates(), st.times(), st.timedeltas(timedelta(days=-999), timedelta(days=999)), st.text(max_size=9),
)  # fmt: skip


@given(VALUES, st.text('0#?.,;%@/ymdhsAPME+-[]$"\\*_<>=1 ', max_size=14))
def test_no_format_of_anybody_breaks_a_cell(value: Any, shape: str) -> None:
    assert isinstance(display(value, shape), str)


@given(st.integers(-(10**11), 10**11))
def test_digits_of_a_number_are_never_lost(number: int) -> None:
    assert display(float(number), "General") == str(number)
    assert display(number, "0") == str(number)
    assert display(number, "#,##0").replace(",", "") == str(number)
