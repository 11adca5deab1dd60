"""Pictures of other servers, shown from our own address: only those that a page of ours put there."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, Response

from api.deps import SessionDep, StateDep
from api.security import Principal, requires
from domain.permissions import Permission
from services import pictures
from web.picture_links import address_of, proof
from web.rendering import page_of

router = APIRouter(prefix="/pictures", include_in_schema=False)

Viewer = Annotated[Principal, requires(Permission.SIGNED_IN)]


@router.get("")
async def show(
    request: Request,
    _principal: Viewer,
    session: SessionDep,
    state: StateDep,
    of: Annotated[str, Query(max_length=4000)],
    by: Annotated[str, Query(max_length=40)],
) -> Response:
    """The picture, fetched once and kept for a while; 404 when there is none."""
    token = page_of(request).csrf_token
    if not token or not hmac.compare_digest(proof(token, of).encode(), by.encode()):
        return Response(status_code=404)
    url = address_of(of)
    known = await pictures.known(session, state.data_dir, url)
    await session.commit()  # the connection is free while the picture is fetched
    found = known or await pictures.fetch(state.sessions, state.data_dir, url)
    if found is None:
        return Response(status_code=404, headers={"Cache-Control": "private, max-age=300"})
    return FileResponse(
        found.path,
        media_type=found.mime_type,
        headers={
            "Cache-Control": "private, max-age=86400",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
