import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import cursors
from domain.errors import Invalid
from domain.ids import new_id
from tests.words import refused_with


@given(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        st.text(min_size=1, alphabet="a-é:"),
    )
)
def test_a_cursor_survives_the_way_through_an_address(key: tuple[str, str]) -> None:
    assert cursors.decode(cursors.encode(key), 2) == key


def test_an_empty_cursor_is_the_first_page() -> None:
    assert cursors.decode("", 2) is None


@pytest.mark.parametrize("cursor", ["x", "!!", "WzEsMl0", cursors.encode(("a",)), "é"])
def test_foreign_cursors_are_refused(cursor: str) -> None:
    with refused_with(Invalid, "first page"):
        cursors.decode(cursor, 2)


def test_a_position_is_an_id_of_ours() -> None:
    known = new_id()
    assert cursors.position(cursors.encode((str(known),))) == known
    assert cursors.position("") is None
    with refused_with(Invalid, "first page"):
        cursors.position(cursors.encode(("not an id",)))


@pytest.mark.fault("C8")
@pytest.mark.parametrize("levels", [900, 1500, 100_000])
def test_a_cursor_of_any_depth_is_refused_not_followed(levels: int) -> None:
    for sign in (b"[", b'{"a":'):
        cursor = base64.urlsafe_b64encode(sign * levels).decode().rstrip("=")
        with refused_with(Invalid, "first page"):
            cursors.decode(cursor, 2)


@pytest.mark.fault("C8")
def test_a_number_that_no_decimal_holds_is_refused() -> None:
    cursor = base64.urlsafe_b64encode(b"[1e9999999999999999999]").decode().rstrip("=")
    with refused_with(Invalid, "first page"):
        cursors.decode(cursor, 1)


@pytest.mark.fault("C8")
def test_a_cursor_holds_no_text_that_the_database_cannot() -> None:
    forged = base64.urlsafe_b64encode(rb'["\ud800", "a\u0000"]').decode()
    found = cursors.decode(forged, 2)
    assert found == ("\ufffd", "a\ufffd")
