"""The phone page's files: pictures people attach, message media and the sample picture."""

import asyncio
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from simulator.admin.answers import json_answer
from simulator.engine import engine_of
from simulator.errors import GraphError

STATIC = Path(__file__).parent.parent / "static"


async def upload(request: Request) -> Response:
    """`POST /_sim/media`, multipart field `file`."""
    world = engine_of(request).world
    async with request.form(max_part_size=101 * 1024 * 1024) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "Choose a file first.")
        try:
            media = world.media.put(
                await file.read(),
                file.content_type or "",
                file.filename or "file",
                0,
                world.clock.now(),
            )
        except GraphError as error:
            raise HTTPException(422, error.details or "This file cannot be sent.") from None
    world.journal.write("m", world.media.records()[-1])
    return json_answer({"id": media.id, "kind": media.kind, "mime_type": media.mime_type})


async def get_media(request: Request) -> Response:
    """`GET /_sim/media/{id}` without a token, for the phone page."""
    world = engine_of(request).world
    media = world.media.get(request.path_params["media"], world.clock.now())
    if media is None:
        raise HTTPException(404, "This file is gone.")
    data = await asyncio.to_thread(world.media.read, media.id)
    headers = {"cache-control": "private, max-age=3600", "x-content-type-options": "nosniff"}
    return Response(data, headers=headers, media_type=media.mime_type)


async def sample(_: Request) -> Response:
    """`GET /_sim/sample/spring.png`: the header picture of the sample templates."""
    return FileResponse(STATIC / "spring.png", headers={"cache-control": "max-age=86400"})
