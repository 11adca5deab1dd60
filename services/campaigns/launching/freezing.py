"""Freeze the audience of a launched campaign, once its launch can no longer be undone."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import template_slots
from domain import templates as rules
from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus, CampaignType
from domain.journal.campaigns import CampaignFrozen
from services import journal
from services.campaigns import find
from services.campaigns.launching.people import people_of, values_of
from store import statistics
from store.campaigns import audience as audiences
from store.campaigns import places, rows
from store.campaigns.places import Mark
from store.receiving import identities


class StillUndoable(Exception):
    """The launch can still be undone; try again when that time is over."""


async def freeze(session: AsyncSession, campaign_id: UUID) -> int:
    """Freeze the audience of a launched campaign; returns the number of recipients. Repeating changes nothing."""
    # Undoing the launch takes the same lock, and so does a program that adds people.
    row = await find.locked(session, campaign_id)
    if row.template is None or row.status == CampaignStatus.DRAFT:
        raise find.unknown()
    if await rows.may_be_undone(session, campaign_id):
        raise StillUndoable
    slots = template_slots.slots(row.template["components"], row.template["parameter_format"])
    total = await audiences.freeze(
        session, campaign_id, people_of(row), values_of(row, slots),
        marketing=rules.is_marketing(row.template["category"]),
        source="api" if row.type == CampaignType.API else "campaign",
    )  # fmt: skip
    await journal.note(session, SYSTEM, CampaignFrozen(campaign_id=campaign_id))
    return total


async def look_at(session: AsyncSession, campaign_id: UUID, total: int) -> None:
    """Analyze the newly frozen audience, or searches in it get bad plans."""
    await statistics.refresh_audience(session, campaign_id, total)


async def follow_people(session: AsyncSession, campaign_id: UUID, since: Mark | None) -> None:
    """After the audience is committed: fix the places of people merged or renumbered in the meantime.

    ``since`` is ``places.mark`` from before the audience was frozen.
    """
    await identities.lock(session)
    await places.hand_over(session, campaign_id, since)
