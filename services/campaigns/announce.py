"""Tell open pages that a campaign changed: its own page, the list and the dashboard."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from store import live


async def changed(session: AsyncSession, campaign_id: UUID) -> None:
    """A campaign was launched, paused, resumed, throttled, stopped, begun or finished."""
    for room in (f"campaign:{campaign_id}", "campaigns", "dashboard"):
        await live.notify(session, room, "campaign_changed", campaign_id=str(campaign_id))
