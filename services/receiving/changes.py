"""Store edits and revocations with the message they changed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import customer_messages, loose
from domain.live import Event, thread_of
from domain.messages import MessageChange
from domain.webhooks import Outcome
from services.receiving.effects import Effect
from services.receiving.people import People
from store import live
from store.receiving import changes
from store.receiving.changes import NewChange
from whatsapp.bodies import clean
from whatsapp.webhooks import Inbound

KINDS = frozenset(kind.value for kind in MessageChange)


async def keep(
    session: AsyncSession,
    inbound: Sequence[Inbound],
    channels: Mapping[str, UUID],
    people: People,
    effect: Effect,
) -> None:
    """Store each message's newest edit or revocation; nothing else follows."""
    found = [(item, _change(item, channels[item.phone_number_id], people)) for item in inbound]
    read = [(item, change) for item, change in found if change is not None]
    effect.note((item for item, change in found if change is None), Outcome.UNMATCHED)
    if not read:
        return
    new = await changes.add(session, [change for _, change in read])
    effect.note((item for n, (item, _) in enumerate(read) if n not in new), Outcome.DUPLICATE)
    threads = {
        (one.channel_id, one.contact_id) for one in new.values() if one.contact_id is not None
    }
    await live.tick_all(session, [thread_of(*one) for one in sorted(threads)], Event.MESSAGE_STATUS)


def _change(item: Inbound, channel_id: UUID, people: People) -> NewChange | None:
    part = loose.obj(item.payload.get(item.kind))
    wamid = clean(loose.text_of(part.get("original_message_id")))
    if not wamid:
        return None
    message = loose.obj(part.get("message"))
    body = customer_messages.summary(loose.text_of(message.get("type")), message)
    return NewChange(channel_id, wamid, item.kind, people.of(item.claim), clean(body), item.at)
