"""The whole application: the API with the pages for people and their static files."""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from typing_extensions import override

from api.app import check_permissions, include
from api.app import create_app as create_api
from api.state import AppState
from settings import Settings
from web import ignored
from web.pages import PAGES, prepare
from web.routers import ROUTERS
from web.wording import speech_in

STATIC = Path(__file__).parent / "static"
DIST = "dist/"


class Assets(StaticFiles):
    """Static files; built ones have a hash in their name and never change."""

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long a browser may keep it."""
        response = await super().get_response(path, scope)
        forever = path.startswith(DIST) and response.status_code in (200, 304)
        keep = "public, max-age=31536000, immutable" if forever else "public, max-age=300"
        response.headers["Cache-Control"] = keep
        return response


def attach(app: FastAPI, state: AppState) -> None:
    """Attach the state to the application, and let pages know their viewer."""
    state.on_signed_in.append(prepare)
    state.speech_in = speech_in
    app.state.whatsway = state


def create_app(settings: Settings) -> FastAPI:
    """The whole application."""
    app = create_api(settings, pages=PAGES)
    attach(app, app.state.whatsway)
    app.add_middleware(ignored.LeaveOut, routes=app.routes)
    for router in ROUTERS:
        include(app, router)
    app.mount("/static", Assets(directory=STATIC, check_dir=False), name="static")
    check_permissions(app)
    return app
