import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import cursors
from domain.errors import Invalid


@given(st.tuples(st.text(), st.text()))
def test_a_cursor_survives_the_way_through_an_address(key: tuple[str, str]) -> None:
    assert cursors.decode(cursors.encode(key), 2) == key


def test_an_empty_cursor_is_the_first_page() -> None:
    assert cursors.decode("", 2) is None


@pytest.mark.parametrize("cursor", ["x", "!!", "WzEsMl0", cursors.encode(("a",)), "é"])
def test_foreign_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="first page"):
        cursors.decode(cursor, 2)
