"""Conversations that tests of the inbox start from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.ids import new_id
from services.vault import Vault
from store.tables.contacts import ContactRow
from store.tables.messages import ConversationRow, MessageRow
from tests import factories

AGENT = Actor("user")
OPEN = timedelta(hours=20)
_numbers = count()


@dataclass(frozen=True, slots=True)
class Thread:
    """The ids of a conversation and its two ends."""

    id: UUID
    channel_id: UUID
    contact_id: UUID

    @property
    def ends(self) -> dict[str, UUID]:
        """Channel and contact, as services take them."""
        return {"channel_id": self.channel_id, "contact_id": self.contact_id}


async def thread(
    session: AsyncSession,
    channel_id: UUID,
    name: str = "Ana Ruiz",
    *,
    window: timedelta | None = OPEN,
    **columns: Any,
) -> Thread:
    """A conversation with a new contact; ``window`` is how long it stays open, None for never was."""
    digits = f"3460022{next(_numbers):04}"
    contact = ContactRow(id=new_id(), phone=f"+{digits}", phone_key=digits, name=name)
    session.add(contact)
    await session.flush()
    now = datetime.now(UTC)
    row = ConversationRow(
        id=new_id(),
        channel_id=channel_id,
        contact_id=contact.id,
        window_opened_at=now if window else None,
        window_expires_at=now + window if window else None,
        **columns,
    )
    session.add(row)
    await session.flush()
    return Thread(row.id, channel_id, contact.id)


async def only_thread(session: AsyncSession, vault: Vault, **columns: Any) -> Thread:
    """The only conversation of the only number."""
    return await thread(session, await factories.channel(session, vault), **columns)


async def message(session: AsyncSession, on: Thread, **columns: Any) -> UUID:
    """A message in the thread, by default a text from the customer."""
    values: dict[str, Any] = {
        "direction": "in",
        "origin": "customer",
        "kind": "text",
        "state": "received",
        "body": "Hello",
        "wamid": f"wamid.{new_id().hex}",
    }
    row = MessageRow(id=new_id(), **on.ends, **(values | columns))
    session.add(row)
    await session.flush()
    return row.id


async def sent(session: AsyncSession, on: Thread, state: str, **columns: Any) -> UUID:
    """A text of ours in a state."""
    body = str(columns.pop("body", "Our answer"))
    payload = {"type": "text", "text": {"body": body, "preview_url": True}}
    values = {"direction": "out", "origin": "inbox", "state": state, "body": body}
    return await message(session, on, payload=payload, **(values | columns))


async def settle(session: AsyncSession, client_id: str, state: str) -> None:
    """WhatsApp told how far a message is."""
    statement = text("UPDATE messages SET state = :state WHERE client_id = :client_id")
    await session.execute(statement, {"state": state, "client_id": client_id})


async def block(session: AsyncSession, contact_id: UUID, column: str) -> None:
    """Set ``blocked_at`` or ``marketing_opt_out_at`` of a contact."""
    statement = text(f"UPDATE contacts SET {column} = clock_timestamp() WHERE id = :id")
    await session.execute(statement, {"id": contact_id})


class Statements:
    """Counts what a session, or a whole engine, sends to the database while it is open."""

    def __init__(self, session: AsyncSession | Engine) -> None:
        bind = session if isinstance(session, Engine) else session.get_bind()
        self._engine = bind.engine
        self.count = 0

    def __enter__(self) -> "Statements":
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, *_: object) -> None:
        self.count += 1


READY = [
    {
        "type": "BODY",
        "text": "Hi {{1}}, your order is ready.",
        "example": {"body_text": [["Mara"]]},
    }
]


async def template(
    session: AsyncSession, name: str = "order_ready", category: str = "UTILITY"
) -> UUID:
    """An approved template with one variable, on the number's account."""
    return await factories.template(session, name=name, category=category, components=READY)
