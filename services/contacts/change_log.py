"""What the journal keeps of a change of a contact: what is different."""

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
    """A contact that was like this has these values now; a form that was saved as it was changed nothing."""
    before = {name: getattr(contact, name) for name in _KEPT} | {
        "opted_out": contact.marketing_opt_out_at is not None,
        "groups": sorted(str(group.id) for group in contact.groups),
    }
    after = {name: value for name, value in values.items() if before.get(name, value) != value}
    if after:
        old = {name: before[name] for name in after}
        updated = ContactUpdated(contact_id=contact.id, before=old, after=after)
        await journal.note(session, actor, updated)
