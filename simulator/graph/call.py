"""One Graph API call as the handlers see it, and the response shape they share."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from simulator.bodies import Parts, fields_of, read_text
from simulator.engine import Engine
from simulator.errors import GraphError
from simulator.identifiers import trace_id
from simulator.readings import count_of
from simulator.world import World

LARGEST_PART = 101 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A routed request: `node` is the object id, `edge` what follows it."""

    engine: Engine
    request: Request
    version: str
    node: str
    edge: str

    @property
    def world(self) -> World:
        """The account's state."""
        return self.engine.world

    @property
    def query(self) -> dict[str, str]:
        """Query parameters."""
        return dict(self.request.query_params)

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self.world.clock.now()

    async def fields(self) -> dict[str, Any]:
        """Query, JSON and form parameters in one; Graph accepts each of them everywhere."""
        return await fields_in(self.request)


async def fields_in(request: Request) -> dict[str, Any]:
    """All parameters of a request except files, which a handler reads itself."""
    kind = request.headers.get("content-type", "")
    query = request.url.query.encode()
    if kind.startswith("multipart/form-data"):
        async with request.form(max_part_size=LARGEST_PART) as form:
            given = {name: value for name, value in form.items() if isinstance(value, str)}
        return fields_of(Parts(b"", b"", query)) | {
            name: read_text(value) for name, value in given.items()
        }
    return fields_of(Parts(await request.body(), kind.encode(), query))


def reply(data: Any, status: int = 200) -> Response:
    """A JSON response with the headers Graph sends."""
    body = data if isinstance(data, bytes) else orjson.dumps(data)
    return Response(
        body,
        status,
        {"facebook-api-version": "v23.0", "x-fb-trace-id": trace_id()},
        media_type="application/json; charset=UTF-8",
    )


SUCCESS = {"success": True}


def integer(value: str | None, default: int, highest: int) -> int:
    """A positive whole number from a query parameter."""
    if value is None or value == "":
        return default
    count = count_of(value)
    if not count:
        raise GraphError(100, message="(#100) Param limit must be a positive integer.")
    return min(count, highest)
