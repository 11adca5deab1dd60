"""Custom fields: their keys, and text turned into the value a type stores."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from domain.contacts import CustomField, FieldType, clean_text
from domain.errors import Invalid

FieldValue = str | int | float | bool

RESERVED_KEYS = frozenset(
    {
        "id",
        "name",
        "first_name",
        "last_name",
        "phone",
        "language",
        "timezone",
        "groups",
        "consent",
    }
)
KEY_LIMIT = 40
LABEL_LIMIT = 80
OPTION_LIMIT = 100
FIELDS_LIMIT = 200

# fmt: off
_YES = frozenset((
    "yes", "y", "true", "t", "1", "on", "x", "ok", "sim", "s", "si", "sí", "oui", "o", "ja", "j",
    "vero", "vrai", "verdadeiro", "verdadero", "evet", "да", "はい", "是",
))
_NO = frozenset((
    "no", "n", "false", "f", "0", "off", "não", "nao", "non", "nein", "nee", "falso", "faux",
    "hay\u0131r", "hayir", "нет", "いいえ", "否",
))
# fmt: on
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)
_WRITTEN_DATE = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})", re.ASCII)


class DateOrder(StrEnum):
    """How 03/04/2026 is read."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


def key_from(label: str) -> str:
    """A key for a label: lower-case letters, digits and underscores, starting with a letter."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:KEY_LIMIT].rstrip("_")
    if not key or not key[0].isalpha():
        key = f"field_{key}".rstrip("_")[:KEY_LIMIT]
    return f"{key}_field" if key in RESERVED_KEYS else key


def free_key(label: str, taken: Sequence[str] | frozenset[str] | set[str]) -> str:
    """``key_from`` with a number behind it when another field has the key."""
    key = key_from(label)
    candidate, number = key, 2
    while candidate in taken:
        candidate, number = f"{key}_{number}", number + 1
    return candidate


def checked_label(label: str) -> str:
    """A field's label as it is stored; Invalid when nothing is left."""
    cleaned = clean_text(label, LABEL_LIMIT)
    if not cleaned:
        raise Invalid("field_label", "Give the field a name.", {"label": "Give the field a name."})
    return cleaned


def checked_options(kind: FieldType, options: Sequence[str]) -> tuple[str, ...]:
    """The distinct choices of an enum in their order; empty for every other type."""
    if kind is not FieldType.ENUM:
        return ()
    cleaned = dict.fromkeys(filter(None, (clean_text(option, 100) for option in options)))
    if not 1 <= len(cleaned) <= OPTION_LIMIT:
        message = f"List between 1 and {OPTION_LIMIT} choices."
        raise Invalid("field_options", message, {"options": message})
    return tuple(cleaned)


def parse_bool(text: str) -> bool | None:
    """Yes or no in the languages of our users; None when it is neither."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else None


def parse_number(text: str) -> int | float | None:
    """A number written with either decimal sign, with or without thousands marks."""
    plain = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("'", "")
    commas, dots = plain.count(","), plain.count(".")
    if commas and dots:
        decimal = max(plain.rfind(","), plain.rfind("."))
        whole = plain[:decimal].replace(",", "").replace(".", "")
        plain = f"{whole}.{plain[decimal + 1 :]}"
    elif commas > 1 or (commas == 1 and len(plain) - plain.index(",") == 4):
        plain = plain.replace(",", "")
    elif dots > 1:
        plain = plain.replace(".", "")
    else:
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain) or len(plain) > 24:
        return None
    number = float(plain)
    exact = number.is_integer() and abs(number) < 2**53
    return int(number) if exact else number


def parse_date(text: str, order: DateOrder = DateOrder.DAY_FIRST) -> date | None:
    """A day written as 2026-11-23, or with slashes, dots or dashes in the given order."""
    if found := _ISO_DATE.fullmatch(text.strip()):
        year, month, day = (int(part) for part in found.groups())
    elif found := _WRITTEN_DATE.fullmatch(text.strip()):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        month_first = order is DateOrder.MONTH_FIRST
        # 12 cannot be passed by a month: such a date tells its own order.
        if second > 12 >= first:
            month_first = True
        elif first > 12 >= second:
            month_first = False
        month, day = (first, second) if month_first else (second, first)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _choice(field: CustomField, text: str) -> str | None:
    wanted = clean_text(text).casefold()
    return next((option for option in field.options if option.casefold() == wanted), None)


def parse_value(
    field: CustomField, text: str, order: DateOrder = DateOrder.DAY_FIRST
) -> FieldValue | None:
    """The value to store for ``text``; None when it is empty; Invalid when it does not fit."""
    text = text.strip()
    if not text:
        return None
    value: FieldValue | date | None
    hint = "write some text"
    match field.type:
        case FieldType.TEXT:
            value = clean_text(text)
        case FieldType.NUMBER:
            value, hint = parse_number(text), "write a number such as 12 or 12.50"
        case FieldType.DATE:
            value, hint = parse_date(text, order), "write a date such as 2026-11-23"
        case FieldType.BOOL:
            value, hint = parse_bool(text), "write yes or no"
        case FieldType.ENUM:
            value, hint = _choice(field, text), f"choose one of {', '.join(field.options[:12])}"
    if value is None:
        message = f"{field.label}: {hint}."
        raise Invalid(f"field_{field.type.value}", message, {field.key: message})
    return value.isoformat() if isinstance(value, date) else value


def infer_type(samples: Sequence[str]) -> FieldType:
    """The narrowest type that every non-empty sample fits."""
    values = [sample.strip() for sample in samples if sample.strip()]
    if not values:
        return FieldType.TEXT
    if all(parse_date(value) for value in values):
        return FieldType.DATE
    # A leading zero is part of a code, not of a number.
    if all(parse_number(v) is not None and (len(v) < 2 or v[0] != "0") for v in values):
        return FieldType.NUMBER
    if all(parse_bool(value) is not None and len(value) > 1 for value in values):
        return FieldType.BOOL
    return FieldType.TEXT
