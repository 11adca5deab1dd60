"""What the audit log keeps of a change of contacts: of one what is different, of a selection how many."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Contact
from services import audit

_KEPT = ("phone", "name", "language", "timezone", "fields", "blocked_at")


async def one(
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
        await audit.record(session, actor, "contact.update", "contact", contact.id, old, after)


async def many(
    session: AsyncSession, actor: Actor, action: str, number: int, group: UUID | None = None
) -> None:
    """Something was done to so many contacts."""
    if number:
        after = {"contacts": number} | ({"group_id": group} if group else {})
        await audit.record(session, actor, action, "contact", "many", after=after)
