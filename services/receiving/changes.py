"""Store edits and revocations with the message they changed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import customer_messages, loose
from domain.live import Event, thread_of
from domain.messages import MessageChange
from services.receiving.people import People
from store import live
from store.receiving import changes
from store.receiving.changes import NewChange
from whatsapp.bodies import clean
from whatsapp.webhooks import Inbound

KINDS = frozenset(kind.value for kind in MessageChange)


async def keep(
    session: AsyncSession, inbound: Sequence[Inbound], channels: Mapping[str, UUID], people: People
) -> None:
    """Store each message's newest edit or revocation; nothing else follows."""
    found = [_change(item, channels[item.phone_number_id], people) for item in inbound]
    known = [change for change in found if change is not None]
    if not known:
        return
    threads = [thread_of(*one) for one in await changes.add(session, known)]
    await live.tick_all(session, threads, Event.MESSAGE_STATUS)


def _change(item: Inbound, channel_id: UUID, people: People) -> NewChange | None:
    part = loose.obj(item.payload.get(item.kind))
    wamid = clean(loose.text_of(part.get("original_message_id")))
    if not wamid:
        return None
    message = loose.obj(part.get("message"))
    body = customer_messages.summary(loose.text_of(message.get("type")), message)
    return NewChange(channel_id, wamid, item.kind, people.of(item.claim), clean(body), item.at)
