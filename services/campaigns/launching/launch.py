"""Launch a campaign: keep its message as it is now, and hand it over to its workflow."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import (
    CampaignAction,
    CampaignStatus,
    CampaignType,
    require,
)
from domain.errors import Conflict, Invalid
from domain.journal.campaigns import CampaignLaunched
from services import journal
from services.campaigns import find
from services.campaigns.launching import preflight
from services.campaigns.views import CampaignView, view
from store import templates
from store.campaigns import entries, rows
from store.campaigns.rows import CampaignRow

LAUNCHED_NO_MORE = (CampaignStatus.DRAFT, CampaignStatus.STOPPED)
"""States of campaigns whose launch was undone, or that ended for good."""

DRIFT, DRIFT_PART = 10, 10
"""By how many people, or what part of them, an audience may move between its review and its launch."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw before launching: the draft's revision and how many people get it; None is unchecked."""

    revision: int | None = None
    people: int | None = None


UNSEEN = Seen()


async def launch(
    session: AsyncSession,
    campaign_id: UUID,
    actor: Actor,
    now: datetime,
    undo_for: timedelta = timedelta(0),
    *,
    seen: Seen = UNSEEN,
) -> CampaignView:
    """Freeze the message and schedule the campaign; commit, then start its workflow.

    During ``undo_for`` nothing is frozen or sent, so the launch can be undone. Nothing is launched that is not what was
    ``seen``.
    A repeated launch, or a second person's, finds the campaign launched and changes nothing; one
    that was stopped is not launched again.
    """
    row = await find.locked(session, campaign_id)
    if row.launched_at is not None and row.status not in LAUNCHED_NO_MORE:
        return view(row, await rows.counters(session, campaign_id))
    require(CampaignStatus(row.status), CampaignAction.LAUNCH)
    if seen.revision is not None and seen.revision != row.revision:
        raise Conflict("draft_changed")
    found = await preflight.examine(session, row, now, asking=False)
    if found.problems:
        raise Invalid("campaign_incomplete", fields=found.problems)
    if row.type != CampaignType.API:  # a program adds people at any time, also after the launch
        _require_agreed(seen.people, found.preflight.total)
    if row.type == CampaignType.API and row.source:  # a file from before the type changed
        await entries.clear(session, campaign_id)
        row.source = {}
    if row.parent_id is None:  # a retry keeps the message of its first campaign
        row.template = await _snapshot(session, row)
    row.status = CampaignStatus.SCHEDULED
    row.launched_at = now
    row.undo_until = now + undo_for if undo_for else None
    launched = CampaignLaunched(campaign_id=campaign_id, recipients=found.preflight.total)
    await journal.note(session, actor, launched)
    await session.flush()
    await session.refresh(row)
    return view(row, None)


def _require_agreed(agreed: int | None, people: int) -> None:
    """Conflict when clearly more or fewer people would get it than somebody agreed to."""
    if agreed is not None and abs(people - agreed) > max(DRIFT, agreed // DRIFT_PART):
        raise Conflict("audience_moved", before=agreed, people=people)


async def _snapshot(session: AsyncSession, row: CampaignRow) -> dict[str, Any]:
    """The template as it is now: later changes at WhatsApp do not affect this campaign."""
    template = await templates.get(session, row.template_id) if row.template_id else None
    assert template is not None  # checked just before, in the same transaction
    return {
        "name": template.name, "language": template.language, "category": template.category,
        "parameter_format": template.parameter_format, "components": template.components,
    }  # fmt: skip
