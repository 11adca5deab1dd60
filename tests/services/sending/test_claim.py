"""A sender's two questions: how many may be sent when, and to whom; and what stops it."""

import asyncio
from datetime import timedelta

import pytest

from domain.limits import LARGEST_CHUNK, chunk
from services.sending.claim import SHORTEST_WAIT, book, claim_again, claim_fresh, halted
from store.sending.claims import Taken
from tests.services.sending.conftest import Lanes


@pytest.mark.parametrize(
    ("throughput", "throttle", "count"),
    [(1000, None, LARGEST_CHUNK), (1000, 40, chunk(40)), (80, None, chunk(80)), (80, 1000, chunk(80))],
)  # fmt: skip
async def test_as_much_is_booked_at_once_as_the_slower_of_number_and_campaign_allows(
    lanes: Lanes, throughput: int, throttle: int | None, count: int
) -> None:
    campaign = await lanes.campaign(60, throughput=throughput, throttle=throttle)
    cursor = await lanes.cursor(campaign)
    async with lanes.statements() as session:
        booked = await book(session, cursor)
    assert booked.count == count
    assert len(booked.intervals) == (1 if throttle is None else 2)


async def test_no_slot_is_booked_for_nobody(lanes: Lanes) -> None:
    cursor = await lanes.cursor(await lanes.campaign(3))
    async with lanes.statements() as session:
        assert (await book(session, cursor)).count == 3
        cursor.throughput = 1
        await book(session, cursor)
        later = await book(session, cursor)
    assert later.count == 0
    assert later.delay >= SHORTEST_WAIT


async def test_a_span_is_claimed_to_its_end_and_once(lanes: Lanes) -> None:
    campaign = await lanes.campaign(5)
    cursor = await lanes.cursor(campaign)
    sizes = []
    while cursor.fresh_left:
        taken = await claim_fresh(lanes.statements, lanes.transactions, cursor, 2, "me/1")
        assert not await halted(lanes.transactions, cursor, taken)
        sizes.append(len(taken.items))
    assert sizes == [2, 2, 1]
    again = await claim_again(lanes.statements, lanes.transactions, cursor, 9, "me/2")
    assert again.items == []


async def test_what_is_due_again_is_claimed_with_its_next_attempt(lanes: Lanes) -> None:
    campaign = await lanes.campaign(2)
    await lanes.claim(campaign)
    await lanes.run("UPDATE messages SET state = 'queued', next_try_at = now() - interval '1 s'")
    cursor = await lanes.cursor(campaign)
    taken = await claim_again(lanes.statements, lanes.transactions, cursor, 9, "me/2")
    assert [item.attempt for item in taken.items] == [2, 2]


async def test_two_senders_at_once_keep_to_the_budget_and_come_back_for_the_rest(
    lanes: Lanes,
) -> None:
    campaign = await lanes.campaign(6)
    await lanes.run("UPDATE portfolios SET messaging_limit = 4")
    cursors = [await lanes.cursor(campaign) for _ in range(2)]
    assert all(cursor.limited for cursor in cursors)
    taken = await asyncio.gather(
        *(
            claim_fresh(lanes.statements, lanes.transactions, cursor, 6, f"{place}/1")
            for place, cursor in enumerate(cursors)
        )
    )
    assert sum(len(part.items) for part in taken) == 4
    assert all(part.spent for part in taken)
    # Whom the budget left out has no message yet, and is where the cursor stands.
    assert all(cursor.after == 0 and cursor.fresh_left for cursor in cursors)
    await lanes.run(
        "UPDATE portfolio_usage SET minute = minute - interval '25 hours'",
        "UPDATE portfolio_recipients SET at = at - interval '25 hours'",
    )
    rest = await claim_fresh(lanes.statements, lanes.transactions, cursors[0], 6, "0/2")
    assert len(rest.items) == 2


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("UPDATE channels SET quality = 'RED'", "quality"),
        ("UPDATE campaign_counters SET rejected = 50, total = 100", "failures"),
    ],
)
async def test_a_brake_pauses_with_its_cause_and_is_released_by_whoever_resumes(
    lanes: Lanes, change: str, cause: str
) -> None:
    campaign = await lanes.campaign(4)
    await lanes.run("UPDATE campaigns SET brake_percent = 20", change)
    taken = await lanes.claim(campaign)
    assert taken.items == []
    row = "SELECT status, pause_reason FROM campaigns"
    assert await lanes.read(row) == [("paused", cause)]
    told = "SELECT data ->> 'reason' FROM journal WHERE kind = 'campaign.auto_paused'"
    assert await lanes.read(told) == [(cause,)]


@pytest.mark.parametrize("status", ["paused", "stopped", "completed", "held"])
async def test_what_a_person_or_the_workflow_decided_is_obeyed_without_a_word(
    lanes: Lanes, status: str
) -> None:
    campaign = await lanes.campaign()
    cursor = await lanes.cursor(campaign)
    await lanes.run("UPDATE campaigns SET status = :status", status=status)
    taken = await claim_fresh(lanes.statements, lanes.transactions, cursor, 2, "me/1")
    assert taken.items == []
    assert await halted(lanes.transactions, cursor, taken)
    assert await lanes.read("SELECT status, pause_reason FROM campaigns") == [(status, None)]
    assert await halted(lanes.transactions, cursor, Taken(None))  # deleted


async def test_speeds_and_limit_are_seen_at_the_next_claim(lanes: Lanes) -> None:
    campaign = await lanes.campaign(4)
    cursor = await lanes.cursor(campaign)
    await lanes.run(
        "UPDATE campaigns SET throttle = 7",
        "UPDATE channels SET throughput = 20",
        "UPDATE portfolios SET messaging_limit = 100",
    )
    taken = await claim_fresh(lanes.statements, lanes.transactions, cursor, 1, "me/1")
    assert not await halted(lanes.transactions, cursor, taken)
    assert (cursor.throttle, cursor.throughput, cursor.limited) == (7, 20, True)
    assert taken.pulse is not None
    assert taken.pulse.rest is None or taken.pulse.rest > timedelta(0)
