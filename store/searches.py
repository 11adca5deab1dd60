"""Search conditions for people, shared by every list, file and audience."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, text
from sqlalchemy.orm import InstrumentedAttribute

from domain.contacts import clean_text
from domain.searches import pattern, words

LONGEST = 200
_FEWEST_DIGITS = 2
_DIALLED_AT_HOME = "(0)"


def people(
    search: str,
    parameters: dict[str, object],
    *,
    alias: str = "c",
    phone: str = "",
    further: str = "",
) -> str:
    """SQL: whether a contact's name, number and fields contain every word of the text; "" without a text.

    ``alias`` is the contact's; ``phone`` is another column with the number, ``further`` one with more text. The values
    to compare with are added to ``parameters``.
    """
    typed = clean_text(search, LONGEST)
    looked = _Looked(alias, phone or f"{alias}.phone", further, parameters)
    found = [looked.holds(f"found{at}", word) for at, word in enumerate(words(typed))]
    if not found:
        return ""
    every = " AND ".join(found)
    number = looked.has_number("number", typed) if len(found) > 1 else ""
    return f"({every} OR {number})" if number else f"({every})"


@dataclass(frozen=True, slots=True)
class _Looked:
    """Where a search looks, and the parameters it extends."""

    alias: str
    phone: str
    further: str
    parameters: dict[str, object]

    def holds(self, name: str, word: str) -> str:
        """Whether one of the texts or the number contains the word."""
        self.parameters[name] = pattern(word)
        held = (
            f"EXISTS (SELECT FROM jsonb_each_text({self.alias}.fields) f WHERE f.value ~ :{name})"
        )
        if not {'"', "\\"} & set(word):
            # The stored JSON text is matched first: taking it apart costs five times as much.
            held = f"({self.alias}.fields::text ~ :{name} AND {held})"
        found = [f"{self.alias}.name ~ :{name}", held]
        if self.further:
            found.append(f"{self.further} ~ :{name}")
        if number := self.has_number(f"{name}_number", word):
            found.append(number)
        return f"({' OR '.join(found)})"

    def has_number(self, name: str, typed: str) -> str:
        """Whether the number contains the digits; "" if the typed text is not part of a number."""
        if not (digits := _digits(typed)):
            return ""
        self.parameters[name] = [f"%{each}%" for each in digits]
        return f"({self.phone} LIKE ANY(:{name}) OR {self.alias}.phone_key LIKE ANY(:{name}))"


def of_contacts(search: str) -> TextClause | None:
    """The same for the rows of ``contacts`` in a statement; None without a text."""
    parameters: dict[str, Any] = {}
    condition = people(search, parameters, alias="contacts")
    return text(condition).bindparams(**parameters) if condition else None


def holds(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], search: str
) -> ColumnElement[bool]:
    """Whether a text contains every word searched for, ignoring accents and case."""
    found = words(clean_text(search, LONGEST))
    return and_(True, *(column.regexp_match(pattern(word)) for word in found))


def _digits(typed: str) -> list[str]:
    """The digits of a number or part of one, and those after dialled zeros; none for other words."""
    digits = re.sub(r"\D", "", typed.replace(_DIALLED_AT_HOME, ""), flags=re.ASCII)
    is_number = re.fullmatch(r"[\d\s().+/-]+", typed, re.ASCII) is not None
    if not is_number or len(digits) < _FEWEST_DIGITS:
        return []
    behind = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
    return [digits, behind] if digits != behind and len(behind) >= _FEWEST_DIGITS else [digits]
