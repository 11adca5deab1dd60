"""One or two letters that stand for a name, none of them cut in half."""

import unicodedata

NOBODY = "?"
_JOINER = "\u200d"
_JOINED = {
    *map(chr, range(0x1F3FB, 0x1F400)),
    *map(chr, range(0xE0020, 0xE0080)),
    _JOINER,
    "\u200c",
}
"""What belongs to the character before it although it is no mark: skin tones, tags of flags, joiners."""

_FLAG = range(0x1F1E6, 0x1F200)


def initials(name: str) -> str:
    """Amara Okafor: AO; a bare phone number: its last two digits; 🌸: 🌸."""
    words = [_from_letter(word) for word in unicodedata.normalize("NFC", name).split()]
    letters = [first(word) for word in words if word]
    if letters:
        return "".join(map(_capital, letters[:1] + letters[1:][-1:]))
    digits = "".join(letter for letter in name if letter.isdigit())[-2:]
    return digits or next((first(word) for word in name.split() if _is_picture(word[0])), NOBODY)


def first(text: str) -> str:
    """The first character as people see it: with its marks, or a whole emoji."""
    end = 1
    while end < len(text) and _goes_on(text, end):
        end += 1
    return text[:end]


def _goes_on(text: str, at: int) -> bool:
    letter, before = text[at], text[at - 1]
    if letter in _JOINED or unicodedata.category(letter).startswith("M"):
        return True
    if ord(letter) in _FLAG:
        return at == 1 and ord(before) in _FLAG
    return before == _JOINER and _is_picture(letter)


def _is_picture(letter: str) -> bool:
    return unicodedata.category(letter) == "So"


def _from_letter(word: str) -> str:
    return next((word[at:] for at, letter in enumerate(word) if letter.isalpha()), "")


def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == len(letter) else letter
