"""/docs and /openapi.json: the interactive API reference, from our own files under the strict CSP."""

from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response

from api import csrf
from api.deps import StateDep
from api.errors import Unauthorized
from api.openapi import describe
from api.security import Principal, identify
from domain.permissions import Permission

router = APIRouter(include_in_schema=False)

HERE = Path(__file__).parent
ASSETS = {
    "swagger-ui-bundle.js": ("text/javascript", True),
    "swagger-ui.css": ("text/css", True),
    "docs.js": ("text/javascript", False),
    "docs.css": ("text/css", False),
}
"""File names, their types, and whether the package of Swagger UI ships them."""


class Reader:
    """Everybody may read a demo's reference; elsewhere only the team."""

    permission = Permission.SIGNED_IN

    async def __call__(self, request: Request, state: StateDep) -> Principal | None:
        """The reader; None for a stranger in a demo."""
        principal = await identify(request, state)
        if principal is None and not state.settings.is_demo:
            raise Unauthorized
        return principal


ReaderDep = Annotated[Principal | None, Depends(Reader())]


@router.get("/openapi.json")
async def openapi(request: Request, _reader: ReaderDep) -> dict[str, Any]:
    """The OpenAPI description."""
    # Building it takes a while the first time; other requests must not wait.
    return await run_in_threadpool(describe, request.app)


@router.get("/docs")
async def docs(reader: ReaderDep, state: StateDep) -> Response:
    """The reference; "Try it out" works with this browser's session or a token."""
    token = ""
    if reader is not None and reader.via == "session":
        token = csrf.token_for(state.session_secret, reader.session_hash)
    page = (HERE / "docs.html").read_text().replace("{{csrf_token}}", escape(token))
    return HTMLResponse(page)


@router.get("/docs/{name}")
async def asset(name: str, _reader: ReaderDep) -> Response:
    """One of the reference's scripts or styles."""
    if name not in ASSETS:
        raise HTTPException(404)
    media_type, shipped = ASSETS[name]
    folder = Path(str(files("fastapi_swagger"))) / "resources" if shipped else HERE
    headers = {"Cache-Control": "private, max-age=3600"}
    return FileResponse(folder / name, media_type=media_type, headers=headers)
