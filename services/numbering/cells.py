"""The text of a cell without what people and programs put around a phone number."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

TEXT_LIMIT = 300
"""The most characters of a cell that are examined; longer texts are not phone numbers."""

_LINK = re.compile(
    r"(?:https?://)?(?:(?:www\.|web\.)?wa\.me/(?:c/)?|(?:[a-z]+\.)?whatsapp\.com/(?:send/?)?|whatsapp://send/?)"
    r"(?:\?(?:[^#\s]*&)?phone=)?(?P<number>\+?(?:[\d().-]|%2[0-9bd]|\s(?=\d))*)[^\s]*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?P<number>\+?\d{6,15})(?::\d+)?@(?:c\.us|(?:s\.)?whatsapp\.net)", re.IGNORECASE
)
_SCHEME = re.compile(r"(?:whatsapp|tel|sms|smsto|callto|p|wa)\s*:\s*(?://)?", re.IGNORECASE)
# Only words that mean phone: after any other word the digits may be anything.
_LABELS = (
    r"(?:whatsapp|wh?ats|wa|tele(?:phone|fone|fono|fon)|telefoon|téléphone|teléfono|tél|tel|phone|mobile|"
    r"mobil|mob|cellulare|celular|cell|cel|móvil|movil|handy|portable|fone|fon|home|work|hp|ph)"
)
_LABEL = re.compile(rf"{_LABELS}\s*[.:]*\s*(?=[+(\d])", re.IGNORECASE)
_LABEL_BEHIND = re.compile(rf"(?<=\d)\s+[-:]?\s*{_LABELS}[.:]?$", re.IGNORECASE)
_NOTE = re.compile(r"\s*[(\[][^()\[\]\d+]*[)\]]\s*$")
_PARAMETERS = re.compile(
    r"(?:;(?:ext|phone-context|isub|npdi|rn|cic)\b|(?<=\d)\?(?:body|text)\b)[^\s]*", re.IGNORECASE
)
_TRUNK_ZERO = re.compile(r"[(\[]\s*0\s*[)\]]")
_PLUS = re.compile(r"(?:\+\s*)+(?:00(?=\s*[1-9]))?\s*")
_EXCEL_INTEGER = re.compile(r"(\+?\d{6,})[.,]0+")
_EXTENSION = re.compile(
    r"[\s,;/]*[(\[]?(?<![^\W\d_])(?:ext(?:n|ension|ensión|ensão)?|x|#|ramal|int(?:erno)?|anexo|poste|durchwahl|"
    r"dw|wewn|dahili|toestel|доб)\s*[.:]?\s*\d{1,7}\s*[)\]]?$",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^[^\w+(]+")
_WORDS_BEFORE_PLUS = re.compile(r"^[^\d+]*(?=\+)")
_INSIDE = re.compile(r"(?<=\d)['\u2019_\u00b7\u2219](?=\d)")
"""Characters that some people put between the digits of a number."""

_DASHES = re.compile(r"[\u2010-\u2015\u2212\u00ad\uff0d\u30fc\uff70]")
_MARKS = {"Cf", "Cc", "Cs", "Cn", "Mn"}

_WORDS = "or|o|oder|ou|and|y|e|und|et|of|en|ve|veya|atau|dan|или|и|lub|או|او|أو|या|或|または"
_BREAKS = re.compile(
    rf"\s*(?::::|[,;|/\\\r\n\t&]|\s(?:{_WORDS})\s|\s{{2,}}|\s(?=\+)|(?<=\d)(?=\+))\s*",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """The characters people mean: digits of any script as ASCII, no hidden marks, plain spaces.

    Line breaks and tabs stay: they separate two numbers.
    """
    if text.isascii() and text.isprintable():
        return text
    if not text.isascii():
        text = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return "".join(map(_character, text))


@lru_cache(4096)
def _character(char: str) -> str:
    if char in "\n\r\t":
        return char
    if char == "\N{HEAVY PLUS SIGN}":
        return "+"
    if char.isspace():
        return " "
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    return "" if unicodedata.category(char) in _MARKS else char


def is_amount(text: str) -> bool:
    """Whether the digits have a currency sign, which no phone number has."""
    return any(unicodedata.category(char) == "Sc" for char in text)


def tidy(text: str) -> str:
    """One number without links, labels, notes, spreadsheet artefacts and extension.

    A leading ``00`` becomes a plus sign, and so does a link, which always has the country code.
    """
    text = plain(text).strip()
    text = _LEADING.sub("", text)
    if number := _linked(text):
        return number
    text = _LABEL_BEHIND.sub("", _without_extension(_PARAMETERS.sub("", _NOTE.sub("", text))))
    # What precedes a plus sign is a name, a quotation mark or a phone emoji.
    text = _WORDS_BEFORE_PLUS.sub("", text)
    for pattern in (_LABEL, _SCHEME, _LABEL):
        if found := pattern.match(text):
            text = text[found.end() :]
    text = _INSIDE.sub(" ", text)
    if found := _EXCEL_INTEGER.fullmatch(text):
        text = found[1]
    if text.endswith("+") and text[:-1].replace(" ", "").isdigit():
        text = f"+{text[:-1]}"  # right-to-left programs put the sign after the number
    return _signed(text)


def _without_extension(text: str) -> str:
    ends_so = text[-1:].isdigit() or text[-1:] in {")", "]", " "}
    return _EXTENSION.sub("", text) if ends_so and not text.isdigit() else text


def _linked(text: str) -> str:
    """The number in a chat link or WhatsApp address, with a plus sign; "" without one."""
    if address := _ADDRESS.fullmatch(text):
        return _with_plus(address["number"])
    link = _LINK.match(text) if "/" in text else None
    number = unquote(link["number"]).strip(" /+") if link else ""
    return _with_plus(number) if digits_of(number) else ""


def _signed(text: str) -> str:
    inner = text.lstrip("( ")
    if inner.startswith("+"):
        # "(+34) 611": the parenthesis closes after the code.
        return f"+{_PLUS.sub('', inner, count=1)}"
    if text.startswith("00") and not text.startswith("000"):
        return f"+{text[2:].lstrip()}"
    return text


def _with_plus(number: str) -> str:
    number = number.lstrip("+ ")
    return f"+{number.removeprefix('00')}"


def without_trunk_zero(number: str) -> str:
    """``+34 (0) 611`` without the zero that is dialled only within the country."""
    return _TRUNK_ZERO.sub("", number) if number.startswith("+") else number


def parts(text: str) -> list[str]:
    """The parts of a cell that may each be a number; one for a cell with a single number."""
    text = plain(text).strip()
    pieces: list[str] = []
    end = 0
    for link in _LINK.finditer(text) if "/" in text else ():
        pieces += _broken(text[end : link.start()])
        pieces.append(link[0])
        end = link.end()
    pieces += _broken(text[end:])
    return pieces or [text]


def _broken(text: str) -> list[str]:
    text = _without_extension(_PARAMETERS.sub("", text))
    return [piece for piece in map(str.strip, _BREAKS.split(text)) if piece]


def digits_of(text: str) -> str:
    """The ASCII digits of a text."""
    return "".join(char for char in text if char in "0123456789")
