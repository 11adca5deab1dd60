"""Meta's errors for values that are missing, of the wrong type, too long or unknown."""

from collections.abc import Collection
from typing import Any

from simulator.errors import GraphError
from simulator.readings import count_of, decimal_of, host_of, index_of, truth_of


def only(value: dict[str, Any], known: Collection[str], name: str) -> None:
    """Refuses keys unknown to Meta."""
    if isinstance(known, frozenset) and value.keys() <= known:  # nearly always, and fast
        return
    for key in value:
        if key not in known:
            raise GraphError(100, f'Unexpected key "{key[:64]}" on param "{name}".')


def an_object(value: Any, name: str, known: Collection[str] | None = None) -> dict[str, Any]:
    """An object with only known keys."""
    if value is None:
        raise GraphError(131008, f"Parameter '{name}' is missing.")
    if not isinstance(value, dict):
        raise GraphError(100, f"Parameter '{name}' must be an object.")
    if known is not None:
        only(value, known, name)
    return value


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    """A list of objects; nothing counts as an empty list."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise GraphError(100, f"'{name}' must be an array of objects.")
    return value


def a_text(value: Any, name: str, limit: int, *, required: bool = True) -> None:
    """A non-empty text within its limit."""
    if value is None and not required:
        return
    if value is None or value == "" or (required and isinstance(value, str) and value.isspace()):
        raise GraphError(131008, f"Parameter '{name}' is missing.")
    if not isinstance(value, str):
        raise GraphError(100, f"Parameter '{name}' must be a string.")
    if len(value) > limit:
        raise GraphError(100, f"Param {name} must be at most {limit} characters long.")


def a_word(value: Any, name: str) -> None:
    """A text of any length, a number in its place, or nothing."""
    if not isinstance(value, str) and type(value) is not int and value is not None:
        raise GraphError(100, f"Parameter '{name}' must be a string.")


def a_truth(value: Any, name: str) -> None:
    """True, false or nothing."""
    if value is not None and truth_of(value) is None:
        raise GraphError(100, f"Param {name} must be a boolean.")


def a_count(value: Any, name: str, code: int = 131009) -> None:
    """A whole number above 0, or nothing."""
    if value is not None and not count_of(value):
        raise GraphError(code, f"Parameter '{name}' must be a positive integer.")


def an_index(value: Any, name: str) -> int:
    """A required position counted from 0."""
    if value is None:
        raise GraphError(131008, f"Parameter '{name}' is missing.")
    index = index_of(value)
    if index is None:
        raise GraphError(131009, f"Parameter '{name}' must be a place counted from 0.")
    return index


def an_address(value: Any, name: str) -> None:
    """An http(s) address with a host."""
    if host_of(value) is None:
        raise GraphError(131009, f"Parameter '{name}' is not a valid URL.")


def unique(values: list[str], what: str) -> None:
    """Refuses duplicates."""
    if len(set(values)) != len(values):
        raise GraphError(131009, f"Duplicated {what}.")


def a_coordinate(value: Any, name: str, limit: int) -> None:
    """A latitude or longitude, as a number or text."""
    if value is None or value == "":
        raise GraphError(131008, f"Parameter '{name}' is missing.")
    degrees = decimal_of(value)
    if degrees is None or not abs(degrees) <= limit:
        raise GraphError(131009, f"Parameter '{name}' is not a coordinate.")


LOCATION_KEYS = frozenset({"latitude", "longitude", "name", "address"})


def a_location(value: Any, name: str) -> None:
    """A location with both coordinates."""
    location = an_object(value, name, LOCATION_KEYS)
    a_coordinate(location.get("latitude"), f"{name}[latitude]", 90)
    a_coordinate(location.get("longitude"), f"{name}[longitude]", 180)
    for key in ("name", "address"):
        a_text(location.get(key), f"{name}[{key}]", 1_024, required=False)
