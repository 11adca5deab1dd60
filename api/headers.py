"""Security headers, request ids and one log line for every response (a plain ASGI middleware)."""

import time
from collections.abc import Sequence
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.cookies import is_secure
from settings import Settings

log = structlog.get_logger("access")

PERMISSIONS_POLICY = (
    "accelerometer=(), autoplay=(self), camera=(), display-capture=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)
QUIET = ("/static/", "/health", "/ready")


def content_security_policy() -> str:
    """Only our own files; no inline script or style, no frames, no plugins."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            # 'self' covers the WebSocket of our own origin in every current browser.
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Headers:
    """Adds the headers of every response, and logs it without personal data."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.fixed: Sequence[tuple[str, str]] = fixed_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add headers to its response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, began = uuid4().hex, time.perf_counter()
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500

        async def dress(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add(MutableHeaders(scope=message), scope, request_id)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, dress)
            finally:
                note(scope, status, time.perf_counter() - began)

    def _add(self, headers: MutableHeaders, scope: Scope, request_id: str) -> None:
        for name, value in self.fixed:
            headers.setdefault(name, value)
        headers["X-Request-Id"] = request_id
        if "location" in headers:
            headers["Location"] = own_path(headers["Location"])
        allowance = scope["state"].get("allowance")
        if allowance is not None:
            headers.update(allowance.headers())


def own_path(location: str) -> str:
    """A redirect without scheme and host, which a forged Host header could point anywhere."""
    scheme, separator, rest = location.partition("://")
    if separator and scheme in ("http", "https"):
        location = "/" + rest.partition("/")[2]
    return "/" + location.lstrip("/\\") if location.startswith("/") else location


def fixed_headers(settings: Settings) -> list[tuple[str, str]]:
    """The headers that every response has."""
    fixed = [
        ("Content-Security-Policy", content_security_policy()),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", PERMISSIONS_POLICY),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
    if is_secure(settings) and settings.public_url.startswith("https:"):
        fixed.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    return fixed


def note(scope: Scope, status: int, seconds: float) -> None:
    """One line per response: the route's pattern, never the query, which may contain a phone number."""
    if scope["path"].startswith(QUIET) and status < 400:
        return
    route = scope.get("route")
    log.info(
        "request",
        method=scope["method"],
        route=getattr(route, "path_format", None) or "unmatched",
        status=status,
        ms=round(seconds * 1000, 1),
    )
