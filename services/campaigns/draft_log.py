"""What the audit log keeps of a draft: its name, and each part that somebody changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from services import audit


async def made(session: AsyncSession, actor: Actor, row: Any) -> None:
    """There is a new draft."""
    after = {"name": row.name}
    await audit.record(session, actor, "campaign.create", "campaign", str(row.id), after=after)


async def edited(session: AsyncSession, actor: Actor, row: Any, before: Mapping[str, Any]) -> None:
    """Columns of a draft had these values before."""
    if before:
        old, new = _told(before), _told({name: getattr(row, name) for name in before})
        await audit.record(session, actor, "campaign.edit", "campaign", str(row.id), old, new)


def _told(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Whom it reaches part by part; words that were searched for may be somebody's name."""
    told = dict(columns)
    audience = told.pop("audience", None)
    if audience is None:
        return told
    flags = {name: bool(audience.get(name)) for name in ("everyone", "agreed_only", "search")}
    ids = {name: audience.get(name) or [] for name in ("group_ids", "excluded_group_ids")}
    return told | flags | ids
