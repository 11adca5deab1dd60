"""Keep what customers wrote: contacts, threads, messages and windows, in a few statements a batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import phone
from domain.ids import new_id
from domain.window import OPENING_TYPES
from services.messages import keeping
from store import live
from store.receiving import inbound as rows
from store.receiving.inbound import NewContact, NewMessage
from whatsapp.bodies import written
from whatsapp.webhooks import Inbound


@dataclass(frozen=True, slots=True)
class OpenedWindow:
    """A 24-hour window that opened and needs its workflow."""

    conversation_id: UUID
    opened_at: datetime
    expires_at: datetime


async def keep(
    session: AsyncSession, inbound: Sequence[Inbound], channels: dict[str, UUID]
) -> list[OpenedWindow]:
    """Keep the messages of our own channels; windows that opened with them."""
    ours = [item for item in inbound if item.phone_number_id in channels and _sender(item)]
    if not ours:
        return []
    by_key, by_bsuid = await rows.ensure_contacts(session, _people(ours))
    messages = []
    for item in ours:
        contact_id = by_key.get(_key(item) or "") or by_bsuid[item.bsuid or ""]
        messages.append(_message(item, channels[item.phone_number_id], contact_id))
    await rows.ensure_conversations(
        session,
        [new_id() for _ in messages],
        [message.channel_id for message in messages],
        [message.contact_id for message in messages],
    )
    changed = await rows.add_messages(session, messages, sorted(OPENING_TYPES))
    if changed:
        await _count_replies(session, messages)
        await keeping.expect(session, _files(messages, ours))
    for thread in changed:
        room = f"conversation:{thread.id}"
        await live.notify(session, room, "new_message", conversation_id=str(thread.id))
    if changed:
        await live.notify(session, "inbox", "conversation_update")
    return [
        OpenedWindow(thread.id, thread.window_opened_at, thread.window_expires_at)
        for thread in changed
        if thread.opened and thread.window_opened_at and thread.window_expires_at
    ]


def _files(
    messages: Sequence[NewMessage], ours: Sequence[Inbound]
) -> Iterator[tuple[UUID, str, Mapping[str, Any]]]:
    for message, item in zip(messages, ours, strict=True):
        yield message.id, message.kind, item.payload


async def _count_replies(session: AsyncSession, messages: Sequence[NewMessage]) -> None:
    for campaign_id in await rows.count_replies(session, messages):
        await live.notify(session, f"campaign:{campaign_id}", "campaign_progress")


def _sender(item: Inbound) -> str | None:
    return item.wa_id or item.bsuid


def _key(item: Inbound) -> str | None:
    return phone.key(phone.from_wa_id(item.wa_id)) if item.wa_id else None


def _people(inbound: Sequence[Inbound]) -> list[NewContact]:
    return [
        NewContact(
            new_id(), phone.from_wa_id(item.wa_id) if item.wa_id else None, _key(item), item.bsuid,
            item.profile_name,
        )
        for item in inbound
    ]  # fmt: skip


def _message(item: Inbound, channel_id: UUID, contact_id: UUID) -> NewMessage:
    payload = written(item.payload).decode()
    return NewMessage(
        new_id(), channel_id, contact_id, item.kind, item.body, payload, item.wamid, item.reply_to,
        item.at,
    )  # fmt: skip
