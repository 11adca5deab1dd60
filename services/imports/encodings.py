"""The encoding of a file: of those its bytes allow, the one that reads like a language."""

import codecs
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Invalid
from domain.sentences import N_
from services.imports.languages import HEADINGS, language

ENCODINGS: tuple[tuple[str, str], ...] = (
    ("utf-8", N_("Unicode (UTF-8)")),
    ("utf-16", N_("Unicode (UTF-16)")),
    ("utf-32", N_("Unicode (UTF-32)")),
    ("cp1252", N_("Western European (Windows)")),
    ("latin-1", N_("Western European (ISO)")),
    ("iso8859_15", N_("Western European (ISO, with €)")),
    ("mac_roman", N_("Western European (Mac)")),
    ("cp850", N_("Western European (DOS)")),
    ("cp1250", N_("Central European (Windows)")),
    ("iso8859_2", N_("Central European (ISO)")),
    ("cp852", N_("Central European (DOS)")),
    ("mac_latin2", N_("Central European (Mac)")),
    ("cp1251", N_("Cyrillic (Windows)")),
    ("koi8_r", N_("Cyrillic (KOI8-R)")),
    ("koi8_u", N_("Cyrillic (KOI8-U)")),
    ("cp866", N_("Cyrillic (DOS)")),
    ("mac_cyrillic", N_("Cyrillic (Mac)")),
    ("cp1253", N_("Greek")),
    ("cp1254", N_("Turkish")),
    ("cp857", N_("Turkish (DOS)")),
    ("mac_turkish", N_("Turkish (Mac)")),
    ("cp1255", N_("Hebrew")),
    ("cp1256", N_("Arabic")),
    ("iso8859_6", N_("Arabic (ISO)")),
    ("cp1257", N_("Baltic")),
    ("cp1258", N_("Vietnamese")),
    ("cp874", N_("Thai")),
    ("cp932", N_("Japanese (Shift JIS)")),
    ("euc_jp", N_("Japanese (EUC)")),
    ("gb18030", N_("Chinese, simplified (GB 18030)")),
    ("big5", N_("Chinese, traditional (Big5)")),
    ("cp949", N_("Korean")),
)
_KNOWN_AS = {
    "utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16",
    "utf-32-le": "utf-32", "utf-32-be": "utf-32", "shift_jis": "cp932",
}  # fmt: skip
VARIANTS = frozenset(_KNOWN_AS)
"""Encodings that are recognised, or could be chosen in an earlier release, but are not offered."""

UNREADABLE = "\uffff"
"""Stands for bytes without a meaning in the chosen encoding; no text contains this character."""

_WEST = ("es", "pt", "fr", "de", "it", "nl", "sv", "da", "fi", "ca", "is", "et")
_CENTRE = ("pl", "cs", "sk", "hu", "ro", "hr", "sl", "sq", "de")
# The languages of each encoding, and how rare it is today (as a logarithm).
Candidate = tuple[str, float, tuple[str, ...]]
_CANDIDATES: tuple[Candidate, ...] = (
    ("cp1252", 0.0, _WEST),
    ("cp1254", -1.0, ("tr",)),
    ("cp1250", -1.0, _CENTRE),
    ("cp1251", -0.5, ("ru", "uk", "bg", "sr")),
    ("cp1253", -0.5, ("el",)),
    ("cp1255", -0.5, ("he",)),
    ("cp1256", -0.5, ("ar", "fa")),
    ("cp1257", -2.0, ("lt", "lv", "et")),
    ("cp1258", -3.0, ("vi",)),
    ("cp874", -1.0, ("th",)),
    ("cp932", -1.0, ("ja",)),
    ("euc_jp", -3.0, ("ja",)),
    ("gb18030", -1.0, ("zh",)),
    ("big5", -1.5, ("zh_Hant",)),
    ("cp949", -1.5, ("ko",)),
    ("koi8_r", -2.0, ("ru", "bg")),
    ("koi8_u", -2.5, ("uk",)),
    ("cp866", -3.0, ("ru",)),
    ("mac_cyrillic", -4.0, ("ru",)),
    ("mac_roman", -3.0, _WEST),
    ("cp850", -3.0, _WEST),
    ("iso8859_2", -2.5, _CENTRE),
    ("cp852", -4.0, _CENTRE),
    ("mac_latin2", -4.0, _CENTRE),
    ("cp857", -4.0, ("tr",)),
    ("mac_turkish", -4.0, ("tr",)),
    ("iso8859_6", -3.0, ("ar",)),
    ("iso8859_15", -4.0, ("fr", "de", "es")),
)
_MIXED: tuple[Candidate, ...] = (
    *_CANDIDATES,
    ("utf-8", 0.0, tuple(dict.fromkeys(tongue for _, _, own in _CANDIDATES for tongue in own))),
)
"""For a file that an old program appended rows to: most of it may be UTF-8."""

