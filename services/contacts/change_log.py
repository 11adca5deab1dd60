"""What the journal keeps about a change to a contact: the differences."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Contact
from domain.journal.people import ContactUpdated
from services import journal

_KEPT = ("phone", "name", "language", "timezone", "fields", "blocked_at")


async def note(
    session: AsyncSession, actor: Actor, contact: Contact, values: Mapping[str, Any]
) -> None:
    """The difference between a contact before and its new values; saving an unchanged form is none."""
    before = {name: getattr(contact, name) for name in _KEPT} | {
        "opted_out": contact.marketing_opt_out_at is not None,
        "groups": sorted(str(group.id) for group in contact.groups),
    }
    after = {name: value for name, value in values.items() if before.get(name, value) != value}
    if after:
        old = {name: before[name] for name in after}
        updated = ContactUpdated(contact_id=contact.id, before=old, after=after)
        await journal.note(session, actor, updated)
