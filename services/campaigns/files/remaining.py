"""Who is left in a campaign's file when its audience is frozen again."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from domain.entries import FileSource
from store.campaigns import entry_ends
from store.campaigns.rows import CampaignRow


async def leave_out_deleted(session: AsyncSession, row: CampaignRow) -> None:
    """Remove people from a draft's file who were deleted since its audience was last frozen."""
    source = FileSource.from_json(row.source)
    gone = await entry_ends.forget_deleted(session, row.id) if source else 0
    if source and gone:
        source = replace(source, rows=source.rows - gone, usable=source.usable - gone)
        row.source = row.source | source.to_json()
