"""Custom fields: their keys, and text turned into the value a type stores."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

from domain.amounts import is_amount, parse_number, reads_both_ways
from domain.contacts import CustomField, FieldType, clean_text, typed
from domain.errors import Invalid
from domain.headings import names_code

FieldValue = str | bool
"""Numbers are stored as written-out decimals, so 12.50 and long ids stay unchanged."""

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
"""Most choices of a field, and most characters of one."""
FIELDS_LIMIT = 200

# fmt: off
_YES = frozenset((
    "yes", "y", "true", "t", "1", "on", "x", "ok", "sim", "s", "si", "sí", "sì", "oui", "o", "ja", "j",
    "vero", "vrai", "verdadeiro", "verdadero", "evet", "да", "はい", "是",
))
_NO = frozenset((
    "no", "n", "false", "f", "0", "off", "não", "nao", "non", "nein", "nee", "falso", "faux",
    "hay\u0131r", "hayir", "нет", "いいえ", "否",
))
# fmt: on
_ISO_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_WRITTEN_DATE = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})", re.ASCII)
_MOMENT = re.compile(r"([\d/.\-]{8,10})(?:,\s*|\s+|[Tt])(\d.*)", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?:[:.](\d{2})(?:[.,]\d{1,9})?)?\s*([ap]\.?m\.?)?\s*"
    r"(Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)


class DateOrder(StrEnum):
    """How 03/04/2026 is read."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


def key_from(label: str) -> str:
    """The key for a label: lower-case letters, digits and underscores, starting with a letter."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:KEY_LIMIT].rstrip("_")
    if not key or not key[0].isalpha():
        key = f"field_{key}".rstrip("_")[:KEY_LIMIT]
    return f"{key}_field" if key in RESERVED_KEYS else key


def free_key(label: str, taken: Sequence[str] | frozenset[str] | set[str]) -> str:
    """``key_from`` with a number appended when another field has the key."""
    key = key_from(label)
    candidate, number = key, 2
    while candidate in taken:
        candidate, number = f"{key}_{number}", number + 1
    return candidate


def checked_label(label: str) -> str:
    """A field's label as it is stored; raises Invalid when nothing is left."""
    cleaned = typed(label, LABEL_LIMIT, "label")
    if not cleaned:
        raise Invalid("field_label", field="label")
    return cleaned


def checked_options(kind: FieldType, options: Sequence[str]) -> tuple[str, ...]:
    """An enum's distinct choices in order; empty for every other type."""
    if kind is not FieldType.ENUM:
        return ()
    cleaned = dict.fromkeys(
        filter(None, (typed(option, OPTION_LIMIT, "options") for option in options))
    )
    if not 1 <= len(cleaned) <= OPTION_LIMIT:
        raise Invalid("field_options", field="options", option_limit=OPTION_LIMIT)
    return tuple(cleaned)


def parse_bool(text: str) -> bool | None:
    """Yes or no in any language of our users; None when it is neither."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else None


def parse_date(text: str, order: DateOrder = DateOrder.DAY_FIRST) -> date | None:
    """A day written as 2026-11-23, or with slashes, dots or dashes in the given order.

    A text that also has a time is not a day, unless the time is midnight.
    """
    text = text.strip()
    if found := _MOMENT.fullmatch(text):
        moment = _time(found[2])
        if moment is None or any(moment[:3]) or moment[3] is not None:
            return None
        text = found[1]
    return _day(text, order)


def _day(text: str, order: DateOrder) -> date | None:
    if found := _ISO_DATE.fullmatch(text):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
    elif found := _WRITTEN_DATE.fullmatch(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        month_first = order is DateOrder.MONTH_FIRST
        # No month is above 12: such a date tells its own order.
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


def _time(text: str) -> tuple[int, int, int, timezone | None] | None:
    """The hours, minutes, seconds and zone of a time."""
    found = _TIME.fullmatch(text.strip())
    if found is None or not (found[2] or found[4]):
        return None
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[4][0] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour, minute, second, _zone(found[5] or "")


def _zone(text: str) -> timezone | None:
    plain = text.upper().removeprefix("UTC").removeprefix("GMT")
    if not text:
        return None
    if plain in {"", "Z"}:
        return UTC
    digits = plain[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    if ahead > timedelta(hours=15):
        return None
    return timezone(-ahead if plain[0] == "-" else ahead)


def parse_moment(text: str, order: DateOrder = DateOrder.DAY_FIRST) -> datetime | None:
    """A day with a time, and its zone if the text names one; a day alone does not count."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    day, moment = _day(found[1], order), _time(found[2])
    if day is None or moment is None:
        return None
    hour, minute, second, zone = moment
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)


