"""Typed values of contacts, formatted for the reader's language: days, times, decimals, yes and no.

SQL, which freezes an audience, and Python, which fills one message, use the same table of formats.
"""

import json
import re
from functools import cache
from typing import Any

from domain import locales

LANGUAGES = [
    "af",
    "sq",
    "ar",
    "az",
    "bn",
    "bg",
    "ca",
    "zh_Hans",
    "zh_Hant",
    "hr",
    "cs",
    "da",
    "nl",
    "en",
    "en_GB",
    "en_US",
    "et",
    "fil",
    "fi",
    "fr",
    "ka",
    "de",
    "el",
    "gu",
    "ha",
    "he",
    "hi",
    "hu",
    "id",
    "ga",
    "it",
    "ja",
    "kn",
    "kk",
    "rw",
    "ko",
    "ky",
    "lo",
    "lv",
    "lt",
    "mk",
    "ms",
    "ml",
    "mr",
    "nb",
    "fa",
    "pl",
    "pt",
    "pt_BR",
    "pt_PT",
    "pa",
    "ro",
    "ru",
    "sr",
    "sk",
    "sl",
    "es",
    "es_AR",
    "es_MX",
    "es_ES",
    "sw",
    "sv",
    "ta",
    "te",
    "th",
    "tr",
    "uk",
    "ur",
    "uz",
    "vi",
    "zu",
]
"""The languages that templates and contacts may have."""

_YES_NO = {
    "en": "Yes No", "es": "Sí No", "pt": "Sim Não", "fr": "Oui Non", "de": "Ja Nein", "it": "Sì No",
    "nl": "Ja Nee", "tr": "Evet Hayır", "pl": "Tak Nie", "ru": "Да Нет", "id": "Ya Tidak",
    "ar": "نعم لا", "he": "כן לא", "hi": "हाँ नहीं", "el": "Ναι Όχι", "sv": "Ja Nej", "da": "Ja Nej",
    "nb": "Ja Nei", "ja": "はい いいえ", "zh": "是 否", "ko": "예 아니요", "uk": "Так Ні", "ro": "Da Nu",
    "cs": "Ano Ne", "hu": "Igen Nem", "vi": "Có Không", "th": "ใช่ ไม่ใช่",
}  # fmt: skip
_ALIASES = {
    "zh_CN": "zh_Hans",
    "zh_SG": "zh_Hans",
    "zh_TW": "zh_Hant",
    "zh_HK": "zh_Hant",
    "no": "nb",
}
_MARKS = re.compile(r"'([^']*)'|(y+|M+|L+|d+|H+|h+|m+|a+|b+|B+|G+)|(.)", re.DOTALL)
_SHORT = {
    "y": "{y}", "yyyy": "{y}", "yy": "{y}", "MMMM": "{month}", "MMM": "{month}", "LLLL": "{month}",
    "MM": "{MM}", "M": "{M}", "dd": "{DD}", "d": "{D}", "HH": "{HH}", "H": "{H}", "hh": "{h}",
    "h": "{h}", "mm": "{mm}", "m": "{mm}", "a": "{half}", "b": "{half}", "B": "{half}",
}  # fmt: skip
MOMENT = r"^\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?$"


def _template(pattern: str) -> str:
    out = ""
    for quoted, mark, other in _MARKS.findall(pattern):
        out += _SHORT.get(mark, "") if mark else quoted or other
    return " ".join(out.split())


@cache
def formats() -> dict[str, dict[str, Any]]:
    """Per language: formats of a day and a time, month names, the decimal sign, yes and no."""
    return {code: _format(code) for code in LANGUAGES} | {
        alias: _format(code) for alias, code in _ALIASES.items()
    }


def _format(code: str) -> dict[str, Any]:
    with locales.briefly(code) as locale:
        yes, no = _YES_NO.get(locale.language, _YES_NO["en"]).split()
        halves = locale.day_periods["format"]["wide"]
        months = locale.months["format"]["wide"]
        return {
            "date": _template(locale.date_formats["long"].pattern),
            "time": _template(locale.time_formats["short"].pattern),
            "months": [months[number] for number in range(1, 13)],
            "am": halves.get("am", "AM"),
            "pm": halves.get("pm", "PM"),
            "point": locale.number_symbols.get("latn", {}).get("decimal", "."),
            "yes": yes,
            "no": no,
        }