_RARE = {
    "is": -4.0,
    "et": -2.0,
    "ca": -1.0,
    "sq": -2.0,
    "sl": -1.0,
    "sr": -1.0,
    "lv": -1.0,
    "lt": -1.0,
}
_CHUNK = 1024 * 1024
_SAMPLE = 24 * 1024
_WORDS = 600
_LINE = 2048
_WHOLE = 100
_SAID = 3
_LOST = -14.0
_SPLIT = re.compile(r"[\s\x00-\x26\x28-\x40\x5b-\x60\x7b-\x7f]+")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def without_mark(start: bytes, encoding: str) -> str:
    """The encoding for reading a file that may lack the byte order mark of the chosen one."""
    if encoding not in ("utf-16", "utf-32") or any(
        start.startswith(mark) for mark, code in _BOMS if code == encoding
    ):
        return encoding
    return f"{encoding}-be" if start.startswith(b"\0") else f"{encoding}-le"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNREADABLE, error.end


MARK = "mark-unreadable"
codecs.register_error(MARK, _mark)


def is_encoding(code: str) -> bool:
    """Whether files may be read with it."""
    return code in VARIANTS or code in {known for known, _ in ENCODINGS}


def encodings_with(present: str) -> list[tuple[str, str]]:
    """The list, with the current encoding in place of its better-known relative."""
    known = _KNOWN_AS.get(present)
    return [(present if code == known else code, name) for code, name in ENCODINGS]


@dataclass(slots=True)
class _Seen:
    """Evidence from the bytes of a whole file."""

    lines: list[bytes]
    whole: list[bytes]
    first: bytes = b""
    wide: int = 0
    broken: int = 0


def marked(path: Path) -> str:
    """The encoding shown by a byte order mark or zero bytes; "" if there are none."""
    with path.open("rb") as stream:
        sample = stream.read(256 * 1024)
    if not sample.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise Invalid("import_empty")
    for mark, code in _BOMS:
        if sample.startswith(mark):
            return code
    share = [sample[start::4].count(0) / max(1, len(sample) // 4) for start in range(4)]
    if min(share[2:]) > 0.9 and share[0] < 0.1:
        return "utf-32-le"
    if min(share[:2]) > 0.9 and share[3] < 0.1:
        return "utf-32-be"
    low, high = (share[0] + share[2]) / 2, (share[1] + share[3]) / 2
    if max(low, high) > 0.3 and min(low, high) < 0.1:
        return "utf-16-be" if low > high else "utf-16-le"
    return ""


def detect(path: Path) -> str:
    """The encoding of a text file without a byte order mark."""
    if _is_utf8(path):
        return "utf-8"
    seen = _look(path)
    # A few broken bytes in a file of valid UTF-8 are damage, not another encoding.
    if seen.wide > 20 * seen.broken:
        return "utf-8"
    if 2 * seen.wide >= seen.broken and seen.wide:
        return rank([*seen.lines, *seen.whole], _MIXED, seen.first)[0]
    return rank(seen.lines, heading=seen.first)[0]


def _is_utf8(path: Path) -> bool:
    """Whether the whole file is valid UTF-8, which other text of more than a few letters never is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _look(path: Path) -> _Seen:
    """Lines with non-ASCII bytes, and how much of the whole file is UTF-8."""
    seen = _Seen([], [])
    size = 0
    with path.open("rb") as stream:
        while line := stream.readline(_CHUNK):
            seen.first = seen.first or line[:_LINE].strip()
            if line.isascii():
                continue
            text = line.decode("utf-8", MARK)
            broken = text.count(UNREADABLE)
            seen.broken += broken
            seen.wide += len(text) - len(text.encode("ascii", "ignore")) - broken
            if broken and size < _SAMPLE:
                piece = _around(line)
                seen.lines.append(piece)
                size += len(piece)
            elif not broken and len(seen.whole) < _WHOLE:
                seen.whole.append(_around(line))
    return seen


def _around(line: bytes) -> bytes:
    if len(line) <= _LINE:
        return line
    first = next((i for i, byte in enumerate(line) if byte > 127), 0)
    return line[max(0, first - 40) : first + _LINE]


def rank(
    lines: list[bytes], candidates: Sequence[Candidate] = _CANDIDATES, heading: bytes = b""
) -> list[str]:
    """Encodings of lines that are not UTF-8, likeliest first; the heading may show the language."""
    named = _named(heading)
    raw = b"\n".join(lines)
    scores: dict[str, float] = {}
    for code, prior, tongues in candidates:
        text = raw.decode(code, MARK)
        words = Counter(word for word in _SPLIT.split(text) if not word.isascii())
        chosen = words.most_common(_WORDS)
        best = max(
            _reads(tongue, chosen) + _RARE.get(tongue, 0.0) + named[tongue] for tongue in tongues
        )
        scores[code] = best + prior
    return sorted(scores, key=lambda code: -scores[code])


def _named(heading: bytes) -> Counter[str]:
    """How strongly column names suggest each language: together they tell what one name cannot."""
    words = set(_SPLIT.split(heading.decode("ascii", "replace").casefold()))
    return Counter(
        {tongue: _SAID * len(words & known) for tongue, known in HEADINGS.items() if words & known}
    )


def _reads(tongue: str, words: list[tuple[str, int]]) -> float:
    """How likely words are in a language; meaningless bytes count heavily against it."""
    model = language(tongue)
    total = 0.0
    for word, count in words:
        rest = word.replace(UNREADABLE, "")
        lost = _LOST * (len(word) - len(rest))
        total += min(count, 3) * (lost + (model.likelihood(rest) if rest else 0.0))
    return total
