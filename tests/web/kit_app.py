"""A throwaway application that serves the UI kit page, with the product's content security policy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect
from typing_extensions import override

from api.errors import make, problem_response
from domain.sentences import Sentence
from web.build_assets import WEB
from web.page import DemoLinks, PageContext, PageUser
from web.rendering import (
    environment,
    page_of,
    redirect,
    render,
    render_error,
    render_fragment,
    template_variables,
    toast,
)

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self' ws: wss:; frame-ancestors 'none'"
)
PERMISSIONS = frozenset(
    {
        "signed_in", "dashboard:read", "conversations:read", "contacts:read", "campaigns:read",
        "templates:read", "channels:read",
    }
)  # fmt: skip
SIGNED_IN = PageContext(
    user=PageUser("1", "Mina Kovač", "mina@acme.example", "manager"),
    permissions=PERMISSIONS,
    csrf_token="token-1",
    demo=DemoLinks("http://127.0.0.1:9/phone", "http://127.0.0.1:9/temporal"),
    workspace="Acme",
)
TEMPLATE = {
    "header": {"format": "IMAGE", "url": ""},
    "body": "Hi {{first_name}}, our *spring offer* starts today: _20% off_ everything until Sunday.",
    "footer": "Reply STOP to opt out",
    "buttons": [{"type": "URL", "text": "Shop now"}, {"type": "QUICK_REPLY", "text": "Not for me"}],
}


def kit_context(now: datetime) -> dict[str, Any]:
    """What the kit page shows."""
    start = int(now.timestamp()) - 300
    values = [min(80, second * 4) if second < 240 else 20 for second in range(0, 300, 5)]
    return {
        "now": now,
        "opened": now + timedelta(hours=3, minutes=12),
        "template": TEMPLATE,
        "chart_data": {
            "x": list(range(start, start + 300, 5)),
            "series": [
                {"label": "Submitted", "values": values, "tone": "primary"},
                {"label": "Failed", "values": [v // 20 for v in values], "tone": "danger"},
            ],
            "markers": [{"x": start + 240, "label": "Mina: 20/s"}],
        },
    }


class Security(BaseHTTPMiddleware):
    """The page context and the policy header, as the real application sets them."""

    @override
    async def dispatch(
        self, request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if request.url.path != "/login":
            request.state.page = SIGNED_IN
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response


class KitServer:
    """Handlers with a memory: what was posted, how often a region was fetched, open sockets."""

    def __init__(self) -> None:
        self.posts: list[dict[str, str]] = []
        self.tokens: list[str | None] = []
        self.refreshes = 0
        self.uploads = 0
        self.refuse = False
        self.sockets: list[WebSocket] = []
        self.heard: list[dict[str, str]] = []

    async def kit(self, request: Request) -> Response:
        return render(request, "dev/kit.html", kit_context(datetime.now(UTC)))

    async def bell(self, _: Request) -> Response:
        """No alert is open."""
        return HTMLResponse("")

    async def login(self, request: Request) -> Response:
        error = request.query_params.get("error", "")
        return render(request, "auth/login.html", {"email": "", "next": "/", "error": error})

    async def counters(self, request: Request) -> Response:
        self.refreshes += 1
        attributes = 'data-live="campaign:1" hx-get="/kit/counters" hx-trigger="live"'
        return HTMLResponse(
            f'<section id="counters" class="stack" {attributes} hx-swap="outerMorph">'
            f"<p>Refreshed {self.refreshes}</p></section>"
        )

    async def _remember(self, request: Request) -> dict[str, str]:
        async with request.form() as form:
            self.posts.append({key: str(value) for key, value in form.items()})
        return self.posts[-1]

    async def undo(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("x-csrf-token"))
        return Response(status_code=204)

    async def note(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("x-csrf-token"))
        await self._remember(request)
        return toast(Response(status_code=204), "Contact deleted", undo="/kit/undo")

    async def message(self, request: Request) -> Response:
        form = await self._remember(request)
        if self.refuse:
            return render_error(
                request, 409, "Window closed", "The window closed.", "window_closed"
            )
        message = {
            "id": len(self.posts) + 100, "direction": "out", "text": form["text"],
            "at": datetime.now(UTC), "status": "sent", "author": "", "error": "",
            "client_id": form["client_id"],
        }  # fmt: skip
        source = "{{ ui.bubble(message) }}"
        return HTMLResponse(inline(request, source, {"message": message}))

    async def error(self, request: Request) -> Response:
        return render_error(request, 422, "Not possible", "Choose a smaller audience.", "audience")

    async def post(self, request: Request) -> Response:
        return redirect(request, "/kit", flash="Done & saved")

    async def draft(self, request: Request) -> Response:
        form = await self._remember(request)
        if form["name"] == "Taken":
            problem = make(
                422,
                Sentence("group_exists", name="Taken"),
                fields={"name": "Another one has this name."},
            )
            return problem_response(problem)
        if form["name"] == "Signed out":
            return redirect(request, "/login")
        return Response(status_code=204)

    async def file(self, _: Request) -> Response:
        return problem_response(make(404, Sentence("media_gone")))

    async def files(self, request: Request) -> Response:
        media = [
            {"kind": kind, "url": "/kit/file", "name": "", "caption": ""}
            for kind in ("image", "video")
        ]
        media.append({**media[0], "url": "/login"})  # which is none
        source = "{% extends 'layout/app.html' %}{% block content %}{% for file in media %}<div class=bubble>{{ ui.attachment(file) }}</div>{% endfor %}{% endblock %}"
        return HTMLResponse(inline(request, source, {"media": media}))

    async def upload(self, request: Request) -> Response:
        self.uploads += 1
        async with request.form() as form:
            upload: Any = form["file"]
            size = len(await upload.read())
            return HTMLResponse(f"<p>Received {upload.filename}: {size} bytes</p>")

    async def block(self, request: Request) -> Response:
        return render_fragment(
            request, "dev/kit.html", kit_context(datetime.now(UTC)), block="title"
        )

    async def live(self, socket: WebSocket) -> None:
        await socket.accept()
        self.sockets.append(socket)
        try:
            while True:
                self.heard.append(await socket.receive_json())
        except (WebSocketDisconnect, asyncio.CancelledError):
            self.sockets.remove(socket)

    async def emit(self, event: dict[str, str]) -> None:
        """Send one event to every open page."""
        for socket in self.sockets:
            await socket.send_json(event)

    def application(self) -> Starlette:
        """The Starlette application."""
        return Starlette(
            routes=[
                Route("/kit", self.kit),
                Route("/login", self.login),
                Route("/alerts/bell", self.bell),
                Route("/kit/counters", self.counters),
                Route("/kit/toast", self.note, methods=["POST"]),
                Route("/kit/undo", self.undo, methods=["POST"]),
                Route("/kit/message", self.message, methods=["POST"]),
                Route("/kit/error", self.error),
                Route("/kit/post", self.post, methods=["POST"]),
                Route("/kit/draft", self.draft, methods=["POST"]),
                Route("/kit/file", self.file),
                Route("/kit/files", self.files),
                Route("/kit/upload", self.upload, methods=["POST"]),
                Route("/kit/block", self.block),
                WebSocketRoute("/ws", self.live),
                Mount("/static", StaticFiles(directory=WEB / "static")),
            ],
            middleware=[Middleware(Security)],
        )


def inline(request: Request, source: str, context: dict[str, Any]) -> str:
    """Render a line of template as a page of this request would."""
    variables = template_variables(request, page_of(request))
    return environment().from_string(source).render({**variables, **context})
