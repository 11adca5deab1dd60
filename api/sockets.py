"""One open page: who it is, how to reach it, and whether it may stay connected."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog
from fastapi import WebSocket
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.live import Client, Event
from api.security import Principal, identify
from api.state import AppState
from api.wording import say
from domain.sentences import Sentence

log = structlog.get_logger(__name__)

SIGNED_OUT = 4401
RETRY_S = 1.0
AWAY = (DBAPIError, PoolTimeout, OSError)


@dataclass(slots=True)
class Socket:
    """One open page: who it is and how to reach it."""

    websocket: WebSocket
    principal: Principal
    state: AppState
    client: Client

    def send(self, event: Event) -> None:
        """Queue an event for this page only."""
        self.client.push(event)


async def looked_again(page: Socket) -> bool:
    """Check, waiting for an unavailable database; until then nothing is sent to a doubted page."""
    while True:
        try:
            return await still_good(page)
        except AWAY as error:
            log.warning("socket_not_looked_at", error=type(error).__name__)
            page.client.doubt()
            await asyncio.sleep(RETRY_S)


async def still_good(page: Socket) -> bool:
    """Whether the session is still valid with the same rights; otherwise closes the socket."""
    page.client.doubted.clear()
    principal = await identify(page.websocket, page.state, touch=False)
    if principal is not None and principal.permissions == page.principal.permissions:
        if not page.client.doubted.is_set():
            page.client.trust()
        return True
    with suppress(RuntimeError):  # it has just closed by itself
        await page.websocket.close(SIGNED_OUT, say(Sentence("socket_signed_out")))
    return False
