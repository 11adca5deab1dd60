"""Opaque page cursors: the sort key of the last row, in a form that survives a URL."""

import base64
import binascii
import json
from uuid import UUID

from domain.errors import Invalid
from domain.ids import parse_id
from domain.loose import parsed


def encode(key: tuple[str, ...]) -> str:
    """The cursor that continues after this key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode(cursor: str, length: int) -> tuple[str, ...] | None:
    """The key in a cursor, None for an empty one; raises Invalid when it is not one of ours."""
    if not cursor:
        return None
    try:
        found = parsed(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        found = None
    if isinstance(found, list) and len(found) == length and all(isinstance(x, str) for x in found):
        return tuple(found)
    raise wrong()


def position(cursor: str) -> UUID | None:
    """The id in a cursor of one, None for an empty one; raises Invalid when it is not one of ours."""
    found = decode(cursor, 1)
    if found is None:
        return None
    known = parse_id(found[0])
    if known is None:
        raise wrong()
    return known


def wrong() -> Invalid:
    """The error for a cursor that is not one of ours."""
    return Invalid("cursor_invalid", field="cursor")
