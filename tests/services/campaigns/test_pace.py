"""Speed, time left and the rate graph."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from services.campaigns import control, report
from services.campaigns.progress import pace
from services.vault import Vault, new_key
from tests import factories

VAULT = Vault([new_key()])
NOW = datetime(2026, 11, 23, 9, 0, 30, 400_000, UTC)


async def rated(session: AsyncSession, campaign: factories.LaunchedCampaign, *ago: int) -> None:
    for seconds in ago:
        await session.execute(
            text("INSERT INTO campaign_rates VALUES (:id, :second, 50)"),
            {"id": campaign.id, "second": NOW.replace(microsecond=0) - timedelta(seconds=seconds)},
        )


async def test_before_the_first_message_the_plan_is_the_guess(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 8, throughput=4)
    found = await pace.pace(session, await report.one(session, campaign.id), NOW)
    assert (found.per_second, found.planned, found.backlog, found.seconds_left) == (0.0, 4, 8, 2.0)


async def test_the_speed_is_measured_over_the_last_whole_seconds(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 8)
    await rated(session, campaign, 0, 1, 2, 3, 4, 5)  # the second that still runs does not count
    found = await pace.pace(session, await report.one(session, campaign.id), NOW)
    assert found.per_second == 50.0
    assert found.seconds_left == 8 / 50


async def test_when_nothing_moves_nobody_promises_a_time(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 8)
    await rated(session, campaign, 60)
    found = await pace.pace(session, await report.one(session, campaign.id), NOW)
    assert (found.per_second, found.seconds_left) == (0.0, None)


async def test_a_paused_campaign_has_a_backlog_and_no_time_left(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 8)
    view = await control.pause(session, campaign.id, SYSTEM)
    found = await pace.pace(session, view, NOW)
    assert (found.backlog, found.seconds_left) == (8, None)


async def test_the_slower_of_number_and_choice_is_planned(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 1, throughput=80, throttle=20)
    assert await pace.planned_speed(session, campaign.channel_id, 20) == 20
    assert await pace.planned_speed(session, campaign.channel_id, 500) == 80
    assert await pace.planned_speed(session, None, 500) is None


async def test_the_graph_has_every_second_and_its_gaps(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 8)
    view = await report.one(session, campaign.id)
    assert await pace.series(session, view, NOW) == []
    await rated(session, campaign, 10, 9, 5)
    points = await pace.series(session, view, NOW)
    assert [point.per_second for point in points] == [0, 50, 50, 0, 0, 0, 50, 0, 0, 0, 0]


async def test_a_long_campaign_is_drawn_with_few_points(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 8)
    await rated(session, campaign, 86_400, 0)
    points = await pace.series(session, await report.one(session, campaign.id), NOW)
    assert 200 < len(points) <= pace.POINTS + 1


async def test_markers_say_what_happened_and_who_did_it(session: AsyncSession) -> None:
    campaign = await factories.campaign(session, VAULT, 8)
    await control.throttle(session, campaign.id, SYSTEM, 20)
    await control.pause(session, campaign.id, SYSTEM)
    found = await pace.markers(session, campaign.id)
    assert [(marker.kind, marker.per_second) for marker in found] == [
        ("launched", None), ("throttled", 20), ("paused", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("most", "used", "people", "days"),
    [
        (250, 0, 0, 1), (250, 0, 250, 1), (250, 0, 251, 2), (250, 249, 1, 1), (250, 249, 2, 2),
        (250, 250, 250, 2), (250, 250, 251, 3), (250, 400, 1, 2), (1, 0, 1_000, 1_000),
    ],
)  # fmt: skip
async def test_a_plan_takes_as_many_days_as_the_daily_limit_has_room_for(
    session: AsyncSession, most: int, used: int, people: int, days: int
) -> None:
    """More may be used than the limit says: Meta lowers it too."""
    campaign = await factories.campaign(session, VAULT, 1, throughput=80)
    await session.execute(text("UPDATE portfolios SET messaging_limit = :most"), {"most": most})
    await session.execute(
        text("""INSERT INTO portfolio_usage (portfolio_id, minute, people)
        SELECT id, date_trunc('minute', now()), :used FROM portfolios"""), {"used": used},
    )  # fmt: skip
    plan = await pace.plan(session, await report.one(session, campaign.id), people)
    assert plan.budget is not None
    assert (plan.budget.days, plan.budget.remaining) == (days, max(0, most - used))
    assert plan.lasts == timedelta(seconds=people / 80, days=days - 1)
