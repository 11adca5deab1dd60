"""The steps of a campaign around sending; each may be repeated."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.dependencies import Dependencies
from activities.errors import as_application_error
from activities.recorder import AWAY
from domain.campaigns import CampaignStatus
from services import clock
from services.campaigns import lifecycle
from services.campaigns.launching import freezing
from store.campaigns import places

LOOKED_AT_AFTER_S = 2.0
"""Wait until the first messages are on their way: analyzing uses a core for a moment."""

LOOK_AGAIN = timedelta(seconds=10)
"""How often a campaign that began to wait too early is checked: a person may stop it."""


@dataclass(frozen=True)
class CampaignRef:
    """Which campaign."""

    campaign_id: UUID


@dataclass(frozen=True)
class CampaignLeft:
    """What is left of a campaign: people never tried, and when the next try is due.

    ``open`` while programs may add more people; ``total`` counts them.
    """

    status: CampaignStatus
    fresh: int
    next_try: timedelta | None
    total: int = 0
    open: bool = False


class CampaignLifecycle:
    """Freeze, begin, check, finish."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._sessions = dependencies.sessions
        self._background = dependencies.background

    @activity.defn(name="campaigns.freeze_audience")
    async def freeze_audience(self, request: CampaignRef) -> int:
        """Freeze the audience; returns the number of recipients."""
        async with as_application_error():
            async with self._sessions.begin() as session:
                before = await places.mark(session, request.campaign_id)
                total = await freezing.freeze(session, request.campaign_id)
            async with self._sessions.begin() as session:
                await freezing.follow_people(session, request.campaign_id, before)
        _ = self._background.start(self._look_at(request.campaign_id, total))
        return total

    async def _look_at(self, campaign_id: UUID, total: int) -> None:
        await asyncio.sleep(LOOKED_AT_AFTER_S)
        with suppress(*AWAY):  # autovacuum does it within a minute
            async with self._sessions.begin() as session:
                await freezing.look_at(session, campaign_id, total)

    @activity.defn(name="campaigns.begin")
    async def begin(self, request: CampaignRef) -> CampaignStatus:
        """Start at the scheduled time, or hold if it was missed."""
        try:
            async with as_application_error(), self._sessions.begin() as session:
                return await lifecycle.begin(session, request.campaign_id, clock.now())
        except lifecycle.TooEarly as early:
            raise ApplicationError(
                "too_early", next_retry_delay=min(early.wait, LOOK_AGAIN),
                category=ApplicationErrorCategory.BENIGN,
            ) from early  # fmt: skip

    @activity.defn(name="campaigns.look")
    async def look(self, request: CampaignRef) -> CampaignLeft:
        """The state of the campaign and what is left to do."""
        async with as_application_error(), self._sessions() as session:
            status = await lifecycle.status(session, request.campaign_id)
            left = await lifecycle.remainder(session, request.campaign_id)
            return CampaignLeft(status, left.fresh, left.next_try, left.total, left.open)

    @activity.defn(name="campaigns.finish")
    async def finish(self, request: CampaignRef) -> CampaignStatus:
        """Close a campaign in which everybody has an outcome."""
        async with as_application_error(), self._sessions.begin() as session:
            return await lifecycle.finish(session, request.campaign_id, clock.now())
