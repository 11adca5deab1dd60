"""Server-sent events for phone pages: a tick whenever something they show has changed."""

import asyncio
from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from simulator.engine import engine_of
from simulator.world import World

_PAUSE = 0.25
_SILENCE = 15.0


async def _ticks(world: World, closing: asyncio.Event) -> AsyncIterator[bytes]:
    seen, quiet = -1, 0.0
    while not closing.is_set():
        if world.watch.version != seen:
            seen, quiet = world.watch.version, 0.0
            yield b"data: " + orjson.dumps({"version": seen}) + b"\n\n"
        elif quiet >= _SILENCE:
            quiet = 0.0
            yield b": still here\n\n"
        await asyncio.sleep(_PAUSE)
        quiet += _PAUSE


async def events(request: Request) -> Response:
    """`GET /_sim/events`: at most four ticks a second, each with the newest version."""
    engine = engine_of(request)
    return StreamingResponse(
        _ticks(engine.world, engine.closing),
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        media_type="text/event-stream",
    )
