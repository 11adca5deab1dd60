"""Change contacts, one by one or a whole selection at once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.consent import Action
from domain.contacts import (
    NAME_LIMIT,
    SELECTION_LIMIT,
    Contact,
    CustomField,
    Selection,
    parse_language,
    parse_timezone,
    typed,
)
from domain.errors import Conflict, Invalid, NotFound
from domain.fields import FieldValue, parse_value
from domain.ids import new_id
from domain.journal import people
from domain.sentences import Sentence
from services import clock, journal, phones
from services.contacts import change_log, consent, search
from services.contacts.groups import require_all
from store import contacts, fields, freeing, groups, owners, removing
from store.receiving import identities

Raw = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What to set; None leaves a value as it is, "" empties it.

    ``fields`` holds only the custom fields to set. ``opted_out`` stops or allows marketing,
    ``blocked`` stops everything.
    """

    phone: str | None = None
    name: str | None = None
    language: str | None = None
    timezone: str | None = None
    fields: Mapping[str, Raw] | None = None
    group_ids: Sequence[UUID] | None = None
    opted_out: bool | None = None
    blocked: bool | None = None
    default_region: str | None = None


async def create(
    session: AsyncSession, actor: Actor, wanted: ContactChange, *, source: str = "manual"
) -> Contact:
    """Create a contact; raises Conflict if the number, in any form, is taken."""
    values = await _values(session, wanted, {})
    if "phone_key" not in values:
        raise Invalid("phone_missing.enter", field="phone")
    contact_id = new_id()
    await _free(session, values["phone_key"])
    if not await contacts.create(session, {"id": contact_id, "source": source, **values}):
        raise _taken()
    if wanted.opted_out:
        await consent.tell(session, actor, contact_id, Action.STOP)
    await _join(session, contact_id, wanted.group_ids)
    after = {**values, "groups": wanted.group_ids or []}
    await journal.note(session, actor, people.ContactCreated(contact_id=contact_id, after=after))
    return await search.get(session, contact_id)


async def update(
    session: AsyncSession, actor: Actor, contact_id: UUID, wanted: ContactChange
) -> Contact:
    """Change a contact; omitted values stay."""
    if wanted.phone is not None:
        await identities.lock(session)
    contact = await search.hold(session, contact_id)
    contact_id = contact.id
    values = await _values(session, wanted, contact.fields)
    if "phone_key" in values:
        await _free(session, values["phone_key"], contact_id)
    if values:
        await _set(session, contact_id, values)
    if "phone" in values:
        await identities.readdress(session, contact_id, values["phone"])
    if wanted.opted_out is not None and wanted.opted_out is not _stopped(contact):
        await consent.tell(session, actor, contact_id, _action(stop=wanted.opted_out))
        values["opted_out"] = wanted.opted_out
    await _join(session, contact_id, wanted.group_ids)
    if wanted.group_ids is not None:
        values["groups"] = sorted(str(group_id) for group_id in wanted.group_ids)
    await change_log.note(session, actor, contact, values)
    return await search.get(session, contact_id)


async def delete(session: AsyncSession, actor: Actor, contact_id: UUID) -> None:
    """Delete a contact and its conversations; messages stay counted in their campaigns."""
    contact_id = (await search.hold(session, contact_id)).id
    await removing.these(session, [contact_id])
    await note_deleted(session, actor, contact_id, 1)


async def delete_many(
    session: AsyncSession, actor: Actor, selection: Selection, expected: int
) -> int:
    """Delete a selection; raises Conflict if it no longer has the number of contacts agreed to."""
    await check_expected(session, selection, expected)
    removed = await removing.selected(session, selection)
    await note_deleted(session, actor, None, removed)
    return removed


async def note_deleted(
    session: AsyncSession, actor: Actor, contact_id: UUID | None, number: int
) -> None:
    """Note that a contact, or a number of contacts, was deleted.

    It does not name people, who may have asked to be forgotten: the id is enough.
    """
    if contact_id is not None:
        await journal.note(session, actor, people.ContactDeleted(contact_id=contact_id))
    elif number:
        await journal.note(session, actor, people.ContactsDeleted(contacts=number))


async def check_expected(session: AsyncSession, selection: Selection, expected: int) -> None:
    """Raise Conflict unless a selection has the number of contacts that a person agreed to delete."""
    _check(selection)
    found = await contacts.count(session, selection)
    if found != expected:
        raise Conflict("selection_changed", found=found, expected=expected)


async def add_to_group(
    session: AsyncSession, actor: Actor, selection: Selection, group_id: UUID
) -> int:
    """Add a selection to a group; returns how many were not in it."""
    _check(selection)
    await _require_group(session, group_id)
    place = await journal.place(session)
    added = await contacts.add_to_group(session, selection, group_id, place)
    if added:
        grouped = people.ContactsGrouped(contacts=added, group_id=group_id)
        await journal.note_many(session, actor, place, grouped)
    return added


