"""What is typed without accents finds what is written with them, and the other way round."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.searches import fold, pattern

pytestmark = pytest.mark.fault("8B5")

FOUND = [
    ("jose", "José Álvarez"), ("JOSÉ", "jose maria"), ("alv", "José Álvarez"), ("sao paulo", "São Paulo"),
    ("nguyen", "Nguyễn Văn An"), ("Nguyễn", "NGUYEN"), ("strasse", "Lange Straße 3"), ("straße", "STRASSE"),
    ("lukasz", "Łukasz"), ("oresund", "Øresund"), ("aero", "Ærø"), ("dordevic", "Đorđević"), ("ızmir", "İzmir"),
    ("izmir", "İZMİR"), ("елка", "Ёлка"), ("Αθηνα", "Αθήνα"), ("ahmd", "ahmd"), ("احمد", "أحمد"), ("محمد", "مُحَمَّد"),
    ("o'brien", "O’Brien"), ("O’Brien", "o'brien"), ("anne-marie", "Anne–Marie"), ("김", "김민수"), ("山", "山田"),
    ("100% (a)", "about 100% (A) of it"), ("a\\b", "A\\B"), ("ana  ruiz", "Ana Ruiz"), ("x[y]", "X[Y]"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "written"), FOUND)
def test_accents_case_and_marks_are_left_aside(typed: str, written: str) -> None:
    assert re.search(pattern(typed), written)
    assert re.search(pattern(typed), unicodedata.normalize("NFD", written)) or "김" in typed


@pytest.mark.parametrize(
    ("typed", "written"),
    [("jose", "Josua"), ("a.c", "abc"), ("김", "긴"), ("100%", "100"), ("^a", "a")],
)
def test_other_letters_and_signs_are_others(typed: str, written: str) -> None:
    assert not re.search(pattern(typed), written)


@given(st.text(min_size=1, max_size=12), st.text(max_size=8), st.text(max_size=8))
def test_whatever_is_part_of_a_text_is_found_in_it(typed: str, before: str, behind: str) -> None:
    words = " ".join(unicodedata.normalize("NFC", typed).split())
    assert re.search(pattern(words), before + words + behind)
    assert pattern(fold(words)) == pattern(words)
