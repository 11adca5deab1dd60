"""A restored backup comes up disarmed: it does not know what was sent after it (law 10)."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.campaigns import announce
from store import installation


@dataclass(frozen=True, slots=True)
class Disarmed:
    """How many campaigns are held and how many single messages are in doubt now."""

    campaigns: int
    messages: int


async def disarm(session: AsyncSession) -> Disarmed | None:
    """Hold everything that could send when this database is not the one the last worker saw.

    None when it is, and on the first start. To be called and committed before anything is sent.
    """
    current = await installation.fingerprint(session)
    if await installation.seen(session, current) == current:
        return None
    held = await installation.hold_campaigns(session)
    doubtful = await installation.doubt_messages(session)
    await installation.remember(session, current)
    for campaign_id in held:
        await announce.changed(session, campaign_id)
    return Disarmed(len(held), doubtful)
