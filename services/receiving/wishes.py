"""STOP and its like: opted out in the transaction that keeps the message, confirmed once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.confirmations import confirmation
from domain.consent import Action, Keeper, Source
from domain.ids import new_id
from domain.messages import Origin
from domain.stop_words import Wish, wish
from services.languages import spoken
from store import channels as numbers
from store import consents, contacts, conversations, live, messages, refusals
from store.consents import Fact
from store.messages import NewMessage
from store.receiving import inbound as rows
from store.receiving.inbound import KeptMessage
from whatsapp.webhooks import Inbound

CONFIRMS = "stopped:"
"""Client ids of confirmations start with this, then comes the id of the message that stopped."""

_CAPTIONED = frozenset({"image", "video", "document"})


async def obey(
    session: AsyncSession, inbound: Sequence[Inbound], channels: Mapping[str, UUID]
) -> list[UUID]:
    """Stop or allow marketing as people wrote; ids of the confirmations to send after the commit."""
    asked = {
        item.wamid: (item, found)
        for item in inbound
        if item.phone_number_id in channels and (found := asks(item)) is not None
    }
    found_rows = await rows.kept(session, sorted(asked)) if asked else {}
    # Only a message of the very number it came for: a secret speaks for its own channels.
    kept = {
        wamid: message
        for wamid, message in found_rows.items()
        if message.channel_id == channels[asked[wamid][0].phone_number_id]
    }
    if not kept:
        return []
    people = sorted({message.contact_id for message in kept.values()})
    await consents.lock(session, people)
    before = await consents.stops(session, people)
    facts = [_fact(message, *asked[wamid]) for wamid, message in kept.items()]
    told = await consents.tell(session, facts)
    after = await consents.stops(session, people)
    standing = {one for one in people if Keeper.PERSON in before.get(one, {})}
    stopped: dict[UUID, tuple[KeptMessage, Wish]] = {}
    for message in sorted(kept.values(), key=lambda message: message.created_at):
        found = asked[message.wamid][1]
        if message.id not in told.messages:
            continue
        if found.action is Action.AGREE:
            standing.discard(message.contact_id)
        elif message.contact_id not in standing:
            standing.add(message.contact_id)
            stopped[message.contact_id] = message, found
    ended = [stopped[one] for one in stopped if Keeper.PERSON in after.get(one, {})]
    confirmed = [await _confirm(session, *pair) for pair in ended]
    return [message_id for message_id in confirmed if message_id is not None]


def asks(item: Inbound) -> Wish | None:
    """What a message asks: one that was written or tapped by a person, outside a group."""
    if item.payload.get("group_id"):
        return None
    found = next(filter(None, map(wish, _texts(item))), None)
    # A picture may show what is to end; nobody allows anything with one.
    return None if found and item.kind in _CAPTIONED and found.action is Action.AGREE else found


def _texts(item: Inbound) -> list[str]:
    part = item.payload.get(item.kind)
    part = part if isinstance(part, Mapping) else {}
    match item.kind:
        case "text":
            return [item.body]
        case "button":
            return [item.body, _string(part, "payload")]
        case "interactive":
            reply = part.get(_string(part, "type"))
            return [item.body, _string(reply, "id") if isinstance(reply, Mapping) else ""]
        case kind if kind in _CAPTIONED:
            return [_string(part, "caption")]
        case _:
            return []


def _string(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _fact(message: KeptMessage, item: Inbound, found: Wish) -> Fact:
    source = Source.BUTTON if item.kind in {"button", "interactive"} else Source.KEYWORD
    return Fact(
        message.contact_id, found.action, source, message.created_at,
        message_id=message.id, words=item.body,
    )  # fmt: skip


async def _confirm(session: AsyncSession, stop: KeptMessage, found: Wish) -> UUID | None:
    """Queue the confirmation; None where it may not be sent, or was."""
    contact = await contacts.get(session, stop.contact_id)
    channel = await numbers.get(session, stop.channel_id)
    refusal = await refusals.refusal(
        session, stop.channel_id, stop.contact_id, free_form=True, marketing=False
    )
    if contact is None or channel is None or channel.blocked_reason or refusal is not None:
        return None
    body = confirmation(found, spoken(contact.language, contact.phone))
    message = NewMessage(
        new_id(), stop.channel_id, stop.contact_id, Origin.AUTOMATION, "text", body,
        {"type": "text", "text": {"body": body}}, f"{CONFIRMS}{stop.id}", None, None,
    )  # fmt: skip
    if not await messages.add(session, message):
        return None
    thread = await conversations.touch(
        session,
        stop.channel_id,
        stop.contact_id,
        preview=body,
        status="open",
        assignee_id=None,
        message_id=message.id,
    )
    await live.notify(
        session, f"conversation:{thread}", "new_message",
        conversation_id=str(thread), message_id=str(message.id),
    )  # fmt: skip
    return message.id
