"""Media: multipart upload, metadata with a five-minute address, download and delete."""

import asyncio

from starlette.datastructures import UploadFile
from starlette.responses import Response

from simulator.drafts import OF_EVERY_CALL
from simulator.errors import GraphError, unknown_object
from simulator.graph.call import LARGEST_PART, SUCCESS, Call, reply
from simulator.graph.numbers import number_of
from simulator.graph.selection import selected
from simulator.media import Media
from simulator.shapes import only

DOWNLOAD_PATH = "whatsapp_business/attachments"
_OF_UPLOAD = {"messaging_product", "file", "type"}


async def upload(call: Call) -> Response:
    """`POST /{PHONE}/media`."""
    number = number_of(call)
    if not call.request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise GraphError(100, message="(#100) The upload must be multipart/form-data.")
    async with call.request.form(max_part_size=LARGEST_PART) as form:
        only({**call.query, **form}, OF_EVERY_CALL | _OF_UPLOAD, "media")
        if form.get("messaging_product") != "whatsapp":
            raise GraphError(100, message="(#100) The parameter messaging_product is required.")
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise GraphError(100, message="(#100) The parameter file is required.")
        declared = form.get("type")
        kind = declared if isinstance(declared, str) and declared else file.content_type or ""
        data = await file.read()
        media = call.world.media.put(data, kind, file.filename or "file", number.index, call.now)
    call.world.journal.write("m", call.world.media.records()[-1])
    return reply({"id": media.id})


def _media_of(call: Call) -> Media:
    media = call.world.media.get(call.node, call.now)
    if media is None:
        raise unknown_object(call.node, call.request.method)
    number = call.query.get("phone_number_id")
    if number is not None and number != call.world.numbers[media.number].id:
        raise GraphError(
            100,
            message="(#100) Param phone_number_id is not a valid whatsapp business phone number id",
        )
    return media


async def get_media(call: Call) -> Response:
    """`GET /{MEDIA}`."""
    media = _media_of(call)
    base = call.world.config.public_url.rstrip("/")
    key = call.world.media.link(media.id, call.now)
    node = {
        "messaging_product": "whatsapp",
        "url": f"{base}/{DOWNLOAD_PATH}/?mid={key}",
        "mime_type": media.mime_type,
        "sha256": media.hex_sha256,
        "file_size": str(media.size),
        "id": media.id,
    }
    return reply(selected(node, call.query.get("fields"), tuple(node), "WhatsAppBusinessMedia"))


async def download(call: Call) -> Response:
    """The address `get_media` gave out; gone after five minutes."""
    world = call.world
    identifier = world.media.linked(call.query.get("mid", ""), call.now)
    media = world.media.get(identifier, call.now) if identifier else None
    if media is None:
        return Response("URL expired", 404)
    data = await asyncio.to_thread(world.media.read, media.id)
    return Response(data, media_type=media.mime_type)


async def delete_media(call: Call) -> Response:
    """`DELETE /{MEDIA}`."""
    media = _media_of(call)
    only(await call.fields(), OF_EVERY_CALL | {"phone_number_id"}, "media")
    call.world.media.delete(media.id)
    call.world.journal.write("d", media.id)
    return reply(SUCCESS)
