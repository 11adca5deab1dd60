"""What an entry of the journal means for automations, besides messages: what happened, and to whom."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.matching import Happening
from domain.automations.triggers import (
    FieldTrigger,
    GroupTrigger,
    LabelTrigger,
    OptInTrigger,
    TriggerData,
    WindowTrigger,
)
from domain.ids import parse_id
from domain.journal import automations, conversations, people
from domain.journal.facts import Entry
from store.automations import arrivals, audience

PLAIN = ("name", "phone", "language", "timezone")
"""Built-in fields, as ``ContactUpdated`` names them."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to contacts; on a number, if it happened in a conversation."""

    what: Happening
    contact_ids: tuple[UUID, ...]
    channel_id: UUID | None = None


Triggers = type[TriggerData]

TRIGGERS: Mapping[str, tuple[Triggers, ...]] = {
    automations.LabelAdded.kind: (LabelTrigger,),
    people.ContactCreated.kind: (GroupTrigger,),
    people.ContactUpdated.kind: (FieldTrigger, GroupTrigger, OptInTrigger),
    people.ContactsGrouped.kind: (GroupTrigger,),
    people.GroupFilled.kind: (GroupTrigger,),
    people.OptedIn.kind: (OptInTrigger,),
    people.MarketingAllowed.kind: (OptInTrigger,),
    people.ContactsOptedIn.kind: (OptInTrigger,),
    conversations.WindowExpired.kind: (WindowTrigger,),
}
"""The triggers that a kind of fact may concern."""

STOPPED = frozenset(
    {people.OptedOut.kind, people.MarketingStopped.kind, people.ContactsOptedOut.kind}
)
"""Marketing was stopped."""


async def of(session: AsyncSession, entry: Entry) -> list[Happened]:
    """What an entry of ``TRIGGERS`` means."""
    if entry.kind in _IN_CONVERSATIONS:
        return await _in_conversation(session, entry)
    if entry.kind in _OF_MANY:
        return await _of_many(session, entry)
    before: Mapping[str, Any] = {}
    if entry.kind == people.ContactUpdated.kind:
        before = await audience.before(session, entry.id)
    told = tuple(_told(entry, before))
    return [Happened(what, (entry.ids["contact_id"],)) for what in told]


async def stopped(session: AsyncSession, entry: Entry) -> list[UUID]:
    """The contacts to whom marketing was stopped with an entry."""
    if entry.kind == people.ContactsOptedOut.kind:
        return await audience.of_entry(session, entry.id)
    if entry.kind == people.ImportEnded.kind:
        return await audience.stopped_by_file(session, UUID(entry.entity_id))
    if entry.kind in STOPPED or entry.data.get("opted_out") is True:
        return [entry.ids["contact_id"]]
    return []


def _told(entry: Entry, before: Mapping[str, Any]) -> Iterator[Happening]:
    after = entry.data
    if entry.kind in {people.OptedIn.kind, people.MarketingAllowed.kind}:
        yield Happening(what="opted_in")
        return
    if after.get("opted_out") is False:
        yield Happening(what="opted_in")
    for group_id in sorted(set(after.get("groups") or ()) - set(before.get("groups") or ())):
        yield Happening(what="group_added", name=str(group_id))
    if entry.kind == people.ContactUpdated.kind:
        yield from _fields(before, after)


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Happening]:
    for name in PLAIN:
        if name in after:
            yield Happening(what="field_changed", name=name, value=_text(after[name]))
    if not isinstance(new := after.get("fields"), dict):
        return
    old = before.get("fields") or {}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Happening(what="field_changed", name=name, value=_text(new.get(name)))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


async def _in_conversation(session: AsyncSession, entry: Entry) -> list[Happened]:
    thread = await arrivals.thread(session, entry.ids["conversation_id"])
    if thread is None:
        return []
    what = _IN_CONVERSATIONS[entry.kind](entry, str(thread.channel_id))
    return [Happened(what, (thread.contact_id,), thread.channel_id)]


_IN_CONVERSATIONS: Mapping[str, Callable[[Entry, str], Happening]] = {
    automations.LabelAdded.kind: lambda entry, channel: Happening(
        what="label_added", channel=channel, name=str(entry.data["label_id"])
    ),
    conversations.WindowExpired.kind: lambda _, channel: Happening(what="window", channel=channel),
}


async def _of_many(session: AsyncSession, entry: Entry) -> list[Happened]:
    listed = await audience.of_entry(session, entry.id)
    return [Happened(_OF_MANY[entry.kind](entry), tuple(listed))]


_OF_MANY: Mapping[str, Callable[[Entry], Happening]] = {
    people.ContactsGrouped.kind: lambda entry: Happening(
        what="group_added", name=str(parse_id(str(entry.data["group_id"])))
    ),
    people.GroupFilled.kind: lambda entry: Happening(what="group_added", name=entry.entity_id),
    people.ContactsOptedIn.kind: lambda _: Happening(what="opted_in"),
}
