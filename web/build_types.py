"""Writes the builder's TypeScript types from the JSON schema of its documents: `python -m web.build_types`."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from domain.automations import nodes, triggers
from domain.automations.contents import KINDS, Limits
from domain.automations.graphs import MOST_BYTES, MOST_EDGES, MOST_NODES, MOST_TRIGGERS, TITLE_LIMIT
from domain.automations.known import BUILT_IN, SETTABLE
from domain.outgoing_files import KINDS as FILES
from services.automations import documents

TARGET = Path(__file__).parent / "frontend" / "src" / "builder" / "graph.ts"

_HEAD = "// Written by web/build_types.py from the document's JSON schema. Do not edit.\n"
_SIMPLE = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}
_RENAMED = {"Text": "TextContent", "List": "ListContent"}
"""Names that would hide something of the browser's."""

Json = Mapping[str, Any]


def types() -> str:
    """The whole file."""
    schema = documents.schema()
    lines = [_HEAD]
    for name, one in sorted(schema["$defs"].items()):
        lines.extend(_declared(name, one))
    lines.extend(_unions())
    lines.extend(_declared("AutomationDocument", schema))
    lines.extend(_constants(schema))
    return "\n".join(lines)


def _declared(name: str, one: Json) -> Iterator[str]:
    if "properties" not in one and one.get("type") == "object":
        yield f"export type {_called(name)} = Record<string, never>;\n"
    elif "properties" in one:
        yield f"export interface {_called(name)} {{"
        for key, value in one["properties"].items():
            yield f"  {key}: {_type(value)};"
        yield "}\n"
    else:
        yield f"export type {_called(name)} = {_type(one)};\n"


def _type(one: Json) -> str:
    if "$ref" in one:
        return _called(one["$ref"].rpartition("/")[2])
    if "const" in one:
        return json.dumps(one["const"])
    if "enum" in one:
        return " | ".join(json.dumps(value) for value in one["enum"])
    for union in ("anyOf", "oneOf"):
        if union in one:
            return " | ".join(_type(member) for member in one[union])
    if one["type"] == "array":
        inner = _type(one["items"])
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if one["type"] == "object":
        return f"Record<string, {_type(one['additionalProperties'])}>"
    return _SIMPLE[one["type"]]


def _called(name: str) -> str:
    return _RENAMED.get(name, name)


def _unions() -> Iterator[str]:
    for union, kinds in (("AnyNode", nodes.TYPES), ("AnyTrigger", triggers.TYPES)):
        yield f"export type {union} = {' | '.join(f'{kind.__name__}Node' for kind in kinds.values())};\n"


def _constants(schema: Json) -> Iterator[str]:
    version = schema["properties"]["schema"]["const"]
    yield f"export const SCHEMA = {version};\n"
    limits = {name: value for name, value in vars(Limits).items() if name.isupper()}
    most = {
        "NODES": MOST_NODES,
        "EDGES": MOST_EDGES,
        "TRIGGERS": MOST_TRIGGERS,
        "BYTES": MOST_BYTES,
    }
    yield _constant("LIMITS", limits)
    yield _constant("MOST", {**most, "TITLE": TITLE_LIMIT})
    files = {
        name: {"limit": kind.limit, "endings": [ending for all_ in kind.types.values() for ending in all_]}
        for name, kind in FILES.items()
    }  # fmt: skip
    yield _constant("FILES", files)
    yield _constant("BUILT_IN", BUILT_IN)
    yield _constant("SETTABLE", SETTABLE)
    for name, kinds in (("NODE", nodes.TYPES), ("TRIGGER", triggers.TYPES)):
        empty = {key: documents.write_data(kind()) for key, kind in kinds.items()}
        held = " ".join(f"{key}: {kind.__name__};" for key, kind in kinds.items())
        yield f"/** What a new one holds, by type. */\nexport const {name}_DEFAULTS: {{ {held} }} = {_json(empty)};\n"
    contents = {key: {**documents.write_data(kind()), "kind": key} for key, kind in KINDS.items()}
    yield f'/** What a new one holds, by kind. */\nexport const CONTENT_DEFAULTS: Record<Content["kind"], Content> = {_json(contents)};\n'


def _constant(name: str, value: object) -> str:
    return f"export const {name} = {_json(value)} as const;\n"


def _json(value: object) -> str:
    return json.dumps(value, indent=2)


def main() -> int:
    """The command line: writes the file if it differs."""
    wanted = types()
    if not TARGET.exists() or TARGET.read_text("utf-8") != wanted:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(wanted, "utf-8")
        sys.stdout.write("Types written.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
