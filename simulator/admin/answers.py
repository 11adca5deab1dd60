"""Small helpers of the development surface: JSON in, JSON out, one error shape."""

from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from simulator.kinds import Wrong
from simulator.readings import count_of, json_of


def json_answer(data: Any, status: int = 200) -> Response:
    """A JSON response that no cache keeps."""
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(data), status, headers, media_type="application/json")


async def on_error(_: Request, error: Exception) -> Response:
    """Refusals as `{"error": sentence}`."""
    assert isinstance(error, HTTPException)
    return json_answer({"error": error.detail}, error.status_code)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in a request body."""
    raw = await request.body()
    try:
        data = json_of(raw) if raw else {}
    except ValueError:
        raise HTTPException(400, "The request body is not valid JSON.") from None
    if not isinstance(data, dict):
        raise HTTPException(400, "The request body must be a JSON object.")
    return data


def integer(request: Request, name: str, default: int, highest: int) -> int:
    """A non-negative whole number from the query."""
    value = request.query_params.get(name, "")
    if not value:
        return default
    count = count_of(value)
    if count is None:
        raise HTTPException(400, f"{name} must be a whole number.")
    return min(count, highest)


def digits_in(request: Request) -> str:
    """The customer number in the path, digits only."""
    try:
        return digits_of(request.path_params["phone"])
    except Wrong as wrong:
        raise HTTPException(404, str(wrong)) from None


def digits_of(text: str) -> str:
    """The digits of a number, however it is written."""
    digits = "".join(character for character in text if character.isascii() and character.isdigit())
    if not 7 <= len(digits) <= 15:
        raise Wrong("That is not a phone number with its country code.")
    return digits
