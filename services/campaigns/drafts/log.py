"""What the journal keeps about a draft: its name, and each part that was changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.journal.campaigns import CampaignCreated, CampaignEdited
from services import journal
from store.campaigns.rows import CampaignRow

UNDECIDED = frozenset({"open_choices"})
"""Records an open question, which nobody chose."""


async def made(session: AsyncSession, actor: Actor, row: CampaignRow) -> None:
    """Note a new draft."""
    after = {"name": row.name}
    await journal.note(session, actor, CampaignCreated(campaign_id=row.id, after=after))


async def edited(
    session: AsyncSession, actor: Actor, row: CampaignRow, before: Mapping[str, Any]
) -> None:
    """Note a change; ``before`` has the previous values."""
    chosen = {name: value for name, value in before.items() if name not in UNDECIDED}
    if chosen:
        old, new = _told(chosen), _told({name: getattr(row, name) for name in chosen})
        edited = CampaignEdited(campaign_id=row.id, before=old, after=new)
        await journal.note(session, actor, edited)


def _told(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The audience part by part, without search words, which may be somebody's name."""
    told = dict(columns)
    audience = told.pop("audience", None)
    if audience is None:
        return told
    flags = {name: bool(audience.get(name)) for name in ("everyone", "agreed_only", "search")}
    ids = {name: audience.get(name) or [] for name in ("group_ids", "excluded_group_ids")}
    return told | flags | ids
