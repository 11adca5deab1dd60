"""Custom fields: list, create, change, delete."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Contact, CustomField, FieldType, called
from domain.errors import Conflict, Invalid, NotFound
from domain.fields import FIELDS_LIMIT, checked_label, checked_options, free_key
from domain.headings import built_in, told_apart
from domain.journal import people
from services import journal
from store import fields, leaving
from store.campaigns.spoken import said


async def every(session: AsyncSession) -> list[CustomField]:
    """All fields in order of creation."""
    return await fields.every(session)


async def usage(session: AsyncSession) -> dict[str, int]:
    """How many contacts have a value, by key."""
    return await fields.usage(session)


async def filled(session: AsyncSession, contact: Contact) -> list[tuple[str, str]]:
    """The fields a contact has values for: label, and value as people write it."""
    return [
        (told_apart(field.label), said(field.type, contact.fields[field.key], None))
        for field in await fields.every(session)
        if contact.fields.get(field.key) not in (None, "")
    ]


async def get(session: AsyncSession, key: str) -> CustomField:
    """One field; raises NotFound."""
    field = await fields.get(session, key) if key.isprintable() else None
    if field is None:
        raise NotFound("field_not_found")
    return field


async def create(
    session: AsyncSession,
    actor: Actor,
    *,
    label: str,
    kind: FieldType,
    options: Sequence[str] = (),
) -> CustomField:
    """Create a field; its key is derived from the label."""
    label = checked_label(label)
    known = await fields.every(session)
    if len(known) >= FIELDS_LIMIT:
        raise Conflict("fields_limit", fields_limit=FIELDS_LIMIT)
    _check_label(known, label, "")
    going = await fields.every(session, going=True)
    await _free(session, [field for field in going if field.label.casefold() == label.casefold()])
    key = free_key(label, {field.key for field in (*known, *going)})
    field = CustomField(key, label, kind, checked_options(kind, options))
    await fields.create(session, field)
    await journal.note(session, actor, people.FieldCreated(field=key, after=_plain(field)))
    return field


async def ensure(session: AsyncSession, field: CustomField) -> None:
    """The field with a key, created if missing."""
    going = await fields.every(session, going=True)
    await _free(session, [other for other in going if other.key == field.key])
    await fields.create(session, field)


async def _free(session: AsyncSession, going: Sequence[CustomField]) -> None:
    """Complete pending deletions of fields with this name: its next use means a new field, without old values."""
    for field in going:
        if (actor := await leaving.claim(session, field_key=field.key)) is not None:
            await delete(session, actor, field.key)


async def update(
    session: AsyncSession, actor: Actor, key: str, *, label: str, options: Sequence[str] = ()
) -> CustomField:
    """Change the label, or an enum's choices; key and type never change."""
    before = await get(session, key)
    label = checked_label(label)
    if label != before.label:
        _check_label(await fields.every(session), label, key)
    field = CustomField(key, label, before.type, checked_options(before.type, options))
    await fields.change(session, field)
    updated = people.FieldUpdated(field=key, before=_plain(before), after=_plain(field))
    await journal.note(session, actor, updated)
    return field


async def delete(session: AsyncSession, actor: Actor, key: str) -> None:
    """Delete a field and the values contacts have for it."""
    before = await get(session, key)
    await fields.remove(session, key)
    await journal.note(session, actor, people.FieldDeleted(field=key, before=_plain(before)))


def _check_label(known: Sequence[CustomField], label: str, own: str) -> None:
    check_name(label)
    if any(field.label.casefold() == label.casefold() and field.key != own for field in known):
        raise Conflict("field_exists", field="label", label=label)


def check_name(label: str) -> None:
    """Raise Invalid when a custom field with that name would be mistaken for a built-in one."""
    target = built_in(label)
    if target:
        raise Invalid("field_reserved", field="label", label=label, target=called(target))


def _plain(field: CustomField) -> dict[str, object]:
    return {"label": field.label, "type": field.type.value, "options": list(field.options)}
