"""A restored backup comes up disarmed: it does not know what was sent after it (law 10)."""

from dataclasses import dataclass, field
from itertools import zip_longest

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.guards import Guard
from domain.journal.campaigns import CampaignRestored
from services import journal, waterlines
from services.automations import guards
from services.waterlines import Waterline
from store import installation
from store.installation import UNREAD


@dataclass(frozen=True, slots=True)
class Disarmed:
    """How many campaigns are now held and how many single messages are in doubt, and why."""

    campaigns: int
    messages: int
    before: str = field(default="", compare=False)
    current: str = field(default="", compare=False)


async def disarm(session: AsyncSession, known: Waterline | None = None) -> Disarmed | None:
    """Hold everything that could send when this database is not the one the last worker saw.

    ``known`` is how far that worker saw it advance: an old copy is behind that. None if it is the same database, or on
    the first start. Call and commit this before anything is sent.
    """
    current = await installation.fingerprint(session)
    before = await installation.seen(session, current)
    line = await waterlines.measure(session)
    if _same(before, current) and not (line is not None and line.is_behind(known)):
        if current.count(UNREAD) < before.count(UNREAD):
            await installation.remember(session, current)
        return None
    held = await installation.hold_campaigns(session)
    doubtful = await installation.doubt_messages(session)
    await installation.remember(session, current)
    await journal.discard(session)
    await journal.note(session, SYSTEM, *(CampaignRestored(campaign_id=id_) for id_ in held))
    await guards.halt_all(session, Guard.RESTORED)
    return Disarmed(len(held), doubtful, before, current)


def _same(before: str, current: str) -> bool:
    """Whether all parts that could be read both times match."""
    pairs = list(zip_longest(before.split("/"), current.split("/")))
    return all(one == other or UNREAD in (one, other) for one, other in pairs)
