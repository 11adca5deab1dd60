"""A number in its cell's number format, for common formats."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache

EXACT_DIGITS = 15
"""The digits a float can hold; a workbook shows no more."""

_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_PLACES = ("0", "#", "?")
_ALWAYS, _POINT, _COMMA, _PERCENT = "0", ".", ",", "%"


def number(value: float, number_format: str) -> str:
    """A formatted number; in full if this module does not know the format."""
    exact = _exact(value)
    if exact is None:
        return _general(value)
    try:
        return _formatted(exact, value, number_format)
    except (ArithmeticError, ValueError):
        return _general(value)


def _exact(value: float) -> Decimal | None:
    found = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.{EXACT_DIGITS}g}")
    return found if found.is_finite() and found.adjusted() < 60 else None


def _general(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    text = f"{value:.{EXACT_DIGITS}g}"
    if "e" not in text:
        return text
    plain = Decimal(text)
    if -10 < plain.adjusted() < 0:
        return f"{plain:f}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}"


def _formatted(exact: Decimal, value: float, number_format: str) -> str:
    section, signed = _section(exact, number_format)
    if section.strip().lower() in {"general", "@", ""}:
        return _general(value)
    pattern = _pattern(section)
    if pattern is None:
        return _general(value)
    text = pattern.show(abs(exact))
    return f"-{text}" if exact < 0 and signed and text.strip("0., ") else text


@lru_cache(512)
def _split(number_format: str) -> tuple[str, ...]:
    parts, current, quoted, escaped = [], "", False, False
    for char in number_format:
        if char == ";" and not quoted and not escaped:
            parts.append(current)
            current = ""
            continue
        quoted ^= char == '"' and not escaped
        escaped = char == "\\" and not escaped
        current += char
    return (*parts, current)


def _section(value: Decimal, number_format: str) -> tuple[str, bool]:
    """The section of a format for a value, and whether a minus sign is still needed."""
    parts = _split(number_format)
    conditions = [_CONDITION.search("".join(re.findall(r"\[([^\]]*)\]", part))) for part in parts]
    if any(conditions):
        for part, condition in zip(parts, conditions, strict=True):
            if condition is None or _holds(value, condition[1], Decimal(condition[2])):
                return part, True
        return parts[-1], True
    if value < 0 and len(parts) > 1:
        return parts[1], False
    if value == 0 and len(parts) > 2:
        return parts[2], False
    return parts[0], True


def _holds(value: Decimal, sign: str, bound: Decimal) -> bool:
    less, equal = value < bound, value == bound
    return {
        "<": less, "<=": less or equal, "=": equal, "<>": not equal,
        ">": not less and not equal, ">=": not less,
    }[sign]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A section of a format: literals around digits before and after the point."""

    whole: tuple[str, ...]
    fraction: tuple[str, ...]
    grouped: bool
    scale: int
    exponent: bool

    def show(self, value: Decimal) -> str:
        decimals = sum(mark in _PLACES for mark in self.fraction)
        with localcontext() as context:
            context.prec = 80
            if self.exponent:
                mantissa, _, power = f"{value:.{decimals}E}".partition("E")
                sign = "-" if power.startswith("-") else "+"
                return f"{mantissa}E{sign}{power.lstrip('+-').zfill(2)}"
            scaled = value.scaleb(self.scale)
            rounded = scaled.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        whole, _, fraction = f"{rounded:f}".partition(".")
        return self._whole(whole) + self._fraction(fraction)

    def _whole(self, digits: str) -> str:
        places = [i for i, mark in enumerate(self.whole) if mark in _PLACES]
        least = sum(self.whole[i] == "0" for i in places)
        digits = digits.lstrip("0").rjust(least, "0")
        if self.grouped:
            digits = f"{int(digits):,}".rjust(least, "0") if digits else ""
        out, rest = [], digits
        for index in range(len(self.whole) - 1, -1, -1):
            mark = self.whole[index]
            if mark not in _PLACES:
                out.append(mark[1:])
            elif index == places[0] or self.grouped:
                out.append(rest)
                rest = ""
            elif rest:
                rest, last = rest[:-1], rest[-1]
                out.append(last)
        return "".join(reversed(out))

    def _fraction(self, digits: str) -> str:
        out, kept, rest = "", "", digits
        for mark in self.fraction:
            if mark not in _PLACES:
                out += mark[1:]
                continue
            digit, rest = rest[:1], rest[1:]
            kept += digit
            if mark == _ALWAYS or rest.strip("0") or digit != "0":
                out += kept
                kept = ""
        has_places = any(mark in _PLACES for mark in self.fraction)
        return f".{out}" if has_places and out[:1].isdigit() else out


class _Parser:
    """Parses a section of a format token by token."""

    def __init__(self) -> None:
        self.whole: list[str] = []
        self.fraction: list[str] = []
        self.target = self.whole
        self.scale = 0
        self.commas = 0
        self.grouped = False
        self.exponent = False

    def take(self, kind: str, mark: str) -> bool:
        """Take one token; False if it does not belong to a number."""
        if kind == "literal":
            self.target.append(f"={mark}")
        elif kind == "exponent":
            self.exponent = True
        elif mark in _PLACES:
            self._place(mark)
        elif mark == _POINT:
            self.target = self.fraction
        elif mark == _COMMA:
            self.commas += any(place in _PLACES for place in self.target)
        elif mark == _PERCENT:
            self.scale += 2
            self.target.append("=%")
        else:
            return False
        return True

    def _place(self, mark: str) -> None:
        if self.target is self.whole:
            self.grouped |= self.commas > 0
            self.commas = 0
        self.target.append(mark)


@lru_cache(512)
def _pattern(section: str) -> _Pattern | None:
    """The parsed section; None for a fraction or a date, which are shown in full."""
    parser = _Parser()
    if not all(parser.take(kind, mark) for kind, mark in _tokens(section)):
        return None
    whole, fraction = tuple(parser.whole), tuple(parser.fraction)
    if not any(mark in _PLACES for mark in whole + fraction):
        return None if parser.exponent else _Pattern(whole, (), False, 0, False)
    scale = parser.scale - 3 * parser.commas
    return _Pattern(whole, fraction, parser.grouped, scale, parser.exponent)


def _tokens(section: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    index = 0
    while index < len(section):
        char = section[index]
        if char == '"':
            end = section.find('"', index + 1)
            end = len(section) if end < 0 else end
            found.append(("literal", section[index + 1 : end]))
        elif char == "[":
            end = section.find("]", index)
            end = len(section) if end < 0 else end
            found += _bracket(section[index + 1 : end])
        elif char in "\\_*":
            end = index + 1
            found.append(
                ("literal", section[end : end + 1] if char == "\\" else " " * (char == "_"))
            )
        elif section[index : index + 2].upper() in {"E+", "E-"}:
            end = index + 1
            while section[end + 1 : end + 2] == "0":
                end += 1
            found.append(("exponent", ""))
        else:
            end = index
            known = char in "0#?.,%/@ymdhsYMDHS"
            found.append(("place" if known else "literal", char))
        index = end + 1
    return _trimmed(found)


def _bracket(inside: str) -> list[tuple[str, str]]:
    if inside.startswith("$"):
        return [("literal", inside[1:].split("-", 1)[0])]
    return []  # a colour, or a condition that has already been decided


def _trimmed(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the spaces that only align with a bracket or sign."""
    while tokens and tokens[-1] == ("literal", " "):
        tokens.pop()
    while tokens and tokens[0] == ("literal", " "):
        tokens.pop(0)
    return [mark for mark in tokens if mark != ("literal", "")]
