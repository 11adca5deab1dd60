"""Keywords in what people write: case and accents are ignored, and no pattern takes more than linear time."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import re2

from domain.automations.nodes import MatchMode
from domain.sentences import Sentence

LONGEST = 200
"""The most characters of a keyword or pattern."""

FARTHEST = 8192
"""Characters of a text that are looked at: twice the longest message, as few signs of it become many letters."""

_OPTIONS = {"case_sensitive": False, "log_errors": False, "max_mem": 1 << 20}
_ALSO_LATIN = str.maketrans({"\u0131": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})
_PICTURES = frozenset({"So", "Sk"})
"""Categories of emoji and the colors of their skin."""
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that write no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


def found(mode: MatchMode, words: Iterable[str], text: str) -> str | None:
    """The first of the words that the text has, as ``mode`` says; None when it has none."""
    if mode is MatchMode.REGEX:
        return next((word for word in words if _fits(word, text)), None)
    said = plain(text)
    return next((word for word in words if _has(mode, _plain_word(word), said)), None)


def problem(mode: MatchMode, word: str) -> Sentence | None:
    """Why this keyword can never match, or always does; None when it is fine."""
    if not word.strip():
        return Sentence("keyword_empty")
    if len(word) > LONGEST:
        return Sentence("keyword_long", most=LONGEST)
    if mode is not MatchMode.REGEX:
        return None if plain(word) else Sentence("keyword_empty.signs")
    pattern = _compiled(word)
    if pattern is None:
        return Sentence("keyword_pattern")
    return Sentence("keyword_pattern.everything") if pattern.search("") else None


@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """A text as keywords are compared: without case, accents and width, with single spaces.

    Signs count where they are all there is ("?", an emoji), or inside ("c++"), but not around words.
    """
    composed = unicodedata.normalize("NFKC", text)[:FARTHEST]
    spread = unicodedata.normalize("NFKD", composed.casefold())
    kept = "".join(char for char in spread.translate(_ALSO_LATIN) if not _ignored(char))
    whole = " ".join(kept.split())
    return _trimmed(whole) or whole


def worded(text: str) -> str:
    """The same without emoji, which few people type after reading them on a button; "" where nothing else is said."""
    kept = (" " if unicodedata.category(char) in _PICTURES else char for char in plain(text))
    return plain("".join(kept))


@lru_cache(maxsize=4096)
def _plain_word(word: str) -> str:
    return plain(word[:LONGEST])


def _ignored(char: str) -> bool:
    """Accents, control characters, and what only selects an emoji's look."""
    if char.isspace():
        return False
    return (
        unicodedata.combining(char) != 0
        or unicodedata.category(char) in {"Cc", "Cs", "Cf"}
        or "\ufe00" <= char <= "\ufe0f"
    )


def _trimmed(text: str) -> str:
    """Without the punctuation around it."""
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start])[0] == "P":
        start += 1
    while end > start and unicodedata.category(text[end - 1])[0] == "P":
        end -= 1
    return text[start:end].strip()


def _has(mode: MatchMode, word: str, text: str) -> bool:
    if not word:
        return False
    match mode:
        case MatchMode.EXACT:
            return text == word
        case MatchMode.STARTS:
            return text.startswith(word)
        case MatchMode.CONTAINS:
            return word in text
        case _:
            return _has_word(word, text)


def _has_word(word: str, text: str) -> bool:
    at = text.find(word)
    while at >= 0:
        if _bounded(text, at, at + len(word)):
            return True
        at = text.find(word, at + 1)
    return False


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before ``start`` or after ``end``."""
    alone = start == 0 or not _joined(text[start - 1], text[start])
    return alone and (end == len(text) or not _joined(text[end - 1], text[end]))


def _joined(left: str, right: str) -> bool:
    """Whether two characters belong to one word."""
    if not (_in_word(left) and _in_word(right)):
        return False
    return not (_UNSPACED.match(left) or _UNSPACED.match(right))


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"


def _fits(word: str, text: str) -> bool:
    pattern = _compiled(word)
    if pattern is None:
        return False
    said = text.encode("utf-8", "replace").decode()
    return bool(pattern.search(said) or pattern.search(plain(said)))


@lru_cache(maxsize=1024)
def _compiled(word: str) -> Any:
    """The pattern; None when it is none, or too large."""
    if len(word) > LONGEST:
        return None
    options = re2.Options()
    for name, value in _OPTIONS.items():
        setattr(options, name, value)
    try:
        return re2.compile(word.encode("utf-8", "replace").decode(), options)
    except re2.error:
        return None
