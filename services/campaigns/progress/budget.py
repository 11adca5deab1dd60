"""What WhatsApp's daily limit means for a campaign: what is left today, and how many days it takes."""

from dataclasses import dataclass
from math import ceil
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from store import portfolios


@dataclass(frozen=True, slots=True)
class Budget:
    """``most`` people in 24 hours, ``used`` and ``remaining`` of them; ``days`` for those still waiting.

    One day means that everybody fits; all numbers in a portfolio share the budget.
    """

    most: int
    used: int
    remaining: int
    days: int


async def budget(session: AsyncSession, channel_id: UUID | None, people: int) -> Budget | None:
    """A number's budget for this many people; None if the limit is none or unknown."""
    found = await portfolios.usage(session, channel_id) if channel_id else None
    if found is None or not found.most:
        return None
    remaining = max(0, found.most - found.used)
    return Budget(found.most, found.used, remaining, days(found.most, remaining, people))


def days(most: int, remaining: int, people: int) -> int:
    """How many days this many people take: what remains today, then a whole budget each day."""
    return 1 + ceil(max(0, people - remaining) / most)
