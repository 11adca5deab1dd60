"""Outcomes of attempts are written and counted once, and never overwrite what a webhook reported earlier."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.messages import MessageState
from store.sending import outcomes, single
from store.sending.outcomes import Outcome, Touched
from tests.store import races
from tests.store.ledgers import NOW, Ledger, ledger
from tests.store.races import Sessions
from tests.threads import OPEN, sent, thread

OUTCOMES = (
    MessageState.ACCEPTED, MessageState.REJECTED, MessageState.UNKNOWN, MessageState.QUEUED,
)  # fmt: skip
STATES = [state for state in MessageState if state is not MessageState.RECEIVED]
UNDER_WAY = (MessageState.SENDING, MessageState.UNKNOWN)
PAIRS = list(product(STATES, OUTCOMES))
LATER = NOW + timedelta(hours=1)


def _outcome(message_id: Any, state: MessageState, attempt: int = 1, **more: Any) -> Outcome:
    if state is MessageState.ACCEPTED:
        return Outcome(message_id, attempt, state, NOW, wamid=f"wamid.{message_id}", **more)
    again = LATER if state is MessageState.QUEUED else None
    return Outcome(message_id, attempt, state, NOW, code=131000, detail="late", next_try_at=again, **more)  # fmt: skip


def _follows(before: MessageState, outcome: MessageState) -> bool:
    """An answer counts while it is waited for; that WhatsApp took it also after somebody queued it again."""
    return before in UNDER_WAY or (before, outcome) == (MessageState.QUEUED, MessageState.ACCEPTED)


async def _all_pairs(session: AsyncSession, attempt: int) -> tuple[Ledger, list[dict[str, Any]]]:
    """Every outcome of this attempt for a message in every state; the rows as they were before."""
    made = await ledger(session, len(PAIRS))
    await made.put(
        [before for before, _ in PAIRS], attempt=2, error_code=131026, error_detail="said before",
        failed_at=NOW - timedelta(minutes=1), next_try_at=NOW,
    )  # fmt: skip
    rows = await made.rows()
    told = [
        _outcome(id_, outcome, attempt) for id_, (_, outcome) in zip(made.ids, PAIRS, strict=True)
    ]
    await outcomes.record(session, told)
    return made, rows


async def test_an_outcome_moves_what_waits_for_it_and_nothing_else(session: AsyncSession) -> None:
    made, _ = await _all_pairs(session, 2)
    assert await made.states() == [
        outcome if _follows(before, outcome) else before for before, outcome in PAIRS
    ]
    await made.assert_counted()
    moved = [
        "retry" if outcome is MessageState.QUEUED else outcome.value
        for before, outcome in PAIRS
        if before in UNDER_WAY and outcome not in (before, MessageState.ACCEPTED)
    ]
    assert sorted(outcome for _, outcome, _, _ in await made.logged()) == sorted(moved)


@pytest.mark.parametrize("attempt", [1, 3])
async def test_an_outcome_of_another_attempt_changes_nothing_at_all(
    session: AsyncSession, attempt: int
) -> None:
    made, before = await _all_pairs(session, attempt)
    assert await made.rows() == before
    assert await made.logged() == []


async def test_why_a_message_failed_is_not_overwritten_by_an_answer_that_comes_late(
    session: AsyncSession,
) -> None:
    """WhatsApp's reason is kept: that our own call timed out, or was read first, explains less."""
    made, before = await _all_pairs(session, 2)
    said = ("error_code", "error_detail", "failed_at", "next_try_at")
    for old, new, (state, outcome) in zip(before, await made.rows(), PAIRS, strict=True):
        if not _follows(state, outcome):
            assert {name: new[name] for name in said} == {name: old[name] for name in said}, (
                state, outcome,
            )  # fmt: skip


