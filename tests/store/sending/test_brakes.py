"""Brakes count what has gone wrong since a person last looked, by the counters of that moment."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from store.sending import brakes, pulses
from tests.store.ledgers import Ledger, ledger

FEWEST = brakes.FEWEST_OUTCOMES


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a campaign has seen, in all and since the mark."""

    good: int
    bad: int
    seen: int
    seen_bad: int
    percent: int | None

    @property
    def pulled(self) -> bool:
        """The rule in Python."""
        outcomes, failures = self.good + self.bad - self.seen, self.bad - self.seen_bad
        if self.percent is None or outcomes < FEWEST:
            return False
        return failures / outcomes * 100 >= self.percent


async def _pulled(made: Ledger, numbers: Numbers) -> str | None:
    await made.run(
        """UPDATE campaigns SET brake_percent = :percent,
        brake_mark = jsonb_build_object('outcomes', CAST(:seen AS int), 'failures', CAST(:seen_bad AS int))""",
        percent=numbers.percent, seen=numbers.seen, seen_bad=numbers.seen_bad,
    )  # fmt: skip
    half = numbers.bad // 2
    await made.run(
        """UPDATE campaign_counters SET delivered = :good, failed = :failed, rejected = :rejected,
        refused = 1000, unknown = 1000, sending = 1000""",
        good=numbers.good, failed=half, rejected=numbers.bad - half,
    )  # fmt: skip
    pulse = await pulses.pulse(made.session, made.campaign.id)
    assert pulse is not None
    return pulse.halt


@pytest.mark.parametrize(
    "numbers",
    [
        Numbers(0, FEWEST - 1, 0, 0, 1),  # too few to judge
        Numbers(0, FEWEST, 0, 0, 100),
        Numbers(FEWEST, 0, 0, 0, 1),
        Numbers(70, 30, 0, 0, 30),
        Numbers(71, 29, 0, 0, 30),
        Numbers(700, 300, 950, 300, 30),  # all of it was seen by a person
        Numbers(700, 300, 900, 270, 30),
        Numbers(700, 300, 900, 271, 30),
        Numbers(0, 500, 0, 0, None),
        Numbers(900_000, 300_000, 0, 0, 25),
        Numbers(900_001, 299_999, 0, 0, 25),
        Numbers(10, 10, 60, 60, 1),  # people who went left fewer than were seen
    ],
)
async def test_failures_pull_the_brake_from_their_share_on(
    session: AsyncSession, numbers: Numbers
) -> None:
    made = await ledger(session)
    assert (await _pulled(made, numbers) == brakes.FAILURES) is numbers.pulled


@given(
    good=st.integers(0, 3000), bad=st.integers(0, 3000), percent=st.integers(1, 100),
    more=st.integers(1, 500),
)  # fmt: skip
def test_one_more_failure_never_releases_the_brake(
    good: int, bad: int, percent: int, more: int
) -> None:
    """Of the rule that the table above holds against PostgreSQL."""
    if Numbers(good, bad, 0, 0, percent).pulled:
        assert Numbers(good, bad + more, 0, 0, percent).pulled


@pytest.mark.parametrize(
    ("now", "seen", "halt"),
    [
        ("RED", None, brakes.QUALITY), ("RED", "GREEN", brakes.QUALITY), ("RED", "RED", None),
        ("YELLOW", None, None), ("YELLOW", "RED", None), ("UNKNOWN", None, None),
    ],
)  # fmt: skip
async def test_a_number_that_turns_red_pauses_once(
    session: AsyncSession, now: str, seen: str | None, halt: str | None
) -> None:
    made = await ledger(session)
    await made.run("UPDATE channels SET quality = :now", now=now)
    mark = "jsonb_build_object('quality', CAST(:seen AS text))" if seen else "'{}'"
    await made.run(f"UPDATE campaigns SET brake_mark = {mark}", **({"seen": seen} if seen else {}))
    pulse = await pulses.pulse(session, made.campaign.id)
    assert pulse is not None
    assert pulse.halt == halt


async def test_quality_is_said_before_failures(session: AsyncSession) -> None:
    made = await ledger(session)
    await made.run("UPDATE channels SET quality = 'RED'")
    assert await _pulled(made, Numbers(0, 500, 0, 0, 10)) == brakes.QUALITY


async def _mark(session: AsyncSession) -> object:
    return await session.scalar(text("SELECT brake_mark FROM campaigns"))


async def test_from_the_mark_on_nothing_of_before_counts(session: AsyncSession) -> None:
    made = await ledger(session)
    assert await _pulled(made, Numbers(50, 50, 0, 0, 10)) == brakes.FAILURES
    await brakes.set_mark(session, made.campaign.id)
    assert await _mark(session) == {"outcomes": 100, "failures": 50, "quality": "UNKNOWN"}
    pulse = await pulses.pulse(session, made.campaign.id)
    assert pulse is not None
    assert pulse.halt is None


@pytest.mark.parametrize("status", ["paused", "held", "stopped", "completed", "scheduled"])
async def test_a_campaign_that_does_not_run_keeps_its_mark(
    session: AsyncSession, status: str
) -> None:
    made = await ledger(session)
    await _pulled(made, Numbers(900, 0, 0, 0, 10))
    await made.run("UPDATE campaigns SET status = :status", status=status)
    before = await _mark(session)
    await brakes.set_mark(session, made.campaign.id)
    await brakes.move_marks(session)
    assert await _mark(session) == before


@pytest.mark.parametrize(
    ("numbers", "quality", "moves"),
    [
        (Numbers(10 * FEWEST, 0, 0, 0, 10), "GREEN", True),
        (Numbers(10 * FEWEST - 1, 0, 0, 0, 10), "GREEN", False),  # too few to forget the rest
        (Numbers(10 * FEWEST, 0, 0, 0, 10), "RED", False),
        (Numbers(450, 50, 0, 0, 10), "GREEN", False),  # the brake is pulled
        (Numbers(451, 49, 0, 0, 10), "GREEN", True),
        (Numbers(0, 500, 0, 0, None), "GREEN", True),  # who wants no brake has none
    ],
)
async def test_marks_move_on_where_all_goes_well(
    session: AsyncSession, numbers: Numbers, quality: str, moves: bool
) -> None:
    made = await ledger(session)
    await made.run("UPDATE channels SET quality = :quality", quality=quality)
    await _pulled(made, numbers)
    await brakes.move_marks(session)
    seen = {"outcomes": numbers.good + numbers.bad, "failures": numbers.bad, "quality": quality}
    assert await _mark(session) == (seen if moves else {"outcomes": 0, "failures": 0})


async def test_a_number_that_recovered_and_turns_red_again_pauses_again(
    session: AsyncSession,
) -> None:
    made = await ledger(session)
    await made.run("UPDATE channels SET quality = 'RED'")
    await brakes.set_mark(session, made.campaign.id)  # a person resumed it all the same
    await made.run("UPDATE channels SET quality = 'GREEN'")
    await made.run("UPDATE campaign_counters SET delivered = :n", n=10 * FEWEST)
    await brakes.move_marks(session)
    await made.run("UPDATE channels SET quality = 'RED'")
    pulse = await pulses.pulse(session, made.campaign.id)
    assert pulse is not None
    assert pulse.halt == brakes.QUALITY
