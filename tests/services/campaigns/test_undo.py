"""A launch can be taken back for a few seconds, and for exactly as long nothing is written down."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus
from domain.errors import Conflict, NotFound
from services.campaigns import launch, report, undo
from services.vault import Vault, new_key
from tests import factories

FIVE = timedelta(seconds=5)


async def launched(session: AsyncSession, seconds: timedelta = FIVE) -> UUID:
    """A campaign launched just now that nobody has begun to work on."""
    campaign = await factories.campaign(session, Vault([new_key()]), 3, begun=False)
    for table in ("campaign_recipients", "campaign_counters"):
        await session.execute(text(f"DELETE FROM {table}"))
    await session.execute(
        text("UPDATE campaigns SET status = 'draft', launched_at = NULL, template = NULL")
    )
    view = await launch.launch(session, campaign.id, SYSTEM, datetime.now(UTC), seconds)
    assert view.undo_until is not None
    return campaign.id


async def test_undo_makes_it_a_draft_again_with_everything_kept(session: AsyncSession) -> None:
    campaign_id = await launched(session)
    before = await report.one(session, campaign_id)
    undone = await undo.undo(session, campaign_id, SYSTEM)
    assert (undone.status, undone.undo_until, undone.launched_at) == (
        CampaignStatus.DRAFT, None, None,
    )  # fmt: skip
    for kept in ("name", "channel_id", "template_id", "audience", "variables", "throttle"):
        assert getattr(undone, kept) == getattr(before, kept)
    assert (await report.history(session, campaign_id))[0].kind == "undone"
    assert (await undo.undo(session, campaign_id, SYSTEM)).status is CampaignStatus.DRAFT
    with pytest.raises(NotFound):
        await launch.freeze(session, campaign_id)
    again = await launch.launch(session, campaign_id, SYSTEM, datetime.now(UTC))
    assert again.undo_until is None
    assert await launch.freeze(session, campaign_id) == 3


async def test_nothing_is_written_down_while_it_can_be_undone(session: AsyncSession) -> None:
    campaign_id = await launched(session, timedelta(milliseconds=300))
    with pytest.raises(launch.StillUndoable):
        await launch.freeze(session, campaign_id)
    await asyncio.sleep(0.35)
    assert await launch.freeze(session, campaign_id) == 3
    with pytest.raises(Conflict, match="too late") as late:
        await undo.undo(session, campaign_id, SYSTEM)
    assert late.value.code == "undo_too_late"


async def test_undo_and_freeze_at_once_end_in_one_of_both(state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign_id = await launched(session, timedelta(milliseconds=1))
    await asyncio.sleep(0.01)

    async def press() -> str:
        async with state.sessions.begin() as session:
            await undo.undo(session, campaign_id, SYSTEM)
            return "undone"

    async def freeze() -> str:
        async with state.sessions.begin() as session:
            await launch.freeze(session, campaign_id)
            return "frozen"

    results = await asyncio.gather(press(), freeze(), return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 1
    async with state.sessions() as session:
        view = await report.one(session, campaign_id)
    assert (view.status is CampaignStatus.DRAFT) is (view.progress.total == 0)
