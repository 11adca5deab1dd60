"""Store reactions with the message they belong to, whoever wrote it."""

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from domain import loose
from domain.live import Event, thread_of
from domain.webhooks import Outcome
from services.receiving.effects import Effect
from services.receiving.people import People
from store import live
from store.receiving import reactions
from store.receiving.reactions import NewReaction
from whatsapp.bodies import clean
from whatsapp.webhooks import Inbound

KIND = "reaction"
EMOJI_LIMIT = 40


async def keep(
    session: AsyncSession,
    inbound: Sequence[Inbound],
    channels: Mapping[str, UUID],
    people: People,
    effect: Effect,
) -> None:
    """Store each person's newest reaction to each message; nothing else follows."""
    found = [(item, _reaction(item, channels[item.phone_number_id], people)) for item in inbound]
    read = [(item, reaction) for item, reaction in found if reaction is not None]
    effect.note((item for item, reaction in found if reaction is None), Outcome.UNMATCHED)
    if not read:
        return
    new = await reactions.add(session, [reaction for _, reaction in read])
    effect.note((item for n, (item, _) in enumerate(read) if n not in new), Outcome.DUPLICATE)
    threads = {(one.channel_id, one.thread_id) for one in new.values() if one.thread_id is not None}
    await live.tick_all(session, [thread_of(*one) for one in sorted(threads)], Event.MESSAGE_STATUS)


def _reaction(item: Inbound, channel_id: UUID, people: People) -> NewReaction | None:
    part = loose.obj(item.payload.get(KIND))
    target = part.get("message_id")
    if not isinstance(target, str) or not target:
        return None
    contact_id = people.of(item.claim)
    author = channel_id if item.ours else contact_id or _stranger(item)
    return NewReaction(
        channel_id=channel_id,
        wamid=clean(target),
        author_id=author,
        contact_id=None if item.ours else contact_id,
        thread_id=contact_id,
        emoji=clean(str(part.get("emoji") or ""))[:EMOJI_LIMIT],
        at=item.at,
    )


def _stranger(item: Inbound) -> UUID:
    """An id for a group member who is not a contact, always the same for the same person."""
    return uuid5(NAMESPACE_OID, item.claim.key or next(iter(item.claim.users), item.wamid))
