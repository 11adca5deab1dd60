"""The first-run checklist, ticked by what the database holds and never by clicks."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from store import dashboard


class Step(StrEnum):
    """The first steps, in order."""

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

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return len(self.done) == len(Step)


async def read(session: AsyncSession) -> Checklist:
    """The checklist as it stands."""
    found = await dashboard.set_up(session)
    return Checklist(frozenset(step for step in Step if getattr(found, step.value)))