def _choice(field: CustomField, text: str) -> str | None:
    wanted = clean_text(text).casefold()
    return next((option for option in field.options if option.casefold() == wanted), None)


def parse_value(
    field: CustomField, text: str, order: DateOrder = DateOrder.DAY_FIRST
) -> FieldValue | None:
    """The value to store for ``text``; None when empty; raises Invalid when it does not fit."""
    text = text.strip()
    if not text:
        return None
    value = _parsed(field, text, order)
    if value is None:
        if field.type is FieldType.ENUM:
            options = field.options[:12]
            raise Invalid("field_enum", field=field.key, label=field.label, options=options)
        raise Invalid(_hint(field.type, text), field=field.key, label=field.label)
    return value


def _parsed(field: CustomField, text: str, order: DateOrder) -> FieldValue | None:
    """The value of a text; None when it has none."""
    match field.type:
        case FieldType.TEXT:
            return clean_text(text)
        case FieldType.NUMBER:
            number = parse_number(text)
            return None if number is None else f"{number:f}"
        case FieldType.DATE:
            return _day_text(text, order)
        case FieldType.DATETIME:
            moment = parse_moment(text, order)
            return None if moment is None else moment_text(moment)
        case FieldType.BOOL:
            return parse_bool(text)
        case FieldType.ENUM:
            return _choice(field, text)


def _hint(kind: FieldType, text: str) -> str:
    """The error code for a text without a value; an impossible date has its own."""
    if kind in (FieldType.DATE, FieldType.DATETIME) and _names_no_day(text):
        return f"field_{kind.value}.no_day"
    if kind is FieldType.DATE and parse_moment(text):
        return "field_date.timed"
    return f"field_{kind.value}"


def _names_no_day(text: str) -> bool:
    """Whether a text looks like a date but is on no calendar, such as 30/02/2026."""
    moment = _MOMENT.fullmatch(text)
    day = moment[1] if moment else text
    found = _ISO_DATE.fullmatch(day) or _WRITTEN_DATE.fullmatch(day)
    small, middle, _ = sorted(int(found[at]) for at in (1, 3, 4)) if found else (0, 0, 0)
    return 1 <= small <= 12 and middle <= 31 and not any(_day(day, order) for order in DateOrder)


def _day_text(text: str, order: DateOrder) -> str | None:
    day = parse_date(text, order)
    return day.isoformat() if day else None


def moment_text(moment: datetime) -> str:
    """A date and time as stored: to the minute if it has no seconds, with its zone if it has one."""
    return moment.isoformat("T", "seconds" if moment.second else "minutes")


def infer_type(samples: Sequence[str], heading: str = "") -> FieldType:
    """The narrowest type that every non-empty sample fits.

    Digits under a heading for codes (post code, order, phone) are text whatever they look like, and so are 1.000 and
    2.500, whose separator may mean thousands or decimals.
    """
    values = [sample.strip() for sample in samples if sample.strip()]
    if not values:
        return FieldType.TEXT
    if all(parse_date(value) for value in values):
        return FieldType.DATE
    if all(parse_moment(value) for value in values):
        return FieldType.DATETIME
    if all(map(is_amount, values)):
        open_to_both = all(map(reads_both_ways, values))
        return FieldType.TEXT if names_code(heading) or open_to_both else FieldType.NUMBER
    if all(parse_bool(value) is not None and len(value) > 1 for value in values):
        return FieldType.BOOL
    return FieldType.TEXT


def guess_order(cells: Iterable[str]) -> DateOrder:
    """The date order in a table: month first if some dates can be nothing else."""
    found = filter(None, (_WRITTEN_DATE.match(cell.strip()) for cell in cells))
    pairs = [(int(day[1]), int(day[3])) for day in found]
    month_first = any(first <= 12 < second <= 31 for first, second in pairs)
    day_first = any(second <= 12 < first <= 31 for first, second in pairs)
    return DateOrder.MONTH_FIRST if month_first and not day_first else DateOrder.DAY_FIRST
