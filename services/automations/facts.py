"""The facts a run is decided by: its contact, its conversation and what the customer wrote, as they are now."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.answers import MEDIA
from domain.automations.states import Facts, Message
from domain.calendars import Calendar
from domain.customer_messages import reply
from domain.ids import parse_id
from domain.loose import obj, text_of
from services.automations import hours, zones
from store.automations import facts
from store.automations.facts import Person, Written
from store.campaigns.spoken import said

TAPS = ("button_reply", "list_reply")


async def gather(
    session: AsyncSession,
    contact_id: UUID,
    channel_id: UUID,
    now: datetime,
    message: Message | None,
    calendars: Collection[str] = (),
) -> Facts | None:
    """What a run of this contact on this number can ask, also of these calendars; None if the contact is gone."""
    person = await facts.person(session, contact_id, channel_id)
    if person is None:
        return None
    return as_facts(person, now, message, await hours.named(session, calendars, channel_id))


async def message(session: AsyncSession, message_id: UUID | str | None) -> Message | None:
    """A message that came in, by its id; None if there is none, or it is no longer kept."""
    wanted = parse_id(str(message_id)) if message_id else None
    found = await facts.written(session, wanted) if wanted else None
    return as_message(found) if found else None


def as_message(found: Written) -> Message:
    """A stored message as the interpreter sees it."""
    inner = obj((found.payload or {}).get(found.kind))
    place = inner if found.kind == "location" else {}
    return Message(
        id=str(found.id),
        kind=found.kind,
        text=found.body or "",
        payload=_payload(found.kind, inner),
        at=found.created_at,
        latitude=text_of(place.get("latitude")),
        longitude=text_of(place.get("longitude")),
        media=str(found.id) if found.kind in MEDIA else "",
    )


def _payload(kind: str, inner: object) -> str:
    """The id of the tapped button or row."""
    item = obj(inner)
    if kind == "button":
        return text_of(item.get("payload"))
    if kind != "interactive":
        return ""
    style, given = reply(item)
    return text_of(given.get("id")) if style in TAPS else ""


def as_facts(
    person: Person,
    now: datetime,
    message: Message | None,
    calendars: Mapping[str, Calendar] = hours.NONE,
) -> Facts:
    """What is stored about a person, as conditions and texts see it."""
    built_in = {
        "name": person.name,
        "phone": person.phone or "",
        "language": person.language or "",
        "timezone": person.timezone or "",
    }
    return Facts(
        now=now,
        zone=zones.of_contact(person.timezone),
        our_zone=zones.ours(),
        language=person.language or "",
        fields={**person.fields, **built_in},
        labels=frozenset(map(str, person.labels or ())),
        groups=frozenset(map(str, person.groups or ())),
        consent="stopped" if person.stopped else "allowed" if person.agreed else "unknown",
        window_until=person.window_until,
        message=message,
        spoken={**_spoken(person), **built_in},
        calendars=calendars,
        day=partial(said, "date", language=person.language),
    )


def _spoken(person: Person) -> dict[str, str]:
    """Custom fields as campaigns write them."""
    kinds = person.kinds or {}
    return {
        key: said(kinds[key], value, person.language)
        for key, value in person.fields.items()
        if key in kinds and value not in (None, "")
    }
