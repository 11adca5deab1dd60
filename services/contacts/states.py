"""Change one contact with one click: stop or resume marketing, block or unblock."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.contacts import Contact
from services.contacts import consent, write
from services.contacts.write import ContactChange


class StateAction(StrEnum):
    """The actions that a contact's page offers."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    BLOCK = "block"
    UNBLOCK = "unblock"


async def put(
    session: AsyncSession, actor: Actor, contact_id: UUID, action: StateAction, note: str
) -> Contact:
    """The contact afterwards; ``note`` says why, which only marketing asks for."""
    match action:
        case StateAction.OPT_OUT:
            return await consent.stop(session, actor, contact_id, note)
        case StateAction.OPT_IN:
            return await consent.allow(session, actor, contact_id, note)
        case StateAction.BLOCK | StateAction.UNBLOCK:
            change = ContactChange(blocked=action is StateAction.BLOCK)
            return await write.update(session, actor, contact_id, change)
