import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.automations import keywords
from domain.automations.nodes import MatchMode

EXACT, WORD, STARTS, CONTAINS, REGEX = MatchMode


@pytest.mark.parametrize(
    ("mode", "word", "text", "matches"),
    [
        (EXACT, "Menu", " MENÚ! ", True),
        (EXACT, "menu", "the menu", False),
        (EXACT, "yes please", "Yes,  please", False),
        (EXACT, "yes please", "YES\nplease.", True),
        (EXACT, "?", "?", True),
        (EXACT, "c++", "C++", True),
        (EXACT, "👍", "👍", True),
        (EXACT, "İstanbul", "istanbul", True),
        (EXACT, "straße", "STRASSE", True),
        (WORD, "info", "Some info, please", True),
        (WORD, "info", "information", False),
        (WORD, "info", "reinfo info", True),
        (WORD, "order now", "I order now!", True),
        (WORD, "ação", "quero acao", True),
        (WORD, "12", "room 123", False),
        (WORD, "价格", "请问价格多少", True),
        (WORD, "ราคา", "ขอราคาหน่อย", True),
        (WORD, "हाँ", "हाँ जी", True),
        (STARTS, "order", "Order 12", True),
        (STARTS, "order", "my order", False),
        (CONTAINS, "nfo", "iNFOrmation", True),
        (CONTAINS, "x", "abc", False),
        (REGEX, r"^order\s+(\d+)$", "ORDER 12", True),
        (REGEX, r"^order\s+(\d+)$", "order x", False),
        (REGEX, "informacion", "informaciÓn", True),
        (REGEX, "información", "INFORMACIÓN", True),
        (REGEX, "(", "(", False),
    ],
)
def test_words_match_as_their_mode_says(
    mode: MatchMode, word: str, text: str, matches: bool
) -> None:
    assert (keywords.found(mode, (word,), text) == word) is matches


def test_the_first_word_that_matches_is_named() -> None:
    assert keywords.found(WORD, ("", "price", "cost"), "what does it cost?") == "cost"
    assert keywords.found(WORD, (), "price") is None
    assert keywords.found(CONTAINS, ("a",), "") is None


@pytest.mark.parametrize(
    ("mode", "word", "key"),
    [
        (WORD, "hello", None),
        (WORD, " ", "keyword_empty"),
        (WORD, "\u200d", "keyword_empty.signs"),
        (WORD, "x" * 201, "keyword_long"),
        (REGEX, "^a+$", None),
        (REGEX, "(", "keyword_pattern"),
        (REGEX, r"(a)\1", "keyword_pattern"),
        (REGEX, "((a{1,900}){1,900}){1,900}", "keyword_pattern"),
        (REGEX, "a*", "keyword_pattern.everything"),
    ],
)
def test_a_keyword_that_cannot_work_has_a_problem(
    mode: MatchMode, word: str, key: str | None
) -> None:
    found = keywords.problem(mode, word)

    assert (found and found.key) == key


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(a|aa)+$", r"(.*a){20}b", r"^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_pattern_that_would_explode_takes_no_time(pattern: str) -> None:
    start = time.process_time()
    keywords.found(REGEX, (pattern,), "a" * 4096 + "!")

    assert time.process_time() - start < 0.5


@given(
    st.sampled_from(MatchMode),
    st.text(max_size=20),
    st.text(st.characters(codec=None), max_size=60),
)
def test_no_text_breaks_it(mode: MatchMode, word: str, text: str) -> None:
    found = keywords.found(mode, (word,), text)

    assert found in {None, word}
    keywords.problem(mode, word)


@pytest.mark.parametrize("sign", ["\ufdfa", "\u3300", "\u1e9e"])
def test_signs_that_stand_for_many_letters_take_no_time(sign: str) -> None:
    began = time.process_time()
    for number in range(100):  # as many triggers
        assert keywords.found(WORD, [f"word {number}"], sign * 4096) is None
    assert time.process_time() - began < 0.5


def test_a_pattern_too_long_to_be_checked_matches_nothing() -> None:
    """An earlier release may have published one."""
    assert keywords.found(MatchMode.REGEX, ["a" * keywords.LONGEST], "a" * 300) is not None
    assert keywords.found(MatchMode.REGEX, ["a" * (keywords.LONGEST + 1)], "a" * 300) is None
