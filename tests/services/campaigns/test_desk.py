"""Campaigns are renamed, moved, copied, archived and deleted, each where it makes sense."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM, Actor
from domain.campaigns import CampaignStatus, Variable
from domain.errors import Conflict, Invalid
from services.campaigns import control, desk, draft, launch, report
from services.campaigns.draft import DraftChange
from services.vault import Vault, new_key
from tests import factories
from tests.services.campaigns.test_undo import launched
from tests.services.conversations.test_browse import agent

pytestmark = pytest.mark.fault("8B1")

DAY = timedelta(days=1)


async def planned(session: AsyncSession) -> UUID:
    """A campaign that starts in a day, its people written down."""
    campaign_id = await launched(session, timedelta(0))
    start = datetime.now(UTC) + DAY
    await session.execute(text("UPDATE campaigns SET scheduled_at = :start"), {"start": start})
    assert await launch.freeze(session, campaign_id) == 3
    return campaign_id


async def test_a_planned_start_is_moved_without_asking_for_the_people_again(
    session: AsyncSession,
) -> None:
    campaign_id = await planned(session)
    now = datetime.now(UTC)
    later = now + 3 * DAY
    moved = await desk.move(session, campaign_id, SYSTEM, later, now)
    assert (moved.status, moved.scheduled_at, moved.progress.total) == (
        CampaignStatus.SCHEDULED, later, 3,
    )  # fmt: skip
    for wrong in (now - timedelta(hours=1), now + 6 * 366 * DAY):
        with pytest.raises(Invalid):
            await desk.move(session, campaign_id, SYSTEM, wrong, now)
    assert (await report.history(session, campaign_id))[0].kind == "moved"


async def test_only_a_planned_campaign_is_moved(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, Vault([new_key()]), 3)
    now = datetime.now(UTC)
    with pytest.raises(Conflict):
        await desk.move(session, campaign.id, SYSTEM, now + DAY, now)


async def test_a_copy_is_a_draft_with_everything_but_the_time(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    origin = await report.one(session, campaign_id)
    made = await desk.copy(session, campaign_id, SYSTEM)
    assert (made.status, made.scheduled_at, made.progress.total) == (CampaignStatus.DRAFT, None, 0)
    assert made.name == f"{origin.name} (copy)"
    for kept in ("type", "channel_id", "template_id", "audience", "variables", "throttle"):
        assert getattr(made, kept) == getattr(origin, kept)
    await launch.launch(session, made.id, SYSTEM, datetime.now(UTC))
    assert await launch.freeze(session, made.id) == 3


async def test_an_ended_campaign_is_archived_and_comes_back(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    now = datetime.now(UTC)
    with pytest.raises(Conflict):
        await desk.archive(session, campaign_id, SYSTEM, now)
    await control.stop(session, campaign_id, SYSTEM, now)
    await desk.archive(session, campaign_id, SYSTEM, now)
    assert await report.page(session) == []
    assert await report.count_by_status(session) == {}
    assert [one.id for one in await report.page(session, archived=True)] == [campaign_id]
    await desk.archive(session, campaign_id, SYSTEM, None)
    assert [one.id for one in await report.page(session)] == [campaign_id]


async def test_what_wrote_to_nobody_can_be_deleted(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    with pytest.raises(Conflict):
        await draft.delete(session, campaign_id, SYSTEM)
    await control.stop(session, campaign_id, SYSTEM, datetime.now(UTC))
    await draft.delete(session, campaign_id, SYSTEM)
    left = await session.scalar(text("SELECT count(*) FROM campaign_recipients"))
    assert (left, await report.page(session)) == (0, [])


async def test_what_wrote_to_somebody_stays(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    await control.stop(session, campaign_id, SYSTEM, datetime.now(UTC))
    await session.execute(text("UPDATE campaign_counters SET accepted = 1"))
    with pytest.raises(Conflict) as sent:
        await draft.delete(session, campaign_id, SYSTEM)
    assert sent.value.code == "campaign_sent"


async def test_a_new_campaign_is_no_draft_until_something_is_typed(session: AsyncSession) -> None:
    person = Actor("mina", await agent(session))
    opened = await draft.begin(session, person, "Campaign of today")
    assert (await draft.begin(session, person, "Campaign of today")).id == opened.id
    assert await report.page(session) == []
    change = DraftChange(variables={"body.1": Variable(default="Ana")})
    await draft.change(session, opened.id, person, change, opened.revision)
    assert [one.id for one in await report.page(session)] == [opened.id]
    assert (await draft.begin(session, person, "Campaign of today")).id != opened.id


async def test_a_draft_nobody_typed_in_is_forgotten_after_a_day(session: AsyncSession) -> None:
    person = Actor("mina", await agent(session))
    opened = await draft.begin(session, person, "Campaign of today")
    await draft.forget_blank(session)
    assert (await report.one(session, opened.id)).name == "Campaign of today"
    await session.execute(text("UPDATE campaigns SET created_at = now() - interval '2 days'"))
    await draft.forget_blank(session)
    assert await session.scalar(text("SELECT count(*) FROM campaigns")) == 0


async def test_a_campaign_is_renamed_in_any_state(session: AsyncSession) -> None:
    campaign_id = await planned(session)
    assert (
        await desk.rename(session, campaign_id, SYSTEM, "  Spring   sale ")
    ).name == "Spring sale"
    with pytest.raises(Invalid):
        await desk.rename(session, campaign_id, SYSTEM, "   ")
