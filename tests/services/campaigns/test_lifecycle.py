"""Steps of a campaign's workflow on its row: at their time, once, and harmless when it is gone or over."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import START_GRACE, CampaignStatus
from domain.errors import Invalid
from domain.ids import new_id
from services.campaigns import lifecycle, report
from services.campaigns.lifecycle import AS_GOOD_AS_NOW, TooEarly
from services.campaigns.outcomes import recipients
from services.campaigns.outcomes.recipients import RecipientFilter
from tests.services.campaigns.test_control import WAY, into, seen

NOW = datetime.now(UTC)
INSTANT = timedelta(microseconds=1)


async def planned(session: AsyncSession, start: datetime | None, launched: datetime = NOW) -> UUID:
    campaign_id = await into(session, "scheduled")
    times = text("UPDATE campaigns SET scheduled_at = :start, launched_at = :launched")
    await session.execute(times, {"start": start, "launched": launched})
    return campaign_id


async def test_what_is_gone_is_stopped(session: AsyncSession) -> None:
    assert await lifecycle.begin(session, new_id(), NOW) == "stopped"
    assert await lifecycle.finish(session, new_id(), NOW) == "stopped"


@pytest.mark.parametrize(
    ("ahead", "status"),
    [
        (AS_GOOD_AS_NOW, "running"), (timedelta(0), "running"), (-START_GRACE, "running"),
        (-START_GRACE - INSTANT, "held"), (timedelta(days=-400), "held"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", ["its time", "its launch"])
async def test_it_starts_at_its_time_or_asks_if_that_is_long_past(
    session: AsyncSession, ahead: timedelta, status: str, by: str
) -> None:
    """Without a time of its own, it was due when it was launched."""
    due = NOW + ahead
    start, launched = (due, NOW) if by == "its time" else (None, due)
    campaign_id = await planned(session, start, launched)
    assert await lifecycle.begin(session, campaign_id, NOW) == status
    view = await report.one(session, campaign_id)
    held = status == "held"
    assert (view.pause_reason, view.started_at) == (
        ("missed_start", None) if held else (None, NOW)
    )  # fmt: skip
    before = await seen(session, campaign_id)
    assert before[-1][-1][0] == ("campaign.held" if held else "campaign.started")
    assert await lifecycle.begin(session, campaign_id, NOW + timedelta(days=1)) == status
    assert await seen(session, campaign_id) == before, "an activity may run twice"


@pytest.mark.parametrize("ahead", [AS_GOOD_AS_NOW + INSTANT, timedelta(days=30)])
async def test_nothing_starts_before_its_time(session: AsyncSession, ahead: timedelta) -> None:
    campaign_id = await planned(session, NOW + ahead)
    before = await seen(session, campaign_id)
    with pytest.raises(TooEarly) as early:
        await lifecycle.begin(session, campaign_id, NOW)
    assert early.value.wait == ahead
    assert await seen(session, campaign_id) == before


@pytest.mark.parametrize("status", WAY)
async def test_only_what_sends_is_finished_and_once(session: AsyncSession, status: str) -> None:
    campaign_id = await into(session, status)
    before = await seen(session, campaign_id)
    sends = status in ("running", "paused")
    for _ in range(2):
        found = await lifecycle.finish(session, campaign_id, NOW)
        assert found == (CampaignStatus.COMPLETED if sends else status)
    after = await seen(session, campaign_id)
    noted = [kind for kind, *_ in after[-1][len(before[-1]) :]]
    assert noted == ["campaign.completed"] * sends
    if sends:
        view = await report.one(session, campaign_id)
        assert view.finished_at == NOW
        assert view.started_at is not None


@pytest.mark.parametrize("limit", [0, recipients.PAGE_LIMIT + 1])
async def test_a_page_of_its_people_has_a_size(session: AsyncSession, limit: int) -> None:
    with pytest.raises(Invalid):
        await recipients.page(session, new_id(), RecipientFilter(), limit=limit)