async def test_the_id_of_whatsapp_is_learned_late_and_never_changed(session: AsyncSession) -> None:
    landed = [MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED]
    made = await ledger(session, 2 * len(landed))
    await made.put(landed * 2, accepted_at=None, wamid=None)
    known = made.ids[len(landed) :]
    await made.run(
        "UPDATE messages SET wamid = 'first', accepted_at = :at WHERE id = ANY(:ids)",
        ids=known, at=NOW - timedelta(minutes=5),
    )  # fmt: skip
    await outcomes.record(session, [_outcome(id_, MessageState.ACCEPTED) for id_ in made.ids])
    for row in await made.rows():
        taken = (row["wamid"], row["accepted_at"])
        if row["id"] in known:
            assert taken == ("first", NOW - timedelta(minutes=5))
        else:
            assert taken == (f"wamid.{row['id']}", NOW)


@pytest.mark.parametrize("given_up", [False, True])
async def test_that_whatsapp_took_it_holds_a_second_try_back_unless_it_gave_it_up_since(
    session: AsyncSession, given_up: bool
) -> None:
    made = await ledger(session)
    await made.put(["queued"], next_try_at=LATER)
    outcome = "failed" if given_up else "send_again"
    await made.run(
        "INSERT INTO message_attempts (message_id, attempt, outcome) VALUES (:id, 1, :outcome)",
        id=made.ids[0], outcome=outcome,
    )  # fmt: skip
    await outcomes.record(session, [_outcome(made.ids[0], MessageState.ACCEPTED)])
    row = await made.row()
    expected = ("queued", LATER, None) if given_up else ("accepted", None, f"wamid.{made.ids[0]}")
    assert (row["state"], row["next_try_at"], row["wamid"]) == expected
    await made.assert_counted()


async def test_the_same_outcome_twice_is_logged_and_counted_once(session: AsyncSession) -> None:
    made = await ledger(session, len(OUTCOMES))
    told = [_outcome(id_, outcome) for id_, outcome in zip(made.ids, OUTCOMES, strict=True)]
    for _ in range(2):
        await outcomes.record(session, told)
    await made.assert_counted()
    assert sorted(made[1] for made in await made.logged()) == ["rejected", "retry", "unknown"]
    [(accepted,)] = await made.read("SELECT sum(accepted) FROM campaign_rates")
    assert accepted == 1


async def test_pages_of_the_campaign_and_of_the_thread_are_named(session: AsyncSession) -> None:
    made = await ledger(session, 3)
    on = await thread(session, made.campaign.channel_id, window=OPEN)
    single_id = await sent(session, on, "sending", wamid=None, attempt=1, claimed_by="me")
    told = [_outcome(id_, MessageState.ACCEPTED) for id_ in [*made.ids, single_id, new_id()]]
    touched = await outcomes.record(session, told)
    assert sorted(touched, key=str) == sorted(
        [Touched(made.campaign.id, None, None), Touched(None, on.contact_id, on.channel_id)],
        key=str,
    )
    await made.assert_counted()
    assert await outcomes.record(session, []) == []


async def test_a_dead_sender_of_a_single_message_leaves_it_in_doubt_once(
    session: AsyncSession,
) -> None:
    made = await ledger(session)
    on = await thread(session, made.campaign.channel_id)
    message_id = await sent(session, on, "sending", wamid=None, attempt=1, claimed_by="dead")
    await single.abandon(session, message_id, "dead")
    assert (await made.row(message_id))["state"] == "sending"  # it is its own
    for _ in range(2):
        await single.abandon(session, message_id, "heir")
    row = await made.row(message_id)
    assert (row["state"], row["error_detail"]) == ("unknown", "sender_died")
    assert await made.logged() == [(1, "unknown", None, "sender_died")]


async def test_writers_of_outcomes_wait_in_one_order(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await ledger(session, 4)
    told = [_outcome(id_, MessageState.ACCEPTED) for id_ in reversed(made.ids)]
    await races.assert_waits_in_order(
        sessions, lambda session: outcomes.record(session, told),
        "SELECT id FROM messages WHERE id = ANY(:keys) ORDER BY id FOR UPDATE", made.ids,
    )  # fmt: skip
    async with sessions() as session:
        assert await Ledger(session, made.campaign, made.ids).states() == ["accepted"] * 4
