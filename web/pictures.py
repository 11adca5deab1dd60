"""External pictures served from our own address: only those that our pages link to."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, Response

from api.deps import StateDep
from api.security import Principal, requires
from domain.permissions import Permission
from services import pictures
from web.picture_links import address_of, proof
from web.rendering import page_of

router = APIRouter(prefix="/pictures", include_in_schema=False)

_SAFE = {"Content-Security-Policy": "default-src 'none'; sandbox"}
_FOR_A_WHILE = {"Cache-Control": "private, max-age=300"}
_NO_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 157">
<g fill="none" stroke="#8a8a8a" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">
<rect x="122" y="54" width="56" height="48" rx="5"/><circle cx="138" cy="70" r="5"/>
<path d="M124 96l17-16 12 10 11-12 13 13M114 46l72 66"/></g></svg>"""
"""A placeholder for a picture that cannot be loaded, instead of the browser's broken image."""

Viewer = Annotated[Principal, requires(Permission.SIGNED_IN)]


@router.get("")
async def show(
    request: Request,
    _principal: Viewer,
    state: StateDep,
    of: Annotated[str, Query(max_length=4000)],
    by: Annotated[str, Query(max_length=40)],
) -> Response:
    """The picture, fetched once and cached for a while, or a placeholder."""
    token = page_of(request).csrf_token
    if not token or not hmac.compare_digest(proof(token, of).encode(), by.encode()):
        return Response(status_code=404)
    found = await pictures.show(state.sessions, state.data_dir, address_of(of))
    if found is None:
        return Response(_NO_PICTURE, media_type="image/svg+xml", headers=_SAFE | _FOR_A_WHILE)
    return FileResponse(
        found.path,
        media_type=found.mime_type,
        headers=_SAFE | {"Cache-Control": "private, max-age=86400"},
    )
