"""Text typed without accents finds text written with them, and vice versa."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.searches import fold, pattern, words

pytestmark = pytest.mark.fault("8B5")

FOUND = [
    ("jose", "José Álvarez"), ("JOSÉ", "jose maria"), ("alv", "José Álvarez"), ("sao paulo", "São Paulo"),
    ("nguyen", "Nguyễn Văn An"), ("Nguyễn", "NGUYEN"), ("strasse", "Lange Straße 3"), ("straße", "STRASSE"),
    ("lukasz", "Łukasz"), ("oresund", "Øresund"), ("aero", "Ærø"), ("dordevic", "Đorđević"), ("ızmir", "İzmir"),
    ("izmir", "İZMİR"), ("елка", "Ёлка"), ("Αθηνα", "Αθήνα"), ("ahmd", "ahmd"), ("احمد", "أحمد"), ("محمد", "مُحَمَّد"),
    ("o'brien", "O’Brien"), ("O’Brien", "o'brien"), ("obrien", "O'Brien"), ("O'Neill", "oneill"),
    ("anne-marie", "Anne–Marie"), ("anne-marie", "Anne Marie"), ("marie anne", "Anne-Marie"), ("çelik sule", "Şule Çelik"),
    ("one two three four five six seven", "two one three four five six seven"), ("김", "김민수"), ("山", "山田"),
    ("100% (a)", "about 100% (A) of it"), ("a\\b", "A\\B"), ("ana  ruiz", "Ana Ruiz"), ("x[y]", "X[Y]"),
]  # fmt: skip


def found(typed: str, written: str) -> bool:
    """Whether every word is found."""
    return all(re.search(pattern(word), written) for word in words(typed))


@pytest.mark.parametrize(("typed", "written"), FOUND)
def test_accents_case_and_marks_are_left_aside(typed: str, written: str) -> None:
    assert found(typed, written)
    assert found(typed, unicodedata.normalize("NFD", written)) or "김" in typed


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("jose", "Josua"),
        ("a.c", "abc"),
        ("김", "긴"),
        ("100%", "100"),
        ("^a", "a"),
        ("ana bia", "Ana Ruiz"),
    ],
)
def test_other_letters_and_signs_are_others(typed: str, written: str) -> None:
    assert not found(typed, written)


def test_signs_that_programs_replace_fold_into_those_that_people_type() -> None:
    assert fold("„Anne–Marie”") == fold('"anne-marie"') == '"anne-marie"'


@given(st.text(min_size=1, max_size=12), st.text(max_size=8), st.text(max_size=8))
def test_whatever_is_part_of_a_text_is_found_in_it(typed: str, before: str, behind: str) -> None:
    whole = " ".join(unicodedata.normalize("NFC", typed).split())
    assert re.search(pattern(whole), before + whole + behind)
    assert found(whole, before + whole + behind)
    assert pattern(fold(whole)) == pattern(whole)
