"""What stands for a name: no character is cut in half."""

import pytest

from domain.initials import first, initials

NAMES = {
    "Amara Okafor": "AO",
    "Jean-Baptiste de la Montagne": "JM",
    "e\u0301mile": "É",
    "नीता शर्मा": "नीश",
    "👩‍👩‍👧 Amara": "A",
    "🌸": "🌸",
    "👩‍👩‍👧‍👦 👍🏽": "👩‍👩‍👧‍👦",
    "👍🏽": "👍🏽",
    "🇩🇪🇪🇸": "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e007f": "🏴\U000e0067\U000e0062\U000e007f",
    "❤\ufe0f": "❤\ufe0f",
    "(Anna) 'Bo'": "AB",
    "\U0001d49clice": "\U0001d49c",  # beyond 16 bits
    "ßara": "ß",
    "+234 803 555 0142": "42",
    "…": "?",
    " ": "?",
    "": "?",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items())
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_the_first_character_of_one_is_itself() -> None:
    assert [first(text) for text in ("a", "ab", "\u0301a", "e\u0301\u0302x")] == [
        "a", "a", "\u0301", "e\u0301\u0302",
    ]  # fmt: skip
