"""Retry failed recipients who may still get the message: a linked campaign with the same frozen message."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.campaigns import ACTIVE, CampaignAction, CampaignStatus, allows, require, require_people
from domain.errors import Conflict
from domain.journal.campaigns import CampaignRetried, CampaignRetryMade
from domain.retries import not_before
from services import journal
from services.campaigns import find
from services.campaigns.drafts.changes import LONGEST_NAME
from services.campaigns.retries import whom
from services.campaigns.views import CampaignView, view
from store.campaigns import retries, rows
from store.campaigns.rows import CampaignRow

SUFFIX = " (retry)"
OPEN = (CampaignStatus.DRAFT, *ACTIVE)


@dataclass(frozen=True, slots=True)
class Retry:
    """The retry of a campaign; ``made`` is False when it already existed."""

    campaign: CampaignView
    made: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What a campaign's page shows about retries.

    ``people`` may be retried, ``deferred`` of them not before ``not_before``; ``children`` are the retries so far,
    newest first, and ``parent`` is the campaign this one retries.
    """

    people: int
    deferred: int
    not_before: datetime | None
    children: list[CampaignView]
    parent: CampaignView | None

    @property
    def open(self) -> CampaignView | None:
        """The retry that has not ended yet."""
        return next((child for child in self.children if child.status in OPEN), None)


async def retry(session: AsyncSession, campaign_id: UUID, actor: Actor, now: datetime) -> Retry:
    """A draft for everybody who may be retried; a second click finds the same draft.

    If WhatsApp's marketing limit held anyone back, it is scheduled for a day after that.
    """
    parent = await find.locked(session, campaign_id)
    require(CampaignStatus(parent.status), CampaignAction.RETRY)
    require_people(parent.people_gone_at)
    for child in await retries.children(session, campaign_id):
        if child.status in OPEN:
            return Retry(view(child, await rows.counters(session, child.id)), made=False)
    found = await whom.count(session, campaign_id)
    if found.people == 0:
        raise Conflict("nothing_to_retry")
    child = await _child(session, parent, actor, now, not_before(found.last_deferred))
    await journal.note(
        session,
        actor,
        CampaignRetryMade(campaign_id=campaign_id, retry=child.id, people=found.people),
        CampaignRetried(campaign_id=child.id, parent=campaign_id, people=found.people),
    )
    return Retry(view(child, None), made=True)


async def offer(session: AsyncSession, campaign: CampaignView) -> Offer:
    """What may be retried in a campaign, what was, and which campaign it retries."""
    found = None
    if campaign.people_gone_at is None and allows(campaign.status, CampaignAction.RETRY):
        found = await whom.count(session, campaign.id)
    parent = await rows.get(session, campaign.parent_id) if campaign.parent_id else None
    return Offer(
        found.people if found else 0,
        found.deferred if found else 0,
        not_before(found.last_deferred) if found else None,
        [view(child, None) for child in await retries.children(session, campaign.id)],
        view(parent, None) if parent else None,
    )


async def _child(
    session: AsyncSession,
    parent: CampaignRow,
    actor: Actor,
    now: datetime,
    earliest: datetime | None,
) -> CampaignRow:
    row = rows.add(
        session,
        name=parent.name[: LONGEST_NAME - len(SUFFIX)] + SUFFIX,
        parent_id=parent.id,
        channel_id=parent.channel_id,
        template_id=parent.template_id,
        template=parent.template,
        audience={"retry_of": str(parent.id)},
        variables=parent.variables,
        throttle=parent.throttle,
        replies_to_id=parent.replies_to_id,
        brake_percent=parent.brake_percent,
        scheduled_at=earliest if earliest is not None and earliest > now else None,
        created_by=actor.user_id,
    )
    await session.flush()
    await session.refresh(row)
    return row
