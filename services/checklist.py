"""The first-run checklist, ticked by what the database holds and never by clicks."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from store import dashboard


class Step(StrEnum):
    """The setup steps in order: two per person, the others per installation."""

    SIGN_IN = "sign_in"
    PROFILE = "profile"
    CHANNEL = "channel"
    OWN_MESSAGE = "own_message"
    CONTACTS = "contacts"
    TEMPLATES = "templates"
    CAMPAIGN = "campaign"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class Checklist:
    """Which steps are done."""

    done: frozenset[Step]


async def read(session: AsyncSession, user_id: UUID) -> Checklist:
    """The checklist's current state for a person."""
    found = await dashboard.set_up(session, user_id)
    return Checklist(frozenset(step for step in Step if getattr(found, step.value)))
