"""Conditions of searches over people, as every list, file and audience of people has them."""

import re
from typing import Any

from sqlalchemy import ColumnElement, TextClause, text
from sqlalchemy.orm import InstrumentedAttribute

from domain.contacts import clean_text
from domain.searches import fold, pattern

LONGEST = 200
_FEWEST_DIGITS = 2


def people(
    search: str,
    parameters: dict[str, object],
    *,
    alias: str = "c",
    phone: str = "",
    further: str = "",
) -> str:
    """SQL: the name, the number or a field of a contact holds the text; "" where there is no text.

    ``alias`` is the contact's; ``phone`` another column with the number, ``further`` one with more text.
    What it compares with is added to ``parameters``.
    """
    words = clean_text(search, LONGEST)
    if not fold(words):
        return ""
    parameters["found"] = pattern(words)
    held = f"EXISTS (SELECT FROM jsonb_each_text({alias}.fields) f WHERE f.value ~ :found)"
    if not {'"', "\\"} & set(fold(words)):
        # As it is written down, it is looked through first: taking it apart costs five times as much.
        held = f"({alias}.fields::text ~ :found AND {held})"
    found = [f"{alias}.name ~ :found", held]
    if further:
        found.append(f"{further} ~ :found")
    if digits := _digits(words):
        parameters["digits"] = f"%{digits}%"
        found += [f"{phone or f'{alias}.phone'} LIKE :digits", f"{alias}.phone_key LIKE :digits"]
    return f"({' OR '.join(found)})"


def of_contacts(search: str) -> TextClause | None:
    """The same about the rows of ``contacts`` in a statement; None where there is no text."""
    parameters: dict[str, Any] = {}
    condition = people(search, parameters, alias="contacts")
    return text(condition).bindparams(**parameters) if condition else None


def holds(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], search: str
) -> ColumnElement[bool]:
    """Whether a text holds what is searched, accents and case left aside."""
    return column.regexp_match(pattern(clean_text(search, LONGEST)))


def _digits(words: str) -> str:
    """Those of a number or a part of one; "" when the words are none."""
    digits = re.sub(r"\D", "", words, flags=re.ASCII)
    is_number = re.fullmatch(r"[\d\s().+-]+", words, re.ASCII) is not None
    return digits if is_number and len(digits) >= _FEWEST_DIGITS else ""
