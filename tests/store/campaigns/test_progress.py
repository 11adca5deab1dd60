"""How far a campaign is: what is left, who waits, why people did not get it, and how fast it went."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from store.campaigns import progress, rates
from store.campaigns.progress import FailureGroup, NextTries, Remainder
from tests.store.ledgers import NOW, Ledger, ledger

MINUTE = timedelta(minutes=1)


async def _waits(made: Ledger, **minutes: int) -> None:
    """Let messages be due by their place: ``_0=5`` in five minutes."""
    for place, wait in minutes.items():
        await made.run(
            "UPDATE messages SET next_try_at = clock_timestamp() + CAST(:wait AS interval) WHERE id = :id",
            wait=wait * MINUTE, id=made.ids[int(place[1:])],
        )  # fmt: skip


async def test_what_is_left_is_who_has_no_message_and_when_the_first_is_due(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 6)
    await made.run("DELETE FROM messages WHERE id = ANY(:ids)", ids=made.ids[4:])
    assert await progress.remainder(session, made.campaign.id) == Remainder(2, None, 6, open=False)
    await made.put(["queued", "queued", "sending", "failed", "queued", "queued"])
    await _waits(made, _0=5, _1=2, _2=1, _3=1)  # only who waits is due at all
    left = await progress.remainder(session, made.campaign.id)
    assert left.next_try is not None
    assert MINUTE < left.next_try <= 2 * MINUTE
    assert (left.fresh, left.total) == (2, 6)


@pytest.mark.parametrize(
    ("kind", "closed", "is_open"),
    [("api", False, True), ("api", True, False), ("csv", False, False), ("contacts", False, False)],
)
async def test_only_what_programs_may_add_to_is_open(
    session: AsyncSession, kind: str, closed: bool, is_open: bool
) -> None:
    made = await ledger(session)
    closed_at = NOW if closed else None
    await made.run("UPDATE campaigns SET type = :kind, closed_at = :at", kind=kind, at=closed_at)
    assert (await progress.remainder(session, made.campaign.id)).open is is_open


async def test_nothing_is_left_of_what_is_gone_or_not_written_down(session: AsyncSession) -> None:
    made = await ledger(session)
    await made.run("DELETE FROM campaign_counters")
    nothing = Remainder(0, None, 0, open=False)
    assert await progress.remainder(session, made.campaign.id) == nothing
    assert await progress.remainder(session, new_id()) == nothing
    assert await progress.next_tries(session, []) == {}


async def test_whom_a_deletion_holds_back_is_no_next_try(session: AsyncSession) -> None:
    made = await ledger(session, 4)
    await made.put(["queued", "queued", "queued", "unknown"])
    await _waits(made, _0=3, _1=7, _2=1, _3=1)
    await made.run("UPDATE messages SET attempt = 0 WHERE id = :id", id=made.ids[2])
    found = await progress.next_tries(session, [made.campaign.id, new_id()])
    assert found.keys() == {made.campaign.id}
    tries = found[made.campaign.id]
    assert isinstance(tries, NextTries)
    assert tries.people == 2
    assert 2 * MINUTE < tries[1] <= 3 * MINUTE


async def test_failures_are_grouped_by_what_whatsapp_or_the_gate_said(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 9)
    await made.put(
        [
            "failed",
            "failed",
            "failed",
            "rejected",
            "refused",
            "refused",
            "unknown",
            "read",
            "queued",
        ]
    )
    for places, code, detail in (
        ((0, 1), 131026, "some words"), ((2,), 131026, "other words"), ((3,), 131026, None),
        ((4,), None, "opted_out"), ((5,), None, "contact_blocked"), ((6,), None, "no_answer"),
        ((7, 8), 131049, "of before"),
    ):  # fmt: skip
        await made.run(
            "UPDATE messages SET error_code = :code, error_detail = :detail WHERE id = ANY(:ids)",
            code=code, detail=detail, ids=[made.ids[place] for place in places],
        )  # fmt: skip
    found = await progress.failures(session, made.campaign.id)
    assert found[0] == FailureGroup("failed", 131026, "other words", 3)
    assert sorted(((g.state, g.error_code, g.detail, g.people) for g in found[1:]), key=str) == sorted(
        [
            ("rejected", 131026, None, 1), ("refused", None, "opted_out", 1),
            ("refused", None, "contact_blocked", 1), ("unknown", None, "no_answer", 1),
        ],
        key=str,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_a_graph_counts_each_second_in_one_stretch(session: AsyncSession, seed: int) -> None:
    chance = Random(seed)
    made = await ledger(session)
    await made.run("DELETE FROM campaign_rates")
    assert await rates.span(session, made.campaign.id) is None
    seconds = {chance.randrange(600): chance.randint(1, 80) for _ in range(60)}
    await made.run(
        """INSERT INTO campaign_rates SELECT :id, CAST(:now AS timestamptz) + n * interval '1 second', k
        FROM unnest(CAST(:seconds AS int[]), CAST(:counts AS int[])) AS i(n, k)""",
        id=made.campaign.id, now=NOW, seconds=list(seconds), counts=list(seconds.values()),
    )  # fmt: skip
    since, until, width = (
        chance.randrange(0, 200),
        chance.randrange(300, 700),
        chance.choice((1, 7, 60)),
    )
    span = NOW + timedelta(seconds=since), NOW + timedelta(seconds=until)
    inside = {n: k for n, k in seconds.items() if since <= n < until}
    expected: dict[int, int] = {}
    for n, k in inside.items():
        bucket = (n - since) // width
        expected[bucket] = expected.get(bucket, 0) + k
    assert await rates.buckets(session, made.campaign.id, *span, width) == expected
    assert await rates.accepted_between(session, made.campaign.id, *span) == sum(inside.values())
    first, last = NOW + timedelta(seconds=min(seconds)), NOW + timedelta(seconds=max(seconds))
    assert await rates.span(session, made.campaign.id) == (first, last)
