"""People who open pages of the application in a browser, and what happens in the meantime."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from playwright.async_api import Browser, Page

from api.cookies import SESSION
from api.state import AppState
from domain.actors import SYSTEM
from domain.journal.conversations import MessageReceived
from services import journal
from store import conversations
from store.tables.messages import ConversationRow
from tests import threads
from tests.threads import Thread

ZONE = "America/Los_Angeles"


@asynccontextmanager
async def opened(
    browser: Browser, client: httpx.AsyncClient, url: str, width: int = 1440
) -> AsyncIterator[Page]:
    """A page of somebody signed in, in their own time zone."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, timezone_id=ZONE, locale="en-US"
    )
    cookie: Any = {"name": SESSION, "value": client.cookies[SESSION]}
    cookie |= {"domain": "127.0.0.1", "path": "/"}
    await context.add_cookies([cookie])
    page = await context.new_page()
    await page.goto(url)
    yield page
    await context.close()


async def written(state: AppState, thread: Thread, body: str, **columns: Any) -> None:
    """A customer's message, told to open pages as the drain does."""
    async with state.sessions.begin() as session:
        message = await threads.message(session, thread, body=body, **columns)
        await conversations.change(
            session, thread.id, unread=ConversationRow.unread + 1, preview=body, last_message_id=message,
            last_message_at=datetime.now(UTC),
        )  # fmt: skip
        arrived = MessageReceived(
            conversation_id=thread.id, contact_id=thread.contact_id, message_id=message
        )
        await journal.note(session, SYSTEM, arrived)