@cache
def formats_json() -> str:
    """The table as a parameter of a statement."""
    return json.dumps(formats(), ensure_ascii=False)


def said(kind: str, value: object, language: str | None) -> str:
    """A stored value as written in a language; nearly as stored if the language is unknown."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    found = formats().get(language or "") or formats().get((language or "").split("_")[0])
    if found is None:
        return _plain(kind, text)
    match kind:
        case "number":
            return text.replace(".", found["point"])
        case "bool":
            return str(found["yes"] if text == "true" else found["no"])
        case "date" | "datetime" if re.fullmatch(MOMENT, text):
            return _moment(text, found)
    return text


def _plain(kind: str, text: str) -> str:
    """A value for an unknown language: 2026-05-01 14:30, yes."""
    if kind == "bool":
        return {"true": "yes", "false": "no"}.get(text, text)
    return text.replace("T", " ") if kind == "datetime" else text


def _moment(text: str, found: dict[str, Any]) -> str:
    day = (
        found["date"]
        .replace("{y}", text[:4])
        .replace("{month}", found["months"][int(text[5:7]) - 1])
        .replace("{MM}", text[5:7])
        .replace("{M}", str(int(text[5:7])))
        .replace("{DD}", text[8:10])
        .replace("{D}", str(int(text[8:10])))
    )
    if len(text) == 10:
        return str(day)
    hour = int(text[11:13])
    clock = (
        found["time"]
        .replace("{HH}", text[11:13])
        .replace("{H}", str(hour))
        .replace("{h}", str((hour + 11) % 12 + 1))
        .replace("{mm}", text[14:16])
        .replace("{half}", found["am"] if hour < 12 else found["pm"])
    )
    zone = re.search(r"[+-]\d\d:\d\d$", text[16:])
    return f"{day}, {clock}{f' (UTC{zone[0]})' if zone else ''}"


def said_sql(value: str, kind: str, language: str) -> str:
    """``said`` for SQL expressions of value, kind and language; binds ``:spoken``."""
    table = "(SELECT CAST(:spoken AS jsonb))"  # once per statement, not per row
    found = f"coalesce({table} -> {language}, {table} -> split_part({language}, '_', 1))"
    day = "f.t ->> 'date'"
    for mark, text in (
        ("y", "substr(f.v, 1, 4)"),
        ("month", "f.t -> 'months' ->> (substr(f.v, 6, 2)::int - 1)"),
        ("MM", "substr(f.v, 6, 2)"),
        ("M", "substr(f.v, 6, 2)::int::text"),
        ("DD", "substr(f.v, 9, 2)"),
        ("D", "substr(f.v, 9, 2)::int::text"),
    ):
        day = f"replace({day}, '{{{mark}}}', {text})"
    hour = "substr(f.v, 12, 2)::int"
    clock = "f.t ->> 'time'"
    for mark, text in (
        ("HH", "substr(f.v, 12, 2)"),
        ("H", f"{hour}::text"),
        ("h", f"(({hour} + 11) % 12 + 1)::text"),
        ("mm", "substr(f.v, 15, 2)"),
        ("half", f"CASE WHEN {hour} < 12 THEN f.t ->> 'am' ELSE f.t ->> 'pm' END"),
    ):
        clock = f"replace({clock}, '{{{mark}}}', {text})"
    zone = "coalesce(' (UTC' || substring(substr(f.v, 17) FROM '[+-][0-9][0-9]:[0-9][0-9]$') || ')', '')"
    return f"""(SELECT CASE
        WHEN f.t IS NULL THEN CASE WHEN f.k = 'bool' THEN CASE f.v WHEN 'true' THEN 'yes'
            WHEN 'false' THEN 'no' ELSE f.v END WHEN f.k = 'datetime' THEN replace(f.v, 'T', ' ')
            ELSE f.v END
        WHEN f.k = 'number' THEN replace(f.v, '.', f.t ->> 'point')
        WHEN f.k = 'bool' THEN CASE f.v WHEN 'true' THEN f.t ->> 'yes' ELSE f.t ->> 'no' END
        WHEN f.k IN ('date', 'datetime') AND f.v ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' THEN {day}
        WHEN f.k IN ('date', 'datetime') AND f.v ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}'
            THEN {day} || ', ' || {clock} || {zone}
        ELSE f.v END
        FROM (SELECT {value} AS v, {kind} AS k, {found} AS t) f WHERE f.v IS NOT NULL)"""
