"""Every text and condition in what the author of a node or trigger filled in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from domain.automations.conditions import Condition
from domain.automations.nodes import Data
from domain.automations.triggers import Trigger

_RECORDED = "recorded"
"""What another system said once; it is never filled."""


def leaves(data: Data | Trigger) -> Iterator[tuple[str, str | Condition]]:
    """Each with its path, such as ``messages.0.text``; the parts of a condition after the condition."""
    yield from _leaves(data, "")


def _leaves(value: object, path: str) -> Iterator[tuple[str, str | Condition]]:
    if isinstance(value, str | Condition):
        yield path, value
    if not isinstance(value, str):
        for name, one in _inside(value):
            yield from _leaves(one, f"{path}.{name}" if path else name)


def _inside(value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, Mapping):
        return value.items()
    if isinstance(value, tuple):
        return ((str(place), one) for place, one in enumerate(value))
    if is_dataclass(value):
        names = (field.name for field in fields(value) if field.name != _RECORDED)
        return ((name, getattr(value, name)) for name in names)
    return ()
