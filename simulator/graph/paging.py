"""Pages of an edge: the requested part, its cursors, and the addresses of its neighbours."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from simulator.graph.call import Call, integer

_SECRET_KEYS = ("access_token", "appsecret_proof")
_USUAL, _MOST = 25, 1_000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A slice of an edge, the cursors at its ends, and whether there is more on either side."""

    items: Sequence[Item]
    first: str
    last: str
    limit: int
    has_previous: bool
    has_next: bool
    total: int


def asked_page(
    items: Sequence[Item], identifiers: Sequence[str], query: dict[str, str]
) -> Page[Item]:
    """The page requested by `limit`, `after` and `before`; a cursor is the id of an item."""
    limit = integer(query.get("limit"), _USUAL, _MOST)
    places = {identifier: place for place, identifier in enumerate(identifiers)}
    start, end = 0, limit
    if after := query.get("after"):
        start = places.get(_decoded(after), len(items)) + 1
        end = start + limit
    elif before := query.get("before"):
        end = places.get(_decoded(before), 0)
        start = max(0, end - limit)
    found = items[start:end]
    cursors = [_encoded(identifier) for identifier in identifiers[start:end]] or [""]
    return Page(found, cursors[0], cursors[-1], limit, start > 0, end < len(items), len(items))


def paging(call: Call, edge: str, query: dict[str, str], page: Page[Any]) -> dict[str, Any]:
    """The `paging` of an answer, or of an edge nested in its node; none for an empty page."""
    if not page.items:
        return {}
    found: dict[str, Any] = {"cursors": {"before": page.first, "after": page.last}}
    kept = {
        key: value for key, value in query.items() if key not in ("after", "before", *_SECRET_KEYS)
    }
    path = f"/{call.version}/{call.node}/{edge}"
    base = str(call.request.url.replace(query="", path=path))
    if page.has_next:
        found["next"] = (
            f"{base}?{urlencode({**kept, 'limit': str(page.limit), 'after': page.last})}"
        )
    if page.has_previous:
        before = {**kept, "limit": str(page.limit), "before": page.first}
        found["previous"] = f"{base}?{urlencode(before)}"
    return {"paging": found}


def _encoded(identifier: str) -> str:
    """The opaque text of a cursor."""
    return urlsafe_b64encode(f"t:{identifier}".encode()).decode().rstrip("=")


def _decoded(cursor: str) -> str:
    """The id in a cursor; an unreadable one points past the end."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return urlsafe_b64decode(padded).decode().removeprefix("t:")
    except ValueError:
        return ""
