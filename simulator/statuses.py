"""Webhook bodies for statuses, written as text because this is the hottest code after the sends."""

from itertools import groupby
from typing import Any, NamedTuple

import orjson

from simulator.errors import webhook_error
from simulator.identifiers import conversation_id
from simulator.ledger import (
    AUTHENTICATION,
    CATEGORY_NAMES,
    FREE,
    MARKETING,
    PHONE_HIDDEN,
    REACTION,
    SERVICE,
    TO_USER_ID,
)
from simulator.people import Profile
from simulator.wheel import DELIVERED, EVENT_BITS, FAILED, KIND_MASK, SENT
from simulator.world import Number, World

STATUS_NAMES = ("accepted", "sent", "delivered", "read", "played", "failed")


class Update(NamedTuple):
    """A change that is not a status, ready to send; `ack` is journaled when it arrives.

    `row` is a customer message's row in the call log, `entry` whose update it is: the account's if empty.
    """

    ack: int
    change: str
    time: int
    entry: str = ""
    row: int | None = None


class Batch(NamedTuple):
    """The content of one POST: `(timestamp, event)` statuses and other changes."""

    events: list[tuple[int, int]]
    updates: list[Update]


def dumps(value: Any) -> str:
    """JSON text."""
    return orjson.dumps(value).decode()


def _contact(profile: Profile, digits: str, flags: int, *, username: bool) -> str:
    wa_id = "" if flags & PHONE_HIDDEN else f',"wa_id":"{digits}"'
    handle = f',"username":"{profile.username}"' if username and profile.username else ""
    return f'{{"profile":{{"name":{dumps(profile.name)}{handle}}}{wa_id},"user_id":"{profile.user_id}"}}'


def _pricing(row: int, world: World) -> str:
    category = world.ledger.categories[row]
    flags = world.ledger.flags[row]
    if flags & REACTION:
        return ""
    free = category == SERVICE and flags & FREE
    kind, billable = ("free_customer_service", "false") if free else ("regular", "true")
    return (
        f',"pricing":{{"billable":{billable},"pricing_model":"PMP","type":"{kind}",'
        f'"category":"{CATEGORY_NAMES[category]}"}}'
    )


def _conversation(world: World, row: int, kind: int, timestamp: int) -> str:
    if world.knobs.webhook_version >= "v24":
        return ""
    category = world.ledger.categories[row]
    if category > AUTHENTICATION:
        category = MARKETING
    expires = f',"expiration_timestamp":"{timestamp + 86_400}"' if kind == SENT else ""
    return (
        f',"conversation":{{"id":"{conversation_id(world.ids.nonce, row)}"{expires},'
        f'"origin":{{"type":"{CATEGORY_NAMES[category]}"}}}}'
    )


def _recipient(profile: Profile, digits: str, flags: int, kind: int) -> str:
    phone = "" if flags & PHONE_HIDDEN else f',"recipient_id":"{digits}"'
    if kind == FAILED and not flags & TO_USER_ID:
        return phone
    return f'{phone},"recipient_user_id":"{profile.user_id}"'


def status(world: World, timestamp: int, event: int) -> tuple[str, str]:
    """`(contact, status)` JSON of one event; a failed status has no contact."""
    row, kind = event >> EVENT_BITS, event & KIND_MASK
    ledger = world.ledger
    customer, flags = ledger.customers[row], ledger.flags[row]
    digits = world.people.numbers[customer]
    profile = world.people.profile(customer)
    callback = ledger.callbacks[row]
    tail = f',"biz_opaque_callback_data":{callback}' if callback else ""
    contact = ""
    if kind == FAILED:
        tail += f',"errors":[{dumps(webhook_error(ledger.failures.get(row, 131000)))}]'
    else:
        contact = _contact(profile, digits, flags, username=kind != SENT)
        tail += _conversation(world, row, kind, timestamp)
        if kind in (SENT, DELIVERED):
            tail += _pricing(row, world)
    return contact, (
        f'{{"id":"{world.ids.encode(row)}","status":"{STATUS_NAMES[kind]}",'
        f'"timestamp":"{timestamp}"{_recipient(profile, digits, flags, kind)}{tail}}}'
    )


def metadata(number: Number) -> str:
    """The head of every message-like `value`."""
    return (
        '"messaging_product":"whatsapp","metadata":{"display_phone_number":'
        f'"{number.digits}","phone_number_id":"{number.id}"}}'
    )


def _status_change(world: World, number: Number, events: list[tuple[int, int]]) -> str:
    contacts: list[str] = []
    statuses: list[str] = []
    for timestamp, event in events:
        contact, text = status(world, timestamp, event)
        statuses.append(text)
        if contact:
            contacts.append(contact)
    people = f',"contacts":[{",".join(dict.fromkeys(contacts))}]' if contacts else ""
    return (
        f'{{"value":{{{metadata(number)}{people},"statuses":[{",".join(statuses)}]}},'
        '"field":"messages"}'
    )


def _by_number(world: World, events: list[tuple[int, int]]) -> dict[int, list[tuple[int, int]]]:
    if len(world.numbers) == 1:
        return {0: events} if events else {}
    grouped: dict[int, list[tuple[int, int]]] = {}
    for item in events:
        grouped.setdefault(world.ledger.numbers[item[1] >> EVENT_BITS], []).append(item)
    return grouped


def _entry(identifier: str, time: int, changes: list[str]) -> str:
    return f'{{"id":"{identifier}","time":{time},"changes":[{",".join(changes)}]}}'


def render(world: World, batch: Batch) -> bytes:
    """The exact bytes of one webhook POST."""
    account, now = world.config.waba_id, int(world.clock.now())
    entries: list[str] = []
    changes = [
        _status_change(world, world.numbers[index], events)
        for index, events in _by_number(world, batch.events).items()
    ]
    if world.random.random() < world.knobs.inject_unknown_share:
        changes.append(_UNKNOWN_CHANGE)
        entries.append(_UNKNOWN_ENTRY)
    if changes:
        entries.append(_entry(account, now, changes))
    for (entry, time), updates in groupby(batch.updates, lambda one: (one.entry, one.time)):
        entries.append(_entry(entry or account, time, [update.change for update in updates]))
    body = f'{{"object":"whatsapp_business_account","entry":[{",".join(entries)}]}}'
    return escaped(body) if world.knobs.escaped_unicode else body.encode()


_UNKNOWN_CHANGE = '{"field":"a_field_from_the_future","value":{"messaging_product":"whatsapp","novelty":{"level":7}}}'
_UNKNOWN_ENTRY = (
    '{"id":"0","time":1,"novel_key":[1,2,3],"changes":[{"field":"messages","value":{"messaging_product":"whatsapp",'
    '"metadata":{"display_phone_number":"0","phone_number_id":"0"},"statuses":[{"id":"wamid.UNKNOWN",'
    '"status":"archived","timestamp":"1","recipient_id":"0"}],"novelties":[{}]}}]}'
)

_ESCAPES = {"/": "\\/", "<": "\\u003C", "%": "\\u0025", "@": "\\u0040"}


def escaped(body: str) -> bytes:
    """The text with every non-ASCII character and a few others as `\\uXXXX`."""
    parts: list[str] = []
    for character in body:
        if character in _ESCAPES:
            parts.append(_ESCAPES[character])
        elif character < "\x80":
            parts.append(character)
        else:
            units = character.encode("utf-16-be")
            parts.extend(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    return "".join(parts).encode()
