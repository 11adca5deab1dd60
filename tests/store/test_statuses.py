"""Laws 3 and 5: states only move forward whatever comes first, and always sum to the audience."""

from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.messages import MessageState
from services.campaigns import report
from services.receiving.statuses import fold
from services.vault import Vault, new_key
from store.sending import claims, outcomes, statuses
from store.sending.outcomes import Outcome
from tests import factories
from whatsapp.webhooks import Status

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def status(
    message_id: UUID, state: MessageState, code: int | None = None, attempt: int = 1
) -> Status:
    detail = "because" if code else None
    return Status(f"wamid.{message_id}", message_id, attempt, state, NOW, code, detail, None)


async def _claimed(session: AsyncSession, count: int) -> tuple[UUID, list[UUID]]:
    launched = await factories.campaign(session, Vault([new_key()]), count)
    ids = [new_id() for _ in range(count)]
    await claims.claim_fresh(session, launched.span, 0, ids, "me/1", marketing=False)
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
    [again] = (await claims.claim_again(session, span, 5, "me/2", marketing=False)).items
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
