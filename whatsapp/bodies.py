"""Reads JSON written by strangers: whatever is readable, as text that PostgreSQL can store."""

import json
import math
import re
from typing import Any

import orjson

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
DEEPEST = 200
"""How many levels are read; deeper ones become "…". No documented object has more than a dozen."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def clean(text: str) -> str:
    """Text that PostgreSQL can store: it refuses NUL and lone surrogates."""
    return _UNSTORABLE.sub(REPLACEMENT, text)


def read(body: bytes) -> Any:
    """The value of a JSON text, with clean strings; raises ValueError if it is not JSON in any reading.

    Invalid UTF-8, half emojis, control characters, NaN, numbers with a thousand digits and any depth are read with
    replacements: what a customer wrote next to them must not be lost.
    """
    try:
        value = orjson.loads(body)
        # C speed for everything; it refuses what is nested too deep to store.
        orjson.dumps(value)
    except (orjson.JSONDecodeError, TypeError):
        return clean_value(_read_patiently(body))
    return clean_value(value) if b"\\u0000" in body else value


def written(value: Any) -> bytes:
    """Any value as JSON, never raising."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(clean_value(value))


def clean_value(value: Any, depth: int = 0) -> Any:
    """The same value with clean text, whole numbers of at most 64 bits and a bounded depth."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth >= DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {clean(str(key)): clean_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_value(item, depth + 1) for item in value]
    return clean(str(value))


def _read_patiently(body: bytes) -> Any:
    text = body.decode(json.detect_encoding(body), "replace").removeprefix("\ufeff")
    return json.loads(
        _flattened(text), strict=False, parse_int=_whole, parse_float=_real, parse_constant=str
    )


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 19 else digits


def _real(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _flattened(text: str) -> str:
    """The text with anything nested too deep replaced, so that no reader runs out of stack."""
    parts: list[str] = []
    depth = kept = 0
    for token in _TOKENS.finditer(text):
        match token.group():
            case "[" | "{":
                depth += 1
                if depth == DEEPEST:
                    parts.append(text[kept : token.start()] + '"…"')
            case "]" | "}":
                if depth == DEEPEST:
                    kept = token.end()
                depth -= 1
            case _:
                pass
    return "".join(parts) + text[kept:] if depth < DEEPEST else text[:DEEPEST]
