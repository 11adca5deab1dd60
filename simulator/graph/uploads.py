"""Resumable upload: start a session, send the bytes, ask how many arrived."""

from starlette.responses import Response

from simulator.drafts import OF_EVERY_CALL
from simulator.errors import GraphError, unknown_object
from simulator.graph.call import Call, reply
from simulator.readings import count_of, text_of
from simulator.shapes import only
from simulator.uploads import LARGEST, Session

TYPES = frozenset(
    {"application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4", "video/3gpp"}
)
_OF_UPLOAD = {"file_name", "file_length", "file_type", "session_type"}


async def start(call: Call) -> Response:
    """`POST /{APP}/uploads` with the file's name, length and type."""
    fields = await call.fields()
    only(fields, OF_EVERY_CALL | _OF_UPLOAD, "uploads")
    length, kind = count_of(fields.get("file_length")), text_of(fields.get("file_type"))
    if not length or length > LARGEST:
        raise GraphError(100, message="(#100) Param file_length must be the file's bytes.")
    if kind not in TYPES:
        raise GraphError(100, message=f"(#100) Param file_type must be one of {sorted(TYPES)}.")
    session = call.world.uploads.start(length, kind, text_of(fields.get("file_name", "file")))
    return reply({"id": session.id})


def _session(call: Call) -> Session:
    query = call.request.url.query
    identifier = f"{call.node}?{query.partition('&')[0]}" if query else call.node
    session = call.world.uploads.find(identifier)
    if session is None:
        raise unknown_object(call.node, call.request.method)
    return session


async def append(call: Call) -> Response:
    """`POST /{UPLOAD}` with `file_offset` and raw bytes: the handle once all bytes have arrived."""
    session, headers = _session(call), call.request.headers
    if not headers.get("authorization", "").lower().startswith("oauth "):
        raise GraphError(100, message="(#100) The upload must be authorized with OAuth.")
    if count_of(headers.get("file_offset", "")) != len(session.data):
        raise GraphError(
            100, message=f"(#100) file_offset must be {len(session.data)}, where the upload stands."
        )
    data = await call.request.body()
    if len(session.data) + len(data) > session.length:
        raise GraphError(100, message="(#100) These are more bytes than file_length.")
    session.data += data
    if session.whole:
        return reply({"h": call.world.uploads.finish(session)})
    return reply({"id": session.id, "file_offset": len(session.data)})


async def tell(call: Call) -> Response:
    """`GET /{UPLOAD}`: its progress."""
    session = _session(call)
    return reply({"id": session.id, "file_offset": len(session.data)})
