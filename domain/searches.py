"""How searches compare text: by letters, ignoring accents, case and marks on either side."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

_ALPHABETS = (
    (0x41, 0x2B0),  # Latin
    (0x370, 0x588),  # Greek, Cyrillic, Armenian
    (0x5D0, 0x5EB),  # Hebrew
    (0x621, 0x6D4),  # Arabic
    (0x1E00, 0x2000),  # Vietnamese Latin, ancient Greek
)
"""Scripts in which an accented letter matches the plain one; elsewhere marks make different letters."""

MOST_WORDS = 6
"""The most words matched independently; anything typed after them is searched as one phrase."""

_MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670'’‘ʼ`´"
"""Standalone accents, vowel signs and apostrophes, which most people do not type."""

_ANY_MARKS = f"[{_MARKS}]*"

_SAME = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe",
    "þ": "th", "ĸ": "k", "ŋ": "n", "ß": "ss", "ſ": "s", "ª": "a", "º": "o", "ς": "σ", "ى": "ي", "ة": "ه", "ґ": "г",
}  # fmt: skip
"""Letters that Unicode does not decompose, as people without that key type them."""

_SIGNS = {'"': "“”„«»", "-": "‐‑‒–—\\s"}
"""Punctuation, and what programs and people replace it with."""


def fold(text: str) -> str:
    """The text as searches compare it: lower case without accents."""
    return "".join(map(_folded, unicodedata.normalize("NFC", text)))


@cache
def _folded(letter: str) -> str:
    if re.fullmatch(f"[{_MARKS}]", letter):
        return ""
    for sign, others in _SIGNS.items():
        if letter in others.removesuffix(r"\s"):
            return sign
    if not letter.isalpha() or not any(low <= ord(letter) < high for low, high in _ALPHABETS):
        return letter.lower() if len(letter.lower()) == 1 else letter
    parts = unicodedata.normalize("NFD", letter.lower())
    plain = "".join(each for each in parts if not unicodedata.combining(each))
    return "".join(_SAME.get(each, each) for each in plain)


@cache
def _spellings() -> dict[str, str]:
    """All letters that compare as one, by the letter they compare as."""
    found: dict[str, str] = {}
    for low, high in _ALPHABETS:
        for letter in map(chr, range(low, high)):
            if letter.isalpha() and (plain := _folded(letter)):
                found[plain] = found.get(plain, "") + letter
    return found


def words(text: str) -> list[str]:
    """The folded words to find, each anywhere in the text."""
    every = fold(text).split()
    together = " ".join(every[MOST_WORDS - 1 :])
    return [*every[: MOST_WORDS - 1], together] if together else every


def pattern(text: str) -> str:
    """A PostgreSQL regular expression that matches where the text occurs; "" for no text.

    Matching a row costs twice as much as ILIKE; stripping accents from every row, ten times.
    """
    return rf"\s+{_ANY_MARKS}".join("".join(_letters(word)) for word in fold(text).split())


def _letters(word: str) -> Iterator[str]:
    at = 0
    while at < len(word):
        pair = word[at : at + 2]
        together = _spellings().get(pair, "") if len(pair) == 2 else ""
        if together:
            each = "".join(_letter(one) for one in pair)
            yield f"(?:{each}|[{together}]{_ANY_MARKS})"
            at += 2
        else:
            yield _letter(word[at])
            at += 1


def _letter(one: str) -> str:
    return f"{_written(one)}{_ANY_MARKS}"


def _written(one: str) -> str:
    if one in _SIGNS:
        return f"[{_SIGNS[one]}{one}]"
    spelled = _spellings().get(one, "")
    ways = dict.fromkeys(spelled + one + one.upper() if len(one.upper()) == 1 else spelled + one)
    if len(ways) > 1:
        return f"[{''.join(ways)}]"
    return one if one.isalnum() or not one.isascii() else f"\\{one}"
