"""How campaigns' workflows are started and told what their rows say."""

import asyncio
import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio.client import RPCTimeoutOrCancelledError, WorkflowUpdateFailedError
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
)
from temporalio.service import RPCError, RPCStatusCode

from workflows import calls, ids
from workflows.campaign_states import CampaignInput
from workflows.campaigns import CampaignProgress, CampaignWorkflow

log = logging.getLogger(__name__)


class CampaignCalls(calls.Calls):
    """Acts on the workflows of campaigns."""

    async def start_campaign(
        self,
        campaign_id: UUID,
        scheduled_at: datetime | None,
        undo_until: datetime | None = None,
    ) -> bool:
        """Start the workflow of a launched campaign unless it is running."""
        return await self._start(
            CampaignWorkflow.run,
            CampaignInput(campaign_id, scheduled_at, undo_until),
            ids.campaign(campaign_id),
            "Campaign",
            TypedSearchAttributes([SearchAttributePair(ids.CAMPAIGN_ID, str(campaign_id))]),
            page=f"/campaigns/{campaign_id}",
        )

    async def pause_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its row says paused."""
        return await self._update(campaign_id, CampaignWorkflow.pause)

    async def resume_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its row says running."""
        return await self._update(campaign_id, CampaignWorkflow.resume)

    async def stop_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its row says stopped."""
        return await self._update(campaign_id, CampaignWorkflow.stop)

    async def throttle_campaign(self, campaign_id: UUID, per_second: int | None) -> bool:
        """Tell the workflow the speed in its row."""
        return await self._update(campaign_id, CampaignWorkflow.throttle, per_second or 0)

    async def wake_campaign(self, campaign_id: UUID) -> bool:
        """Tell the workflow that its rows have more to send, or that no more will be added."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.signal(CampaignWorkflow.wake, rpc_timeout=calls.RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            log.warning("campaign not woken yet: %s", type(error).__name__)
            return False
        return True

    async def move_campaign(self, campaign_id: UUID, start: datetime) -> bool:
        """Tell the workflow the scheduled time in its row."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.signal(CampaignWorkflow.move, start, rpc_timeout=calls.RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            log.warning("campaign not moved yet: %s", type(error).__name__)
            return False
        return True

    async def undo_campaign(self, campaign_id: UUID) -> bool:
        """End the workflow of a launch being undone; returns whether none is running."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.terminate("undone", rpc_timeout=calls.RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                return True
            log.warning("launch not undone in Temporal: %s", type(error).__name__)
            return False
        return True

    async def campaign_progress(self, campaign_id: UUID) -> CampaignProgress | None:
        """The progress of a campaign's workflow; None if it is not running or does not answer."""
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            return await handle.query(CampaignWorkflow.progress, rpc_timeout=calls.RPC_TIMEOUT)
        except (RPCError, RuntimeError):
            return None

    async def _update(self, campaign_id: UUID, update: Any, *arguments: Any) -> bool:
        try:
            handle = (await self.client()).get_workflow_handle(ids.campaign(campaign_id))
            await handle.execute_update(update, *arguments, rpc_timeout=calls.RPC_TIMEOUT)
        except (
            RPCError, RuntimeError, WorkflowUpdateFailedError, RPCTimeoutOrCancelledError,
        ) as error:  # fmt: skip
            if isinstance(error.__cause__, asyncio.CancelledError):
                raise error.__cause__ from None
            log.warning("campaign not told yet: %s", type(error).__name__)
            return False
        return True
