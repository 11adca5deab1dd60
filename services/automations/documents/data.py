"""One class of data, such as a node's, from and to JSON."""

from typing import Any

from pydantic import TypeAdapter


class _Adapters(dict[type[object], TypeAdapter[Any]]):
    """Made when first needed: all of them take a tenth of a second."""

    def __missing__(self, kind: type[object]) -> TypeAdapter[Any]:
        self[kind] = made = TypeAdapter(kind)
        return made


ADAPTERS = _Adapters()


def read_data(kind: type[object], value: object) -> Any:
    """A stored value as this class; pydantic's ValidationError for anything else, or anything more."""
    return ADAPTERS[kind].validate_python(value, extra="forbid")


def write_data(value: object) -> dict[str, Any]:
    """The data of a node or trigger, or settings, as JSON."""
    found: dict[str, Any] = ADAPTERS[type(value)].dump_python(value, mode="json")
    return found
