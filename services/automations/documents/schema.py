"""The JSON schema of an automation's document, from the classes that read it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from domain.automations import nodes, triggers
from domain.automations.contents import Content
from domain.automations.graphs import (
    MOST_EDGES,
    MOST_NODES,
    MOST_TRIGGERS,
    SCHEMA,
    TITLE_LIMIT,
    Settings,
)
from services.automations.documents.data import ADAPTERS
from services.automations.documents.reading import ID_LIMIT

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT = {"type": "string"}
_ID = {"type": "string", "minLength": 1, "maxLength": ID_LIMIT}
_REF = "#/$defs/{model}"

Json = dict[str, Any]


def schema() -> Json:
    """What a document of the current version looks like; ``$id`` carries the version."""
    kinds = {**nodes.TYPES, **triggers.TYPES}
    names = {kind: kind.__name__ for kind in kinds.values()}
    refs, shared = TypeAdapter.json_schemas(
        [
            *((name, "validation", ADAPTERS[kind]) for kind, name in names.items()),
            ("Settings", "validation", ADAPTERS[Settings]),
            ("Content", "validation", TypeAdapter(Content)),
        ],
        ref_template=_REF,
    )
    defs: Json = {name: _closed(one) for name, one in shared["$defs"].items()}
    defs["Content"] = refs["Content", "validation"]
    return {
        "$schema": DIALECT,
        "$id": f"whatsway:automation:{SCHEMA}",
        "title": "Automation",
        **_object(
            {
                "schema": {"const": SCHEMA},
                "triggers": _list(_any(triggers.TYPES), MOST_TRIGGERS),
                "nodes": _list(_any(nodes.TYPES), MOST_NODES),
                "edges": _list({"$ref": _REF.format(model="Edge")}, MOST_EDGES),
                "settings": {"$ref": _REF.format(model="Settings")},
            },
        ),
        "$defs": defs
        | {"Edge": _object({"source": _ID, "branch": _TEXT, "target": _ID})}
        | {f"{kind.__name__}Node": _placed(name, kind.__name__) for name, kind in kinds.items()},
    }


def _placed(type_name: str, data: str) -> Json:
    place = {"x": {"type": "number"}, "y": {"type": "number"}}
    title = {**_TEXT, "maxLength": TITLE_LIMIT}
    ref = {"$ref": _REF.format(model=data)}
    properties = {"id": _ID, "type": {"const": type_name}, "title": title, **place, "data": ref}
    return _object(properties, required=("id", "type"))


def _object(properties: Json, required: Iterable[str] = ()) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required or properties),
        "additionalProperties": False,
    }


def _closed(one: Json) -> Json:
    """A class takes no other keys than its own."""
    return {**one, "additionalProperties": False} if one.get("type") == "object" else one


def _list(items: Json, most: int) -> Json:
    return {"type": "array", "items": items, "maxItems": most}


def _any(kinds: Mapping[str, type[object]]) -> Json:
    return {
        "oneOf": [{"$ref": _REF.format(model=f"{kind.__name__}Node")} for kind in kinds.values()]
    }
