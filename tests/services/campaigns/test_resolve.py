"""Unknown outcomes: only a person decides, only unknown ones change, and sums stay correct."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import SYSTEM
from domain.attempts import AttemptOutcome
from domain.campaigns import CampaignStatus
from domain.errors import Conflict
from domain.ids import new_id
from domain.messages import MessageState
from domain.recipients import Choice
from services.campaigns import desk, report
from services.campaigns.outcomes import ledger, resolve
from services.vault import Vault, new_key
from store.sending import claims, outcomes, statuses
from store.sending.outcomes import Outcome
from store.sending.statuses import StatusUpdate
from tests import factories
from tests.factories import LaunchedCampaign
from tests.words import refused_with


async def in_doubt(session: AsyncSession, count: int = 3) -> tuple[LaunchedCampaign, list[UUID]]:
    """A running campaign in which every outcome is unknown."""
    campaign = await factories.campaign(session, Vault([new_key()]), count)
    taken = await claims.claim_fresh(
        session, campaign.span, 0, [new_id() for _ in range(count)], "one/1"
    )
    items = taken.items
    now = datetime.now(UTC)
    await outcomes.record(
        session,
        [Outcome(i.message_id, 1, MessageState.UNKNOWN, now, detail="no_answer") for i in items],
    )
    return campaign, [item.message_id for item in items]


async def attempts_of(session: AsyncSession, campaign: LaunchedCampaign, number: int) -> list[str]:
    view = await report.one(session, campaign.id)
    found = await ledger.ledger(session, view, number)
    return [attempt.outcome.value for attempt in found.attempts]


async def test_assumed_sent_counts_as_accepted_and_says_who_decided(session: AsyncSession) -> None:
    campaign, _ = await in_doubt(session)
    done = await resolve.resolve(session, campaign.id, SYSTEM, Choice.ASSUME_SENT, [1, 2])
    assert done.changed == 2
    progress = done.campaign.progress
    assert (progress.accepted, progress.unknown, progress.queued) == (2, 1, 0)
    assert await attempts_of(session, campaign, 1) == ["unknown", "assumed_sent"]
    assert await attempts_of(session, campaign, 3) == ["unknown"]
    history = await report.history(session, campaign.id)
    assert (history[0].kind, history[0].detail) == ("assumed_sent", {"people": 2})


async def test_sent_again_is_claimed_as_the_next_attempt(session: AsyncSession) -> None:
    campaign, ids = await in_doubt(session)
    done = await resolve.resolve(session, campaign.id, SYSTEM, Choice.SEND_AGAIN, None)
    assert done.changed == 3
    assert (done.campaign.progress.queued, done.campaign.progress.unknown) == (3, 0)
    items = (await claims.claim_again(session, campaign.span, 10, "two/1")).items
    assert {(item.message_id, item.attempt) for item in items} == {(id_, 2) for id_ in ids}
    accepted = Outcome(ids[0], 2, MessageState.ACCEPTED, datetime.now(UTC), wamid="wamid.2")
    await outcomes.record(session, [accepted])
    line = await ledger.ledger(session, await report.one(session, campaign.id), 1)
    assert [(entry.number, entry.outcome) for entry in line.attempts] == [
        (1, AttemptOutcome.UNKNOWN),
        (1, AttemptOutcome.SEND_AGAIN),
        (2, AttemptOutcome.ACCEPTED),
    ]
    assert line.attempts[-1].wamid == "wamid.2"


async def test_a_delivery_update_that_came_first_is_not_undone(session: AsyncSession) -> None:
    campaign, ids = await in_doubt(session)
    now = datetime.now(UTC)
    update = StatusUpdate("wamid.1", ids[0], 1, MessageState.DELIVERED, now, now)
    await statuses.apply(session, [update])
    done = await resolve.resolve(session, campaign.id, SYSTEM, Choice.SEND_AGAIN, None)
    assert done.changed == 2
    assert done.campaign.progress.delivered == 1
    assert await attempts_of(session, campaign, 1) == ["unknown", "accepted"]


async def test_a_delivery_update_that_comes_later_settles_what_was_decided(
    session: AsyncSession,
) -> None:
    campaign, ids = await in_doubt(session)
    await resolve.resolve(session, campaign.id, SYSTEM, Choice.ASSUME_SENT, [1])
    await resolve.resolve(session, campaign.id, SYSTEM, Choice.SEND_AGAIN, [2])
    now = datetime.now(UTC)
    late = [StatusUpdate(f"wamid.{n}", ids[n], 1, MessageState.READ, now, now, now) for n in (0, 1)]
    await statuses.apply(session, late)
    progress = (await report.one(session, campaign.id)).progress
    assert (progress.read, progress.unknown, progress.queued, progress.accepted) == (2, 1, 0, 0)
    again = await claims.claim_again(session, campaign.span, 10, "two/1")
    assert again.items == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("completed", CampaignStatus.RUNNING), ("paused", CampaignStatus.PAUSED)],
)
async def test_sending_again_reopens_a_finished_campaign(
    session: AsyncSession, before: str, after: CampaignStatus
) -> None:
    campaign, _ = await in_doubt(session)
    await set_status(session, campaign.id, before)
    if before == "completed":
        await desk.archive(session, campaign.id, SYSTEM, datetime.now(UTC))
    done = await resolve.resolve(session, campaign.id, SYSTEM, Choice.SEND_AGAIN, [1])
    assert done.campaign.status is after
    assert done.campaign.finished_at is None
    assert done.campaign.archived_at is None  # what sends stands in the list
    kinds = {entry.kind for entry in await report.history(session, campaign.id)}
    assert ("reopened" in kinds) is (before == "completed")


async def test_a_stopped_campaign_sends_nothing_again(session: AsyncSession) -> None:
    campaign, _ = await in_doubt(session)
    await set_status(session, campaign.id, "stopped")
    with refused_with(Conflict, "was stopped") as refused:
        await resolve.resolve(session, campaign.id, SYSTEM, Choice.SEND_AGAIN, None)
    assert refused.value.code == "campaign_ended"
    done = await resolve.resolve(session, campaign.id, SYSTEM, Choice.ASSUME_SENT, None)
    assert (done.changed, done.campaign.status) == (3, CampaignStatus.STOPPED)


async def test_two_people_at_once_decide_each_message_once(state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign, _ = await in_doubt(session, 20)

    async def press(choice: Choice) -> int:
        async with state.sessions.begin() as session:
            done = await resolve.resolve(session, campaign.id, SYSTEM, choice, None)
            return done.changed

    changed = await asyncio.gather(press(Choice.ASSUME_SENT), press(Choice.SEND_AGAIN))
    assert sorted(changed) == [0, 20]
    async with state.sessions() as session:
        progress = (await report.one(session, campaign.id)).progress
        assert progress.unknown == 0
        assert progress.accepted + progress.queued == 20


async def set_status(session: AsyncSession, campaign_id: UUID, status: str) -> None:
    await session.execute(
        text("UPDATE campaigns SET status = :status WHERE id = :id"),
        {"status": status, "id": campaign_id},
    )
