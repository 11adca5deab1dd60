"""One Graph API call as the handlers see it, and the response shape they share."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from simulator.engine import Engine
from simulator.errors import GraphError
from simulator.identifiers import trace_id
from simulator.world import World


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
        fields: dict[str, Any] = self.query
        kind = self.request.headers.get("content-type", "")
        if kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
            async with self.request.form() as form:
                return fields | {
                    name: value for name, value in form.items() if not isinstance(value, UploadFile)
                }
        raw = await self.request.body()
        if not raw:
            return fields
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise GraphError(100, message="(#100) The request body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise GraphError(100, message="(#100) The request body must be a JSON object.")
        return fields | body


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


def selected(node: dict[str, Any], fields: str | None, default: tuple[str, ...]) -> dict[str, Any]:
    """Only the fields asked for, the id always among them."""
    names = [name.partition(".")[0].strip() for name in fields.split(",")] if fields else default
    chosen = {name: node[name] for name in names if name in node}
    chosen.setdefault("id", node["id"])
    return chosen


def integer(value: str | None, default: int, highest: int) -> int:
    """A positive whole number from a query parameter."""
    if value is None or value == "":
        return default
    if not value.isdecimal() or int(value) < 1:
        raise GraphError(100, message="(#100) Param limit must be a positive integer.")
    return min(int(value), highest)
