"""Tell open pages that a campaign changed: its own page, the list and the dashboard."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from store import live


async def changed(session: AsyncSession, campaign_id: UUID) -> None:
    """A campaign was launched, paused, resumed, throttled, stopped, begun or finished."""
    for room in (f"campaign:{campaign_id}", "campaigns", "dashboard"):
        await live.notify(session, room, "campaign_changed", campaign_id=str(campaign_id))


async def file_read(session: AsyncSession, campaign_id: UUID, done: int, total: int) -> None:
    """The file of a draft was read so far, in bytes; call it in a transaction of its own."""
    room = f"campaign:{campaign_id}"
    await live.notify(session, room, "file_read", done=done, total=total)
