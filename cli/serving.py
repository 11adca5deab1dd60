"""How the API's server handles connections that never complete a request."""

import asyncio
import contextlib
import os
import tempfile
from asyncio.events import TimerHandle
from pathlib import Path
from typing import Any

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEADERS_S = 15.0
"""The deadline for a request's headers, from the connection or the first byte."""

HEADERS_BYTES = 64 * 1024
WEBSOCKET_BYTES = 64 * 1024
GRACEFUL_SECONDS = 5
BODY_BESIDE = 256 * 1024
"""How much of the body may arrive with the chunk that ends the headers."""


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also closes connections with unfinished headers."""

    headers_s = HEADERS_S
    _deadline: TimerHandle | None = None
    _waited_for = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base
        """Start waiting for the first request."""
        super().connection_made(transport)
        self._expect_headers()

    @override
    def data_received(self, data: bytes) -> None:
        """Feed the parser; the first bytes of a further request start its deadline."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if (cycle is None or cycle.response_complete) and self._deadline is None:
            self._expect_headers()
        if self._deadline is not None:
            self._waited_for += len(data)
            if self._waited_for > HEADERS_BYTES + BODY_BESIDE:
                self._give_up()
                return
        super().data_received(data)

    @override
    def on_headers_complete(self) -> None:
        """The headers are complete: the rest has its own deadlines."""
        self._stop_waiting()
        super().on_headers_complete()

    @override
    def on_response_complete(self) -> None:
        """After a request, whatever its result, the next one starts over."""
        self._stop_waiting()
        super().on_response_complete()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: the client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._waited_for = 0
        self._deadline = self.loop.call_later(self.headers_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.close()


def keep_on_disk(data_dir: Path) -> None:
    """Keep uploads and downloads in progress in the data folder.

    If /tmp is in memory, as in a container, twelve uploads would use up the program's memory. The files are unnamed, so
    a crash leaves none.
    """
    folder = data_dir.resolve() / "tmp"
    with contextlib.suppress(OSError):  # not writable: use the default, and doctor reports it
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            tempfile.tempdir = str(folder)


def options(**changes: Any) -> dict[str, Any]:
    """uvicorn's options for the API."""
    return {
        "loop": "uvloop",
        "http": PunctualProtocol,
        "ws_max_size": WEBSOCKET_BYTES,
        "timeout_graceful_shutdown": GRACEFUL_SECONDS,
        "server_header": False,
        "access_log": False,
        "log_config": None,
        "proxy_headers": True,
        **changes,
    }
