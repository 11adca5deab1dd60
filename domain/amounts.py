"""Parse amounts as people write them, with any country's separators and currency signs."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,(?:\d{1,2}|\d{4,})", re.ASCII)
_CURRENCY = re.compile(
    r"(?:[€$£¥₹₺₽₩₪₫₴₦₱฿]|R\$|US\$|kr|zł|Kč|Ft|EUR|USD|GBP|BRL|MXN|INR|CHF|JPY|TRY)", re.IGNORECASE
)
_BLANK = re.compile("[\u00a0\u202f\u2009]")
# A dot before three digits may be either separator; after a comma it separates thousands.
_GROUPED = re.compile(
    r"(?P<whole>[+-]?\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,}|\.\d{3}(?=,)|([ '\u2019])\d{3}(?:\2\d{3})*))"
    r"(?:(?P<mark>[.,])(?P<rest>\d+))?",
    re.ASCII,
)
_INDIAN = re.compile(
    r"(?P<whole>[+-]?\d{1,2}(?:,\d{2})+,\d{3})(?:(?P<mark>\.)(?P<rest>\d+))?", re.ASCII
)
_NUMBER_LIMIT = 60
_THREE_BEHIND = re.compile(r"[+-]?\d{1,3}[.,]\d{3}", re.ASCII)
# Longer runs of digits are identifiers, never amounts.
_ID_DIGITS = 16


def parse_number(text: str) -> Decimal | None:
    """The exact number in a text, whichever decimal sign, thousands separator or currency it uses.

    Digits grouped in other ways, as in addresses, versions and dates, are not a number.
    """
    if _NUMBER.fullmatch(text) or _COMMA.fullmatch(text):  # most of a column of amounts
        return Decimal(text.replace(",", ".")) if len(text) <= _NUMBER_LIMIT else None
    plain = _BLANK.sub(" ", _CURRENCY.sub("", text, count=1)).replace("\u2212", "-").strip()
    if plain[:1] in {"+", "-"}:
        plain = plain[0] + plain[1:].lstrip()
    found = _GROUPED.fullmatch(plain) or _INDIAN.fullmatch(plain)
    if found and not (found["mark"] and found["mark"] in found["whole"]):
        whole = re.sub(r"[^\d+-]", "", found["whole"])
        plain = f"{whole}.{found['rest']}" if found["rest"] else whole
    elif plain.count(",") == 1:
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain) or len(plain) > _NUMBER_LIMIT:
        return None
    return Decimal(plain)


def reads_both_ways(text: str) -> bool:
    """Whether the separator could mean thousands or decimals, as in 1.000 and 1,000."""
    return _THREE_BEHIND.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """Whether a text is a number rather than a code: a leading zero, a + or many digits make it a code."""
    if sum(map(str.isdigit, text)) >= _ID_DIGITS or text[0] == "+" or _CURRENCY.search(text):
        return False
    return parse_number(text) is not None and (len(text) < 2 or text[0] != "0" or text[1] in ".,")