async def remove_from_group(
    session: AsyncSession, actor: Actor, selection: Selection, group_id: UUID
) -> int:
    """Remove a selection from a group; returns how many were in it."""
    _check(selection)
    await _require_group(session, group_id)
    place = await journal.place(session)
    removed = await contacts.remove_from_group(session, selection, group_id, place)
    if removed:
        ungrouped = people.ContactsUngrouped(contacts=removed, group_id=group_id)
        await journal.note_many(session, actor, place, ungrouped)
    return removed


async def set_opt_out(
    session: AsyncSession, actor: Actor, selection: Selection, *, opted_out: bool
) -> int:
    """Stop or allow marketing for a selection; returns how many changed."""
    _check(selection)
    place = await journal.place(session)
    changed = await consent.tell_many(session, actor, selection, _action(stop=opted_out), place)
    fact = people.ContactsOptedOut if opted_out else people.ContactsOptedIn
    if changed:
        await journal.note_many(session, actor, place, fact(contacts=changed))
    return changed


async def _set(session: AsyncSession, contact_id: UUID, values: dict[str, Any]) -> None:
    try:
        async with session.begin_nested():
            await owners.change(session, contact_id, values)
    except IntegrityError as error:  # an import or a campaign has just taken the number
        raise _taken() from error


def _action(*, stop: bool) -> Action:
    return Action.STOP if stop else Action.AGREE


def _stopped(contact: Contact) -> bool:
    return contact.marketing_opt_out_at is not None


async def _free(session: AsyncSession, key: str, own: UUID | None = None) -> None:
    """Raise Conflict if the number is somebody else's; a pending deletion of its owner happens now."""
    await freeing.numbers(session, [key])
    if await owners.id_by_key(session, key) not in {None, own}:
        raise _taken()


def _taken() -> Conflict:
    return Conflict("phone_taken", field="phone")


def _check(selection: Selection) -> None:
    if selection.ids is not None and not 1 <= len(selection.ids) <= SELECTION_LIMIT:
        raise Invalid("selection_size", field="ids", selection_limit=SELECTION_LIMIT)


async def _require_group(session: AsyncSession, group_id: UUID) -> None:
    if not await groups.existing(session, [group_id]):
        raise NotFound("group_not_found")


async def _join(session: AsyncSession, contact_id: UUID, group_ids: Sequence[UUID] | None) -> None:
    if group_ids is None:
        return
    await require_all(session, group_ids, "group_ids")
    await groups.set_of_contact(session, contact_id, group_ids)


async def _values(
    session: AsyncSession, wanted: ContactChange, present: Mapping[str, Any]
) -> dict[str, Any]:
    """Checked columns to write; raises Invalid naming every value that does not fit."""
    values: dict[str, Any] = {}
    problems: dict[str, Sentence] = {}
    for name, parse in (
        ("phone", lambda text: _phone(text, wanted.default_region)),
        ("name", lambda text: {"name": typed(text, NAME_LIMIT, "name")}),
        ("language", lambda text: {"language": parse_language(text)}),
        ("timezone", lambda text: {"timezone": parse_timezone(text)}),
    ):
        text = getattr(wanted, name)
        if text is None:
            continue
        try:
            values |= parse(text)
        except Invalid as invalid:
            problems |= invalid.fields
    if wanted.fields is not None:
        custom = {field.key: field for field in await fields.every(session)}
        values["fields"], wrong = _custom(custom, wanted.fields, present)
        problems |= wrong
    if problems:
        raise Invalid("contact_invalid", fields=problems)
    return values | _states(wanted)


def _states(wanted: ContactChange) -> dict[str, datetime | None]:
    states: dict[str, datetime | None] = {}
    if wanted.blocked is not None:
        states["blocked_at"] = clock.now() if wanted.blocked else None
    return states


def _phone(text: str, region: str | None) -> dict[str, str]:
    phone = phones.parse(text, region)
    return {"phone": phone.e164, "phone_key": phone.key}


def _custom(
    known: Mapping[str, CustomField], wanted: Mapping[str, Raw], present: Mapping[str, Any]
) -> tuple[dict[str, FieldValue], dict[str, Sentence]]:
    """All values after the change, and a sentence for each that does not fit."""
    values, problems = dict(present), dict[str, Sentence]()
    for key, value in wanted.items():
        if key not in known:
            problems[f"fields.{key[:60]}"] = Sentence("contact_field")
            continue
        try:
            parsed = parse_value(known[key], _written(value))
        except Invalid as invalid:
            problems[f"fields.{key}"] = invalid.sentence
            continue
        values.pop(key, None)
        if parsed is not None:
            values[key] = parsed
    return values, problems


def _written(value: Raw) -> str:
    """A JSON value as text; numbers with all their digits and no exponent."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and math.isfinite(value):
        return f"{Decimal(repr(value)):f}"
    return "" if value is None else str(value)
