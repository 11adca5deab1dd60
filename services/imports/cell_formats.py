"""What a workbook cell shows: its value in its number format, for common formats."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal

from babel.dates import get_day_names, get_month_names

from services.imports.cell_numbers import number

LONGEST_FORMAT = 255
"""No program writes longer formats, which patterns would take ever longer to match."""

_SYSTEM_DATES = ("mm-dd-yy", "[$-F800]", "[$-x-sysdate]")
_LANGUAGES = {
    0x07: "de", 0x09: "en", 0x0A: "es", 0x0C: "fr", 0x10: "it", 0x13: "nl", 0x15: "pl", 0x16: "pt",
    0x19: "ru", 0x1D: "sv", 0x1F: "tr", 0x05: "cs", 0x08: "el", 0x0E: "hu", 0x18: "ro", 0x22: "uk",
}  # fmt: skip


def display(value: Any, number_format: str, *, iso_dates: bool = False) -> str:
    """A cell's text; ``iso_dates`` writes days and times as 2026-05-01 14:30 whatever the format."""
    if value is None:
        return ""
    if len(number_format or "") > LONGEST_FORMAT:
        number_format = ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return number(value, number_format or "General")
    if isinstance(value, timedelta):
        return _elapsed(value)
    if isinstance(value, (datetime, date, time)):
        return _moment(value, number_format or "", iso=iso_dates)
    return str(value)


def _elapsed(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    text = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}"
    return f"{text}:{seconds % 60:02}" if seconds % 60 else text


def _moment(value: date | time, number_format: str, *, iso: bool) -> str:
    if isinstance(value, datetime) and value.microsecond >= 500_000:
        value += timedelta(seconds=1)
    parts = _parts(number_format.split(";", maxsplit=1)[0])
    system = not parts or any(number_format.startswith(known) for known in _SYSTEM_DATES)
    if iso or system or not isinstance(value, datetime):
        return _iso(value, {part[0] for part in parts})
    return _written(value, number_format, parts)


def _iso(value: date | time, shown: set[str]) -> str:
    if isinstance(value, datetime):
        if not shown & {"h", "s"} and (shown or value.time() == time()):
            return value.date().isoformat()
        seconds = value.second or "s" in shown
        return value.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    return value.isoformat()


@lru_cache(256)
def _parts(number_format: str) -> tuple[str, ...]:
    """Runs of date letters and the literals between them, minutes as ``n``."""
    parts: list[str] = []
    for kind, token in _date_tokens(number_format):
        parts.append(f"={token}" if kind == "literal" else token)
    letters = [i for i, part in enumerate(parts) if part[0] in "ymdhsa"]
    for place, i in enumerate(letters):
        if parts[i][0] != "m" or len(parts[i]) > 2:
            continue
        before = parts[letters[place - 1]][0] if place else ""
        after = parts[letters[place + 1]][0] if place + 1 < len(letters) else ""
        if before == "h" or after == "s":
            parts[i] = "n" * len(parts[i])
    return tuple(parts) if letters else ()


_DATE = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[(h+|m+|s+)\]|\[[^\]]*\]|(AM/PM|A/P)|(y+|m+|d+|h+|s+)'
    r"|(.)",
    re.IGNORECASE,
)


def _date_tokens(number_format: str) -> list[tuple[str, str]]:
    found = []
    for match in _DATE.finditer(number_format):
        quoted, escaped, currency, elapsed, half, letters, other = match.groups("")
        if half:
            found.append(("part", "ampm"))
        elif letters or elapsed:
            found.append(("part", (letters or elapsed).lower()))
        elif literal := quoted or escaped or currency or other.strip("@;"):
            found.append(("literal", literal))
    return found


def _written(value: datetime, number_format: str, parts: tuple[str, ...]) -> str:
    code = re.search(r"\[\$[^\]-]*-([0-9A-Fa-f]+)", number_format)
    tongue = _LANGUAGES.get(int(code[1], 16) & 0x3FF, "en") if code else "en"
    halves = "ampm" in parts
    return "".join(
        part[1:] if part[0] == "=" else _part(value, part, tongue, halves) for part in parts
    )


def _part(value: datetime, part: str, tongue: str, halves: bool) -> str:
    if part == "ampm":
        return "AM" if value.hour < 12 else "PM"
    letter, length = part[0], len(part)
    if letter == "y":
        return f"{value.year:04}" if length > 2 else f"{value.year % 100:02}"
    if letter in "md" and length > 2:
        names = get_month_names if letter == "m" else get_day_names
        width: Literal["abbreviated", "wide"] = "abbreviated" if length == 3 else "wide"
        key = value.month if letter == "m" else value.weekday()
        return str(names(width, locale=tongue)[key])
    hour = (value.hour % 12 or 12) if halves else value.hour
    plain = {"m": value.month, "d": value.day, "h": hour, "n": value.minute, "s": value.second}[
        letter
    ]
    return f"{plain:02}" if length > 1 else str(plain)
