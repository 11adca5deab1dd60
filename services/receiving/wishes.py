"""STOP, START and the like: obeyed in the transaction that stores the message, confirmed once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import customer_messages
from domain.actors import SYSTEM
from domain.confirmations import DEFAULT, confirmation
from domain.consent import Action, Keeper, Source
from domain.ids import new_id
from domain.journal.conversations import MessageQueued
from domain.messages import Origin
from domain.wishes import Wish, wish, wish_if_marketing, wish_of_payload
from services import journal
from services.contacts import consent
from services.languages import spoken
from store import channels as numbers
from store import consents, contacts, conversations, messages, refusals
from store.consents import ConsentFact
from store.messages import NewMessage
from store.receiving import inbound as stored_inbound
from store.receiving.inbound import KeptMessage
from whatsapp.webhooks import Inbound

CONFIRMS = {Action.STOP: "stopped:", Action.AGREE: "allowed:"}
"""The prefix of a confirmation's client id, followed by the id of the confirmed message."""

Asked = Mapping[tuple[UUID, str], tuple[Inbound, Wish]]
"""Messages and what they ask, by our number's id and WhatsApp's."""

_CAPTIONED = frozenset({"image", "video", "document"})


async def obey(
    session: AsyncSession, inbound: Sequence[Inbound], channels: Mapping[str, UUID]
) -> None:
    """Stop or allow marketing as people asked, and confirm it."""
    # Only a message on the number it came for: a secret vouches only for its own channels.
    asked = {
        (channels[item.phone_number_id], item.wamid): (item, found)
        for item in inbound
        if item.phone_number_id in channels
        and (found := asks(item) or asks_of_marketing(item)) is not None
    }
    kept = (
        await _meant(session, await stored_inbound.kept(session, sorted(asked)), asked)
        if asked
        else []
    )
    if not kept:
        return
    people = sorted({message.contact_id for message in kept})
    await consents.lock(session, people)
    before = await consents.stops(session, people)
    facts = [_fact(message, *asked[message.channel_id, message.wamid]) for message in kept]
    told = await consent.hear(session, facts)
    after = await consents.stops(session, people)
    for message, wanted in _heard(kept, asked, told.messages, before):
        if _holds(wanted.action, after.get(message.contact_id, {})):
            await _confirm(session, message, wanted)


async def _meant(
    session: AsyncSession, kept: Sequence[KeptMessage], asked: Asked
) -> list[KeptMessage]:
    """The messages that are requests, in any case or because they answer marketing."""
    unsure = {
        message.id for message in kept if asks(asked[message.channel_id, message.wamid][0]) is None
    }
    if unsure:
        unsure -= await stored_inbound.after_marketing(session, sorted(unsure))
    return [message for message in kept if message.id not in unsure]


def _heard(
    kept: Sequence[KeptMessage],
    asked: Asked,
    new: Collection[UUID],
    before: Mapping[UUID, Mapping[str, datetime]],
) -> list[tuple[KeptMessage, Wish]]:
    """Each person's last new message that changed their own choice, compared with before."""
    stopped = {one for one, stops in before.items() if Keeper.PERSON in stops}
    last: dict[UUID, tuple[KeptMessage, Wish]] = {}
    for message in sorted(kept, key=lambda message: message.created_at):
        found = asked[message.channel_id, message.wamid][1]
        stops = found.action is Action.STOP
        if message.id not in new or stops is (message.contact_id in stopped):
            continue
        stopped ^= {message.contact_id}
        last[message.contact_id] = message, found
    return list(last.values())


def _holds(action: Action, stops: Mapping[str, datetime]) -> bool:
    """Whether a request is now in effect: nobody is told marketing resumes while any stop remains."""
    return Keeper.PERSON in stops if action is Action.STOP else not stops


def asks(item: Inbound) -> Wish | None:
    """What a message asks, if written or tapped by a person, outside a group."""
    if item.group_id is not None:
        return None
    found = next(filter(None, map(wish, _texts(item))), None) or wish_of_payload(_payload(item))
    # A picture's caption may stop marketing, but never allow it.
    return None if found and item.kind in _CAPTIONED and found.action is Action.AGREE else found


def asks_of_marketing(item: Inbound) -> Wish | None:
    """What a message asks if it answers marketing."""
    written = item.group_id is None and item.kind in {"text", "button", "interactive"}
    return wish_if_marketing(item.body) if written else None


def _texts(item: Inbound) -> list[str]:
    part = item.payload.get(item.kind)
    part = part if isinstance(part, Mapping) else {}
    match item.kind:
        case "text" | "button" | "interactive":
            return [item.body]
        case kind if kind in _CAPTIONED:
            return [_string(part, "caption")]
        case _:
            return []


def _payload(item: Inbound) -> str:
    """The payload of a tapped button."""
    part = item.payload.get(item.kind)
    if not isinstance(part, Mapping):
        return ""
    if item.kind == "button":
        return _string(part, "payload")
    return _string(customer_messages.reply(part)[1], "id") if item.kind == "interactive" else ""


def _string(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _fact(message: KeptMessage, item: Inbound, found: Wish) -> ConsentFact:
    source = Source.BUTTON if item.kind in {"button", "interactive"} else Source.KEYWORD
    return ConsentFact(
        message.contact_id, found.action, source, message.created_at,
        message_id=message.id, words=item.body,
    )  # fmt: skip


async def _stopped_in(session: AsyncSession, contact_id: UUID) -> list[str]:
    """The languages of the word somebody last stopped with, in which they were told how to restart."""
    told = await consents.history(session, contact_id)
    words = (item.words for item in told if item.action == Action.STOP and item.message_id)
    found = wish(next(words, ""))
    return list(found.languages) if found and DEFAULT not in found.languages else []


async def _confirm(session: AsyncSession, heard: KeptMessage, found: Wish) -> None:
    """Queue the confirmation, unless it must not be sent or already was."""
    contact = await contacts.get(session, heard.contact_id)
    channel = await numbers.get(session, heard.channel_id)
    refusal = await refusals.message(session, heard.channel_id, heard.contact_id, free_form=True)
    if contact is None or channel is None or refusal is not None:
        return
    own = spoken(contact.language, contact.phone)
    if found.action is Action.AGREE:
        own = [*await _stopped_in(session, contact.id), *own]
    body = confirmation(found, own)
    message = NewMessage(
        new_id(), heard.channel_id, heard.contact_id, Origin.AUTOMATION, "text", body,
        {"type": "text", "text": {"body": body}}, f"{CONFIRMS[found.action]}{heard.id}", None, None,
    )  # fmt: skip
    if not await messages.add(session, message):
        return
    thread = await conversations.touch(
        session,
        heard.channel_id,
        heard.contact_id,
        preview=body,
        status="open",
        assignee_id=None,
        message_id=message.id,
    )
    queued = MessageQueued(
        conversation_id=thread, contact_id=heard.contact_id, message_id=message.id
    )
    await journal.note(session, SYSTEM, queued)
