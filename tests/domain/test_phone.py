"""Variants of one number have one key; other numbers keep their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.phone import canonical, from_wa_id, key

DIGITS = st.text("0123456789", min_size=5, max_size=15).filter(lambda text: text[0] != "0")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5511987654321", "+551187654321"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ],
)
def test_variants_agree(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+551132345678", "+5511932345678"),  # a landline of São Paulo is not a mobile
        ("+14155552671", "+14155552672"),
        ("+5255123456789", "+525512345678"),
    ],
)
def test_different_numbers_differ(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_wa_ids_become_what_people_dial() -> None:
    assert from_wa_id("553187654321") == "+5531987654321"
    assert from_wa_id("5215512345678") == "+525512345678"
    assert from_wa_id("5491123456789") == "+5491123456789"


@given(DIGITS)
def test_key_is_stable_and_ignores_the_plus_sign(digits: str) -> None:
    assert key(f"+{digits}") == key(digits) == key(key(digits))
    assert key(from_wa_id(digits)) == key(digits)
    assert canonical(canonical(digits)) == canonical(digits)


@given(st.from_regex(r"\A[1-9][1-9][6-9][0-9]{7}\Z"))
def test_any_brazilian_mobile_agrees_with_its_short_form(short: str) -> None:
    assert key(f"+55{short}") == key(f"+55{short[:2]}9{short[2:]}")


@given(st.from_regex(r"\A[1-9][0-9]{9}\Z"))
def test_any_mexican_and_argentine_number_agrees_with_its_long_form(national: str) -> None:
    assert key(f"+52{national}") == key(f"+521{national}")
    assert key(f"+54{national}") == key(f"+549{national}")
