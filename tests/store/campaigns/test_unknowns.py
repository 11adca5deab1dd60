"""Unknown outcomes: a person decides about those still unknown, and about no others."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.limits import SETTLED_AFTER
from domain.messages import MessageState
from domain.recipients import Choice
from store.campaigns import attempts, rows, unknowns
from tests.store import races
from tests.store.ledgers import NOW, Ledger, ledger
from tests.store.races import Sessions

STATES = [state for state in MessageState if state is not MessageState.RECEIVED]
OTHERS = [state for state in STATES if state is not MessageState.UNKNOWN]


async def _decided(made: Ledger, choice: Choice, seqs: Sequence[int] | None = None) -> list[int]:
    """The seqs that a decision changed."""
    before = await made.states()
    count = await unknowns.decide(made.session, made.campaign.id, choice, seqs, None)
    after = await made.states()
    changed = [
        n + 1 for n, pair in enumerate(zip(before, after, strict=True)) if len(set(pair)) > 1
    ]
    assert len(changed) == count
    await made.assert_counted()
    return changed


@pytest.mark.parametrize("choice", Choice)
async def test_only_what_is_unknown_is_decided_and_once(
    session: AsyncSession, choice: Choice
) -> None:
    made = await ledger(session, len(OTHERS) + 2)
    await made.put([*OTHERS, "unknown", "unknown"])
    unknown = [len(OTHERS) + 1, len(OTHERS) + 2]
    assert await _decided(made, choice) == unknown
    assert await _decided(made, choice) == []
    assert [line[:2] for line in await made.logged()] == [(1, unknowns.LOGGED[choice])] * 2


@pytest.mark.parametrize(
    ("seqs", "changed"), [(None, [1, 2, 3]), ([2], [2]), ([3, 1, 3], [1, 3]), ([4, 99, -1], []), ([], [])]
)  # fmt: skip
async def test_whom_a_person_chose(
    session: AsyncSession, seqs: list[int] | None, changed: list[int]
) -> None:
    made = await ledger(session, 4)
    await made.put(["unknown"] * 3 + ["sent"])
    doubt = await unknowns.doubt(session, made.campaign.id, seqs)
    assert doubt.people == len(changed)
    assert await _decided(made, Choice.SEND_AGAIN, seqs) == changed


async def test_what_is_taken_as_sent_was_taken_when_it_left_or_when_whatsapp_said(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 2)
    await made.put(["unknown"] * 2, claimed_at=NOW, error_code=131000, error_detail="sender_died")
    earlier = NOW - timedelta(minutes=1)
    await made.run(
        "UPDATE messages SET accepted_at = :at WHERE id = :id", at=earlier, id=made.ids[1]
    )
    await _decided(made, Choice.ASSUME_SENT)
    found = [
        (
            row["state"],
            row["accepted_at"],
            row["error_code"],
            row["error_detail"],
            row["next_try_at"],
        )
        for row in await made.rows()
    ]
    assert found == [
        ("accepted", NOW, None, "assumed_sent", None), ("accepted", earlier, None, "assumed_sent", None),
    ]  # fmt: skip
    assert (await rows.counters(session, made.campaign.id)) is not None


@pytest.mark.parametrize(
    ("why", "ago", "waits"),
    [
        ("sender_died", timedelta(0), True),  # it may only be asleep, and send it yet
        ("sender_died", SETTLED_AFTER + timedelta(seconds=1), False),
        ("no_answer", timedelta(0), False),  # its call has ended for certain
        (None, timedelta(0), False),
    ],
)
async def test_nothing_is_sent_again_before_the_first_try_can_no_longer_leave(
    session: AsyncSession, why: str | None, ago: timedelta, waits: bool
) -> None:
    made = await ledger(session)
    now: datetime = (await made.read("SELECT clock_timestamp()"))[0][0]
    await made.put(["unknown"], claimed_at=now - ago, error_detail=why)
    await _decided(made, Choice.SEND_AGAIN)
    row = await made.row()
    due = row["next_try_at"]
    assert (due == now - ago + SETTLED_AFTER) is waits
    assert due >= now
    assert (row["state"], row["error_detail"], row["accepted_at"]) == ("queued", None, None)


async def test_two_people_who_decide_at_once_decide_each_message_once(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await ledger(session, 6)
        await made.put(["unknown"] * 6)
    choices = [Choice.SEND_AGAIN, Choice.ASSUME_SENT] * 3
    found = await races.at_once(
        sessions,
        *(
            lambda session, choice=choice: unknowns.decide(
                session, made.campaign.id, choice, None, None
            )
            for choice in choices
        ),
    )
    async with sessions() as session:
        left = Ledger(session, made.campaign, made.ids)
        await left.assert_counted()
        assert sum(found) == 6
        assert len(await left.logged()) == 6


async def test_deciders_wait_in_one_order_and_a_webhook_that_was_faster_stands(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        made = await ledger(session, 3)
        await made.put(["unknown"] * 3)
    async with sessions() as holder:  # a webhook settles the first one, and has not committed yet
        settled = text("UPDATE messages SET state = 'delivered' WHERE id = :id")
        await holder.execute(settled, {"id": made.ids[0]})
        deciding = races.begun(
            sessions,
            lambda session: unknowns.decide(
                session, made.campaign.id, Choice.SEND_AGAIN, None, None
            ),
        )
        await races.someone_waits(sessions)
        await holder.commit()
        assert await deciding == 2
    async with sessions() as session:
        assert await Ledger(session, made.campaign, made.ids).states() == [
            "delivered",
            "queued",
            "queued",
        ]


async def test_how_long_the_doubt_is_old(session: AsyncSession) -> None:
    made = await ledger(session, 3)
    nothing = await unknowns.doubt(session, made.campaign.id, None)
    assert (nothing.people, nothing.oldest, nothing.newest) == (0, None, None)
    await made.put(["unknown", "unknown", "sent"])
    for id_, minutes in zip(made.ids, (5, 3, 9), strict=True):
        at = NOW - timedelta(minutes=minutes)
        await made.run("UPDATE messages SET claimed_at = :at WHERE id = :id", at=at, id=id_)
    doubt = await unknowns.doubt(session, made.campaign.id, None)
    assert (doubt.people, doubt.oldest, doubt.newest) == (
        2, NOW - timedelta(minutes=5), NOW - timedelta(minutes=3),
    )  # fmt: skip


async def test_attempts_are_told_in_the_order_they_were_written(session: AsyncSession) -> None:
    made = await ledger(session)
    await made.put(["unknown"])
    await _decided(made, Choice.SEND_AGAIN)
    await made.put(["unknown"], attempt=2)
    await _decided(made, Choice.ASSUME_SENT)
    lines = await attempts.logged(session, made.ids[0])
    assert [(line.number, line.outcome, line.by) for line in lines] == [
        (1, "send_again", None), (2, "assumed_sent", None),
    ]  # fmt: skip
