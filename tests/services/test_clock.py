"""The database's time counts, whatever this machine's clock says."""

import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from domain.campaigns import CampaignStatus
from services import clock
from services.campaigns import lifecycle
from services.sending import verdicts
from services.vault import Vault, new_key
from tests import factories
from whatsapp.client import CallNotMade

pytestmark = pytest.mark.fault("D4")

HOUR = timedelta(hours=1)


@pytest.fixture(params=[HOUR, -HOUR], ids=["ahead", "behind"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's clock is an hour off, and nothing has been measured yet."""
    shift: timedelta = request.param

    class Shifted(datetime):
        @classmethod
        @override
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time() + shift.total_seconds(), tz)

    monkeypatch.setattr(clock, "datetime", Shifted)
    monkeypatch.setattr(clock, "_known", clock._Known())


@pytest.mark.usefixtures("wrong_clock")
async def test_a_measured_clock_is_right(session: AsyncSession) -> None:
    off = await clock.measure(session)
    assert abs(abs(off) - HOUR) < timedelta(seconds=5)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.usefixtures("wrong_clock")
async def test_the_next_try_is_due_when_the_database_says_so(session: AsyncSession) -> None:
    await clock.measure(session)
    campaign = await factories.campaign(session, Vault([new_key()]), 1)
    verdict = verdicts.failed(campaign.id, 1, CallNotMade(), clock.now(), patient=True)
    assert verdict.outcome.next_try_at is not None
    wait = verdict.outcome.next_try_at - datetime.now(UTC)
    assert timedelta(0) < wait < timedelta(minutes=2)


@pytest.mark.usefixtures("wrong_clock")
async def test_a_plan_starts_at_its_time_and_is_not_held(session: AsyncSession) -> None:
    await clock.measure(session)
    campaign = await factories.campaign(session, Vault([new_key()]), 1, begun=False)
    for away, expected in ((timedelta(minutes=10), None), (timedelta(0), CampaignStatus.RUNNING)):
        await session.execute(
            text(
                "UPDATE campaigns SET status = 'scheduled', scheduled_at = clock_timestamp() + :away"
            ),
            {"away": away},
        )
        if expected is None:
            with pytest.raises(lifecycle.TooEarly) as early:
                await lifecycle.begin(session, campaign.id, clock.now())
            assert abs(early.value.wait - away) < timedelta(seconds=5)
        else:
            assert await lifecycle.begin(session, campaign.id, clock.now()) is expected


@pytest.mark.usefixtures("wrong_clock")
async def test_a_slow_answer_replaces_none_that_came_quickly(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clock.measure(session)
    right, ticks = clock.now(), iter(range(0, 3600, 60))
    elapsed = clock._elapsed
    began = elapsed()
    # The database answers a minute after it was asked: its time is as old as that.
    monkeypatch.setattr(clock, "_elapsed", lambda: began + next(ticks))
    await clock.measure(session)
    monkeypatch.setattr(clock, "_elapsed", elapsed)
    assert abs(clock.now() - right) < timedelta(seconds=5)


@pytest.mark.usefixtures("wrong_clock")
async def test_a_slow_answer_is_better_than_none(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ticks = clock._elapsed(), iter((0, 60, 60))
    monkeypatch.setattr(clock, "_elapsed", lambda: began + next(ticks))
    await clock.measure(session)
    assert clock._known.at is not None


def test_until_it_is_measured_the_time_is_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_known", clock._Known())
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
