"""Steps around sending, as Temporal sees them: what is tried again and when, and what never is."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.campaigns.files import CampaignFiles, ReadFile
from activities.campaigns.lifecycle import LOOK_AGAIN, CampaignLeft, CampaignLifecycle, CampaignRef
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus, CampaignType
from domain.ids import new_id
from services.campaigns import report
from services.campaigns.drafts import write
from services.campaigns.files import intake, loading
from services.campaigns.files.intake import Reading, Upload
from tests import factories


async def planned(needs: Dependencies, ahead: timedelta) -> UUID:
    async with needs.sessions.begin() as session:
        campaign = await factories.campaign(session, needs.vault, 3, begun=False)
        start = text("UPDATE campaigns SET scheduled_at = :start")
        await session.execute(start, {"start": datetime.now(UTC) + ahead})
    return campaign.id


async def run(step: Any, campaign_id: UUID) -> Any:
    return await ActivityEnvironment().run(step, CampaignRef(campaign_id))


@pytest.mark.parametrize(
    ("ahead", "least"),
    [(timedelta(days=9), LOOK_AGAIN), (timedelta(seconds=8), timedelta(seconds=4))],
)
async def test_a_start_that_came_too_early_is_tried_again_at_its_time_and_alarms_nobody(
    needs: Dependencies, ahead: timedelta, least: timedelta
) -> None:
    """Not much later than in ten seconds, however far away it is: a person may stop it meanwhile."""
    campaign_id = await planned(needs, ahead)
    with pytest.raises(ApplicationError) as early:
        await run(CampaignLifecycle(needs).begin, campaign_id)
    assert early.value.next_retry_delay is not None
    assert least <= early.value.next_retry_delay <= min(ahead, LOOK_AGAIN)
    assert (early.value.category, early.value.non_retryable) == (
        ApplicationErrorCategory.BENIGN, False,
    )  # fmt: skip
    async with needs.sessions.begin() as session:
        assert (await report.one(session, campaign_id)).status is CampaignStatus.SCHEDULED
        await session.execute(text("UPDATE campaigns SET scheduled_at = now()"))
    assert await run(CampaignLifecycle(needs).begin, campaign_id) is CampaignStatus.RUNNING


async def test_what_is_left_is_looked_at_from_its_first_to_its_last_moment(
    needs: Dependencies,
) -> None:
    steps, campaign_id = CampaignLifecycle(needs), await planned(needs, timedelta(0))
    assert await run(steps.look, campaign_id) == CampaignLeft(CampaignStatus.SCHEDULED, 3, None, 3)
    assert await run(steps.begin, campaign_id) is CampaignStatus.RUNNING
    for _ in range(2):
        assert await run(steps.finish, campaign_id) is CampaignStatus.COMPLETED
    gone = CampaignLeft(CampaignStatus.STOPPED, 0, None)
    assert await run(steps.look, new_id()) == gone
    assert await run(steps.finish, new_id()) is CampaignStatus.STOPPED


async def test_an_audience_of_a_launch_that_was_undone_is_not_tried_again(
    needs: Dependencies,
) -> None:
    campaign_id = await planned(needs, timedelta(0))
    async with needs.sessions.begin() as session:
        undone = "UPDATE campaigns SET status = 'draft', template = NULL"
        await session.execute(text(undone))
    for key in (campaign_id, new_id()):
        with pytest.raises(ApplicationError) as refused:
            await run(CampaignLifecycle(needs).freeze_audience, key)
        assert (refused.value.type, refused.value.non_retryable) == ("campaign_unknown", True)


async def test_a_file_that_another_worker_reads_is_tried_again_and_then_read(
    needs: Dependencies,
) -> None:
    async with needs.sessions.begin() as session:
        made = await write.create(session, SYSTEM, "File", CampaignType.CSV)
        given = Upload("a.csv", io.BytesIO(b"Phone\n+34611000101\n"), needs.data_dir, 1_000)
        await intake.submit(session, made.id, SYSTEM, given, Reading())
    read = CampaignFiles(needs).read_file
    async with needs.sessions.begin() as other:
        await loading.hold(other, made.id)
        with pytest.raises(TimeoutError):  # no ApplicationError: Temporal tries again
            await ActivityEnvironment().run(read, ReadFile(made.id))
    for _ in range(2):
        await ActivityEnvironment().run(read, ReadFile(made.id))
    async with needs.sessions() as session:
        view = await report.one(session, made.id)
    assert view.file is not None
    assert (view.pending, view.file.usable) == (None, 1)
