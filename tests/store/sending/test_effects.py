"""What a refusal changes besides its message: once, by the first to arrive, and nothing already decided."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus
from domain.channels import ChannelStatus, Restriction
from domain.consent import Action, Source
from domain.ids import new_id
from store.sending import effects
from tests.store import races
from tests.store.ledgers import ledger
from tests.store.races import Sessions

STATE = "SELECT status, blocked_reason FROM channels"


@pytest.mark.parametrize("status", CampaignStatus)
async def test_only_what_runs_is_paused(session: AsyncSession, status: CampaignStatus) -> None:
    made = await ledger(session)
    await made.run("UPDATE campaigns SET status = :status, pause_reason = 'earlier'", status=status)
    runs = status is CampaignStatus.RUNNING
    assert await effects.pause_campaign(session, made.campaign.id, "token") is runs
    after = ("paused", "token") if runs else (status, "earlier")
    assert await made.read("SELECT status, pause_reason FROM campaigns") == [after]


async def test_of_many_failures_at_once_one_pauses_and_one_blocks(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        made = await ledger(session)
    paused = await races.at_once(
        sessions,
        *(lambda s: effects.pause_campaign(s, made.campaign.id, "payment") for _ in range(6)),
    )
    blocked = await races.at_once(
        sessions,
        *(
            lambda s: effects.block_channel(s, made.campaign.channel_id, "payment")
            for _ in range(6)
        ),
    )
    assert (paused.count(True), blocked.count(True)) == (1, 1)


@pytest.mark.parametrize("reason", ["token", "policy"])
@pytest.mark.parametrize("status", ChannelStatus)
async def test_a_number_is_blocked_once_and_what_a_person_ended_stays_ended(
    session: AsyncSession, status: ChannelStatus, reason: str
) -> None:
    made = await ledger(session)
    await made.run(
        "UPDATE channels SET status = :status, blocked_reason = 'earlier'", status=status
    )
    sends = status in (ChannelStatus.CONNECTED, ChannelStatus.UNVERIFIED)
    assert await effects.block_channel(session, made.campaign.channel_id, reason) is sends
    assert await made.read(STATE) == [("blocked", reason) if sends else (status, "earlier")]


@pytest.mark.parametrize(
    ("kind", "end", "reason", "blocks"),
    [
        (Restriction.BUSINESS_INITIATED, "infinity", "policy", False),
        (Restriction.BUSINESS_INITIATED, "2999-01-01T00:00:00Z", "policy", False),
        (Restriction.BUSINESS_INITIATED, "2001-01-01T00:00:00Z", "policy", True),  # it is over
        (Restriction.BUSINESS_INITIATED, "infinity", "token", True),
        (Restriction.UTILITY, "infinity", "policy", True),
    ],
)
async def test_a_policy_refusal_under_a_known_restriction_is_that_restriction(
    session: AsyncSession, kind: Restriction, end: str, reason: str, blocks: bool
) -> None:
    made = await ledger(session)
    await made.run(
        "UPDATE channels SET restrictions = jsonb_build_object(CAST(:kind AS text), CAST(:end AS text))",
        kind=kind, end=end,
    )  # fmt: skip
    assert await effects.block_channel(session, made.campaign.channel_id, reason) is blocks


async def test_a_stop_in_whatsapp_is_of_the_time_of_its_refusal(session: AsyncSession) -> None:
    made = await ledger(session, 3)
    at = datetime(2026, 10, 1, tzinfo=UTC)
    await made.run("UPDATE messages SET failed_at = :at WHERE id = :id", at=at, id=made.ids[0])
    gone = (await made.row(made.ids[2]))["contact_id"]
    await made.run("DELETE FROM contacts WHERE id = :id", id=gone)
    facts = {f.contact_id: f for f in await effects.opt_outs(session, [*made.ids, new_id()])}
    first, second = [(await made.row(id_))["contact_id"] for id_ in made.ids[:2]]
    assert facts.keys() == {first, second}  # nobody keeps a fact about whom we deleted
    assert facts[first].at == at
    assert datetime.now(UTC) - facts[second].at < timedelta(minutes=1)
    assert {(f.action, f.source) for f in facts.values()} == {(Action.STOP, Source.REFUSAL)}
    assert await effects.opt_outs(session, []) == []
