"""Laws 3 and 5: states only move forward, in whatever order statuses arrive, and always sum to the audience."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.ids import new_id
from domain.messages import STATUS_RANK, MessageState
from domain.recipients import Choice
from services.campaigns import report
from services.campaigns.outcomes import resolve
from services.receiving.statuses import fold, keep, rounds
from services.vault import Vault, new_key
from store.sending import claims, outcomes, statuses
from store.sending.outcomes import Outcome
from tests import factories
from whatsapp.webhooks import Status

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OURS = {MessageState.QUEUED, MessageState.SENDING, MessageState.UNKNOWN, MessageState.ACCEPTED}


def status(
    message_id: UUID, state: MessageState, code: int | None = None, attempt: int = 1
) -> Status:
    detail = "because" if code else None
    return Status(f"wamid.{message_id}", message_id, attempt, state, NOW, code, detail, None)


async def _claimed(session: AsyncSession, count: int) -> tuple[UUID, list[UUID]]:
    launched = await factories.campaign(session, Vault([new_key()]), count)
    ids = [new_id() for _ in range(count)]
    await claims.claim_fresh(session, launched.span, 0, ids, "me/1")
    return launched.id, ids


async def _states(session: AsyncSession) -> dict[UUID, str]:
    rows = (await session.execute(text("SELECT id, state FROM messages"))).all()
    return {row.id: row.state for row in rows}


async def _assert_sums(session: AsyncSession, campaign_id: UUID, total: int) -> None:
    """Counters equal a count over the rows, and their sum is the audience."""
    progress = (await report.one(session, campaign_id)).progress
    counted = text(
        "SELECT state, count(*) AS n FROM messages WHERE campaign_id = :id GROUP BY state"
    )
    rows = (await session.execute(counted, {"id": campaign_id})).all()
    for row in rows:
        if row.state != "queued":
            assert getattr(progress, row.state) == row.n, row.state
    assert progress.total == total
    parts = (
        progress.landed + progress.not_sent + progress.unknown + progress.sending + progress.queued
    )
    assert parts == total


async def test_a_status_faster_than_our_own_record_wins(session: AsyncSession) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await statuses.apply(session, fold([status(message_id, MessageState.DELIVERED)]))
    late = Outcome(message_id, 1, MessageState.ACCEPTED, NOW, wamid=f"wamid.{message_id}")
    await outcomes.record(session, [late])
    assert (await _states(session))[message_id] == "delivered"
    await _assert_sums(session, campaign_id, 1)


async def test_a_status_settles_an_unknown_outcome(session: AsyncSession) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await outcomes.record(
        session, [Outcome(message_id, 1, MessageState.UNKNOWN, NOW, detail="no_answer")]
    )
    assert (await _states(session))[message_id] == "unknown"
    await statuses.apply(session, fold([status(message_id, MessageState.SENT)]))
    assert (await _states(session))[message_id] == "sent"
    await _assert_sums(session, campaign_id, 1)


async def test_an_outcome_of_an_earlier_attempt_changes_nothing(session: AsyncSession) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await outcomes.record(
        session, [Outcome(message_id, 1, MessageState.QUEUED, NOW, next_try_at=NOW)]
    )
    span = claims.Span(campaign_id, new_id(), 1, 1)
    [again] = (await claims.claim_again(session, span, 5, "me/2")).items
    assert again.attempt == 2
    await outcomes.record(session, [Outcome(message_id, 1, MessageState.REJECTED, NOW, code=100)])
    assert (await _states(session))[message_id] == "sending"
    await _assert_sums(session, campaign_id, 1)


async def test_a_status_for_a_message_of_somebody_else_is_ignored(session: AsyncSession) -> None:
    applied = await statuses.apply(session, fold([status(new_id(), MessageState.READ)]))
    assert (applied.touched, applied.failures) == ([], [])


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_and_repetition_ends_the_same_and_sums(
    session: AsyncSession, seed: int
) -> None:
    chance = Random(seed)
    campaign_id, ids = await _claimed(session, 30)
    failing = set(ids[:6])
    news: list[Status | Outcome] = []
    for message_id in ids:
        news.append(Outcome(message_id, 1, MessageState.ACCEPTED, NOW, wamid=f"wamid.{message_id}"))
        if message_id in failing:
            news += [
                status(message_id, MessageState.SENT),
                status(message_id, MessageState.FAILED, 131026),
            ]
        else:
            news += [
                status(message_id, state)
                for state in (MessageState.SENT, MessageState.DELIVERED, MessageState.READ)
            ]
    news += chance.sample(news, 40)
    chance.shuffle(news)
    while news:
        batch = [news.pop() for _ in range(min(len(news), chance.randint(1, 25)))]
        known = {item.message_id: item for item in batch if isinstance(item, Outcome)}
        if known:
            await outcomes.record(session, list(known.values()))
        await statuses.apply(session, fold(item for item in batch if isinstance(item, Status)))
        await _assert_sums(session, campaign_id, 30)
    states = await _states(session)
    assert {message_id: states[message_id] for message_id in ids} == {
        message_id: "failed" if message_id in failing else "read" for message_id in ids
    }


@pytest.mark.parametrize("news", [state for state in STATUS_RANK if state not in OURS])
async def test_a_status_moves_every_state_forward_or_not_at_all(
    session: AsyncSession, news: MessageState
) -> None:
    states = [state for state in MessageState if state is not MessageState.QUEUED]
    _, ids = await _claimed(session, len(states))
    for message_id, state in zip(ids, states, strict=True):
        await session.execute(
            text("UPDATE messages SET state = :state WHERE id = :id"),
            {"state": state, "id": message_id},
        )
    await statuses.apply(session, fold(status(message_id, news) for message_id in ids))
    after = await _states(session)
    assert [after[message_id] for message_id in ids] == [
        news if STATUS_RANK[news] > STATUS_RANK.get(state, 99) else state for state in states
    ]
    assert len(set(STATUS_RANK.values())) == len(STATUS_RANK)


async def _row(session: AsyncSession, message_id: UUID) -> Any:
    statement = text("SELECT * FROM messages WHERE id = :id")
    return (await session.execute(statement, {"id": message_id})).one()


async def _accepted(session: AsyncSession, message_id: UUID) -> None:
    done = Outcome(message_id, 1, MessageState.ACCEPTED, NOW, wamid=f"wamid.{message_id}")
    await outcomes.record(session, [done])


async def test_a_late_failure_that_may_be_tried_again_waits_its_time(session: AsyncSession) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await _accepted(session, message_id)
    news = [status(message_id, MessageState.FAILED, 131049)]
    for _ in range(3):  # Meta repeats itself
        await statuses.apply(session, fold(news))
    row = await _row(session, message_id)
    assert (row.state, row.next_try_at - NOW, row.wamid) == ("queued", timedelta(hours=24), None)
    logged = text("SELECT outcome, error_code, wamid, next_try_at FROM message_attempts")
    assert (await session.execute(logged)).all() == [
        ("failed", 131049, f"wamid.{message_id}", NOW + timedelta(hours=24))
    ]
    await _assert_sums(session, campaign_id, 1)


async def test_an_acceptance_slower_than_its_failure_does_not_undo_the_retry(
    session: AsyncSession,
) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await statuses.apply(session, fold([status(message_id, MessageState.FAILED, 131049)]))
    await _accepted(session, message_id)
    row = await _row(session, message_id)
    assert (row.state, row.next_try_at) == ("queued", NOW + timedelta(hours=24))
    await _assert_sums(session, campaign_id, 1)


async def test_an_acceptance_slower_than_the_decision_to_send_again_keeps_it_from_leaving(
    session: AsyncSession,
) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    in_doubt = Outcome(message_id, 1, MessageState.UNKNOWN, NOW, detail="sender_died")
    await outcomes.record(session, [in_doubt])
    await resolve.resolve(session, campaign_id, SYSTEM, Choice.SEND_AGAIN, None)
    await _accepted(session, message_id)
    row = await _row(session, message_id)
    assert (row.state, row.next_try_at) == ("accepted", None)
    await _assert_sums(session, campaign_id, 1)


async def test_a_second_late_failure_of_that_kind_is_final(session: AsyncSession) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await statuses.apply(session, fold([status(message_id, MessageState.FAILED, 131049)]))
    await session.execute(text("UPDATE messages SET attempt = 2, state = 'sent'"))
    await statuses.apply(session, fold([status(message_id, MessageState.FAILED, 131049)]))
    assert (await _row(session, message_id)).state == "sent"  # that was about the first attempt
    late = status(message_id, MessageState.FAILED, 131049, attempt=2)
    applied = await statuses.apply(session, fold([late]))
    assert (await _row(session, message_id)).state == "failed"
    assert [failure.code for failure in applied.failures] == [131049]
    assert campaign_id is not None


async def test_a_message_that_arrived_after_all_is_not_sent_again(session: AsyncSession) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await statuses.apply(session, fold([status(message_id, MessageState.FAILED, 131049)]))
    await statuses.apply(session, fold([status(message_id, MessageState.DELIVERED)]))
    row = await _row(session, message_id)
    assert (row.state, row.next_try_at) == ("delivered", None)
    await _assert_sums(session, campaign_id, 1)


@pytest.mark.parametrize("code", [131026, 131050, 130472])
async def test_a_late_failure_of_the_person_is_final(session: AsyncSession, code: int) -> None:
    _, [message_id] = await _claimed(session, 1)
    await _accepted(session, message_id)
    await statuses.apply(session, fold([status(message_id, MessageState.FAILED, code)]))
    assert (await _row(session, message_id)).state == "failed"


async def test_a_campaign_that_has_ended_tries_nothing_again(session: AsyncSession) -> None:
    campaign_id, [message_id] = await _claimed(session, 1)
    await _accepted(session, message_id)
    await session.execute(text("UPDATE campaigns SET status = 'completed'"))
    await statuses.apply(session, fold([status(message_id, MessageState.FAILED, 131049)]))
    assert (await _row(session, message_id)).state == "failed"
    await _assert_sums(session, campaign_id, 1)


def test_two_attempts_of_one_message_are_applied_one_after_the_other() -> None:
    first, other = new_id(), new_id()
    news = fold(
        [
            status(first, MessageState.SENT, attempt=2),
            status(first, MessageState.FAILED, 131026, attempt=1),
            status(other, MessageState.SENT),
        ]
    )
    made = [[(u.message_id, u.attempt) for u in round_] for round_ in rounds(news)]
    assert [set(round_) for round_ in made] == [{(first, 1), (other, 1)}, {(first, 2)}]


async def test_late_failures_of_everybody_pause_block_and_slow_down(session: AsyncSession) -> None:
    campaign_id, ids = await _claimed(session, 3)
    for message_id in ids:
        await _accepted(session, message_id)
    await keep(
        session,
        [
            status(ids[0], MessageState.FAILED, 131042),
            status(ids[1], MessageState.FAILED, 131050),
            status(ids[2], MessageState.FAILED, 130429),
        ],
    )
    campaign = await report.one(session, campaign_id)
    assert (campaign.status, campaign.pause_reason) == ("paused", "payment")
    channel = text("SELECT status, blocked_reason FROM channels")
    assert (await session.execute(channel)).one() == ("blocked", "payment")
    opted = text("SELECT count(*) FROM contacts WHERE marketing_opt_out_at IS NOT NULL")
    assert (await session.execute(opted)).scalar_one() == 1
    slowed = text("SELECT count(*) FROM rate_slots WHERE slowed_at IS NOT NULL")
    assert (await session.execute(slowed)).scalar_one() == 1
    states = await _states(session)
    assert [states[message_id] for message_id in ids] == ["queued", "failed", "queued"]
    # The same news again, an hour later: a person has resumed, nothing is paused a second time.
    await session.execute(text("UPDATE campaigns SET status = 'running', pause_reason = NULL"))
    await keep(session, [status(ids[0], MessageState.FAILED, 131042)])
    assert (await report.one(session, campaign_id)).status == "running"
