"""What a message asks about marketing, however its words are written.

A request is the whole message. A sentence that merely contains such a word is not one: "please stop by".
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from domain.consent import Action
from domain.courtesies import Courtesies, listed
from domain.signatures import unsigned
from domain.stop_words import ANSWERS, BARE, MANIFOLD, NOUNS, START, STOP, VERBS

LONGEST = 80
"""The longest a request can be; a longer message is an ordinary sentence."""

LONGEST_ANSWER = 40

_ALSO_LATIN = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message asks, and the languages in which it means that."""

    action: Action
    languages: tuple[str, ...]


def plain(text: str) -> str:
    """Letters and digits only: without case, accents, width, punctuation, emoji or spaces."""
    if text.isascii():  # the same, at a tenth of the time
        return "".join(filter(str.isalnum, text.lower()))
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (
        char
        for char in spread.translate(_ALSO_LATIN)
        if (char.isalnum() and char != "\N{ARABIC TATWEEL}")
        or (
            unicodedata.category(char).startswith("M")
            and not unicodedata.combining(char)
            and not _selector(char)
        )
    )
    return "".join(kept)


def _selector(char: str) -> bool:
    """Whether it selects an emoji's appearance rather than being a vowel sign."""
    return "\ufe00" <= char <= "\ufe0f" or "\u20d0" <= char <= "\u20ff"


def _phrases() -> Iterator[tuple[str, str]]:
    for language, verbs in VERBS.items():
        for verb in verbs.split("|"):
            for noun in NOUNS[language].split("|"):
                if plain(verb) in BARE and plain(noun) in MANIFOLD:
                    continue
                yield language, verb + noun
                yield language, noun + verb


@cache  # eight thousand phrases: too slow to build when every command starts
def _dictionary() -> dict[str, Wish]:
    found: dict[str, Wish] = {}
    for action, words in ((Action.STOP, STOP), (Action.AGREE, START)):
        for language, text in words.items():
            for word in listed(text):
                _add(found, action, language, word)
    for language, phrase in _phrases():
        _add(found, Action.STOP, language, phrase)
    return found


def _add(found: dict[str, Wish], action: Action, language: str, word: str) -> None:
    known = found.setdefault(plain(word), Wish(action, ()))
    if known.action is action and language not in known.languages:
        found[plain(word)] = Wish(action, (*known.languages, language))


@cache
def _answers() -> dict[str, Wish]:
    found: dict[str, Wish] = {}
    for language, words in ANSWERS.items():
        for word in words.split("|"):
            _add(found, Action.STOP, language, word)
    return found


@cache
def _courtesies() -> Courtesies:
    return Courtesies(plain)


def wish(text: str) -> Wish | None:
    """What the message as a whole asks, or None.

    It may ask once or repeatedly, politely or not, above a signature. Allowing marketing takes plainer words than
    stopping it: "I want to start" may be about anything.
    """
    words = _words(text, LONGEST)
    if not words:
        return None
    found = _asked(words) or _first_asked(words, asking=False)
    if found is not None:
        return found
    demand = _first_asked(words, asking=True)
    return demand if demand and demand.action is Action.STOP else None


def _words(text: str, longest: int) -> tuple[str, ...]:
    """The words above any signature; none if the message is too long."""
    said = unsigned(text).strip()
    return tuple(filter(None, map(plain, said.split()))) if len(said) <= longest else ()


def _first_asked(words: tuple[str, ...], *, asking: bool) -> Wish | None:
    return next(filter(None, map(_asked, _courtesies().without(words, asking=asking))), None)


def _asked(words: Sequence[str]) -> Wish | None:
    """What the words ask together, or what every one of them asks."""
    whole = "".join(words)
    found = _dictionary().get(whole)
    if found is not None:
        return found
    each = [_dictionary().get(word) for word in words]
    if len({one.action if one else None for one in each}) == 1 and each[0] is not None:
        return each[0]
    return None if whole.isascii() else _dictionary().get(_courtesies().bare(whole))


def wish_if_marketing(text: str) -> Wish | None:
    """What a message asks when it answers marketing: CANCEL, END and the like."""
    words = _words(text, LONGEST_ANSWER)
    left = (words, *_courtesies().without(words, asking=True))
    return next(filter(None, (_answers().get("".join(part)) for part in left)), None)


_NUMBERED = re.compile(r"(.*?)(?:[:|/#=;,].*|[\s._-]*\d+)", re.DOTALL)


def wish_of_payload(payload: str) -> Wish | None:
    """What a button's payload asks; a campaign may follow the word, as in "STOP:41"."""
    found = wish(payload)
    if found is None and (named := _NUMBERED.fullmatch(payload.strip())):
        found = wish(named[1])
        return found if found and found.action is Action.STOP else None
    return found
