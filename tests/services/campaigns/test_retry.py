"""A retry reaches exactly the failed recipients who may be retried, once, with the frozen message."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import SYSTEM
from domain.campaigns import Audience, CampaignStatus
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from domain.messages import MessageState
from domain.refusals import Refusal
from domain.retries import CODES
from services.campaigns import report
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import freezing, launch, preflight, undo
from services.campaigns.retries import retry
from services.vault import Vault, new_key
from store.sending import claims, outcomes
from store.sending.outcomes import Outcome
from tests import factories
from tests.factories import LaunchedCampaign
from tests.services.campaigns.test_undo import ended
from tests.words import refused_with

PAYMENT, TOO_FAST, UNREACHABLE, OPTED_OUT, EXPERIMENT, LIMITED = (
    131042, 130429, 131026, 131050, 130472, 131049,
)  # fmt: skip


async def failed(
    session: AsyncSession, *codes: int, status: str = "completed", ago_h: int = 48
) -> LaunchedCampaign:
    """A campaign in which one person failed with each code, and one more got the message."""
    campaign = await factories.campaign(session, Vault([new_key()]), len(codes) + 1)
    taken = await claims.claim_fresh(
        session, campaign.span, 0, [new_id() for _ in range(len(codes) + 1)], "a/1"
    )
    items = taken.items
    at = datetime.now(UTC) - timedelta(hours=ago_h)
    done = [
        Outcome(item.message_id, 1, MessageState.REJECTED, at, code=code)
        for item, code in zip(items, codes, strict=False)
    ]
    done.append(Outcome(items[-1].message_id, 1, MessageState.ACCEPTED, at, wamid="wamid.ok"))
    await outcomes.record(session, done)
    statement = text("UPDATE campaigns SET status = :status WHERE id = :id")
    await session.execute(statement, {"status": status, "id": campaign.id})
    return campaign


async def recipients(session: AsyncSession, campaign_id: UUID) -> list[tuple[UUID, list[str]]]:
    query = text(
        "SELECT contact_id, variables FROM campaign_recipients WHERE campaign_id = :id "
        "ORDER BY contact_id"
    )
    rows = (await session.execute(query, {"id": campaign_id})).all()
    return [(row.contact_id, row.variables) for row in rows]


def test_which_errors_may_pass() -> None:
    assert {PAYMENT, TOO_FAST, LIMITED, 131000, 132015} <= set(CODES)
    assert not {UNREACHABLE, OPTED_OUT, EXPERIMENT, 131030, 100, 131008} & set(CODES)


async def test_a_retry_reaches_the_retryable_with_frozen_values(session: AsyncSession) -> None:
    campaign = await failed(session, PAYMENT, UNREACHABLE, OPTED_OUT, EXPERIMENT, TOO_FAST)
    before = await recipients(session, campaign.id)
    await session.execute(text("UPDATE contacts SET name = 'Somebody else'"))
    made = await retry.retry(session, campaign.id, SYSTEM, datetime.now(UTC))
    child = made.campaign
    assert (made.made, child.name, child.parent_id) == (True, "Spring (retry)", campaign.id)
    check = await preflight.check(session, child.id, datetime.now(UTC))
    assert (check.preflight.total, check.problems) == (2, {})
    launched = await launch.launch(session, child.id, SYSTEM, datetime.now(UTC))
    assert launched.template is not None
    assert await freezing.freeze(session, child.id) == 2
    assert [entry for entry in before if entry in await recipients(session, child.id)] == (
        await recipients(session, child.id)
    )


async def test_a_second_click_finds_the_first_retry(state: AppState) -> None:
    async with state.sessions.begin() as session:
        campaign = await failed(session, PAYMENT)

    async def click() -> UUID:
        async with state.sessions.begin() as session:
            found = await retry.retry(session, campaign.id, SYSTEM, datetime.now(UTC))
            return found.campaign.id

    first, second = await asyncio.gather(click(), click())
    assert first == second


async def test_whoever_was_tried_again_is_not_in_the_next_retry(session: AsyncSession) -> None:
    campaign = await failed(session, PAYMENT, TOO_FAST)
    now = datetime.now(UTC)
    child = (await retry.retry(session, campaign.id, SYSTEM, now)).campaign
    await launch.launch(session, child.id, SYSTEM, now)
    await freezing.freeze(session, child.id)
    running = text("UPDATE campaigns SET status = 'running' WHERE id = :id")
    await session.execute(running, {"id": child.id})
    span = claims.Span(child.id, campaign.channel_id, 1, 2)
    await claims.claim_fresh(session, span, 0, [new_id()], "b/1")
    await session.execute(
        text("UPDATE campaigns SET status = 'stopped' WHERE id = :id"), {"id": child.id}
    )
    offer = await retry.offer(session, await report.one(session, campaign.id))
    assert (offer.people, [made.id for made in offer.children]) == (1, [child.id])
    second = await retry.retry(session, campaign.id, SYSTEM, now)
    assert second.made
    assert (await preflight.check(session, second.campaign.id, now)).preflight.total == 1


async def test_the_marketing_limit_is_given_a_day(session: AsyncSession) -> None:
    campaign = await failed(session, LIMITED, PAYMENT, ago_h=2)
    now = datetime.now(UTC)
    offer = await retry.offer(session, await report.one(session, campaign.id))
    assert (offer.people, offer.deferred) == (2, 1)
    child = (await retry.retry(session, campaign.id, SYSTEM, now)).campaign
    assert child.scheduled_at == offer.not_before
    assert child.scheduled_at is not None
    assert child.scheduled_at - now > timedelta(hours=21)
    await write.change(session, child.id, SYSTEM, DraftChange(scheduled_at=None), None)
    with refused_with(Invalid, "limits marketing"):
        await launch.launch(session, child.id, SYSTEM, now)
    later = now + timedelta(hours=23)
    assert (await preflight.check(session, child.id, later)).problems == {}


async def test_people_and_message_of_a_retry_stay(session: AsyncSession) -> None:
    campaign = await failed(session, PAYMENT)
    child = (await retry.retry(session, campaign.id, SYSTEM, datetime.now(UTC))).campaign
    kept = await write.change(
        session, child.id, SYSTEM, DraftChange(name="Second try", audience=Audience()), None
    )
    assert (kept.name, kept.audience) == ("Second try", {"retry_of": str(campaign.id)})
    with refused_with(Conflict, "keeps the people"):
        await write.change(
            session, child.id, SYSTEM, DraftChange(audience=Audience(everyone=True)), None
        )


async def test_nothing_to_retry_is_said(session: AsyncSession) -> None:
    campaign = await failed(session, UNREACHABLE)
    with refused_with(Conflict, "left to retry") as refused:
        await retry.retry(session, campaign.id, SYSTEM, datetime.now(UTC))
    assert refused.value.code == "nothing_to_retry"
    running = await failed_again(session, campaign)
    with refused_with(Conflict, "running"):
        await retry.retry(session, running, SYSTEM, datetime.now(UTC))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("DELETE FROM contacts", Refusal.CONTACT_DELETED),
        ("UPDATE contacts SET blocked_at = now()", Refusal.CONTACT_BLOCKED),
        ("UPDATE contacts SET marketing_opt_out_at = now()", Refusal.OPTED_OUT),
        ("UPDATE contacts SET phone_key = '1212' || right(phone_key, 7)", Refusal.US_MARKETING),
    ],
)
async def test_whom_the_gate_refuses_since_is_left_out_of_a_retry(
    session: AsyncSession, change: str, reason: Refusal
) -> None:
    campaign = await failed(session, PAYMENT, TOO_FAST)
    await session.execute(
        text("UPDATE campaigns SET template = jsonb_set(template, '{category}', '\"MARKETING\"')")
    )
    await session.execute(text("UPDATE templates SET category = 'MARKETING'"))
    await session.execute(text(change))
    child = (await retry.retry(session, campaign.id, SYSTEM, datetime.now(UTC))).campaign
    check = await preflight.check(session, child.id, datetime.now(UTC))
    assert (check.preflight.total, check.preflight.excluded) == (0, {reason: 2})


async def failed_again(session: AsyncSession, campaign: LaunchedCampaign) -> UUID:
    statement = text("UPDATE campaigns SET status = 'running' WHERE id = :id")
    await session.execute(statement, {"id": campaign.id})
    return campaign.id


async def test_a_retry_is_not_launched_for_nobody_or_with_another_message(
    session: AsyncSession,
) -> None:
    campaign = await failed(session, PAYMENT)
    child = (await retry.retry(session, campaign.id, SYSTEM, datetime.now(UTC))).campaign

    async def problems() -> dict[str, str]:
        found = (await preflight.check(session, child.id, datetime.now(UTC))).problems
        return {where: sentence.key for where, sentence in found.items()}

    assert await problems() == {}
    two = [{"type": "BODY", "text": "Hi {{1}}, {{2}} is ready."}]
    await session.execute(
        text("UPDATE templates SET components = CAST(:two AS jsonb)"), {"two": json.dumps(two)}
    )
    assert (await problems())["template"] == "launch_template.variables"
    # They got it after all.
    await session.execute(text("UPDATE messages SET state = 'delivered'"))
    assert (await problems())["audience"] == "launch_audience.tried"


async def test_a_retry_that_is_undone_keeps_its_message(session: AsyncSession) -> None:
    campaign = await failed(session, PAYMENT)
    child = (await retry.retry(session, campaign.id, SYSTEM, datetime.now(UTC))).campaign
    launched = await launch.launch(
        session, child.id, SYSTEM, datetime.now(UTC), timedelta(seconds=5)
    )
    assert launched.template is not None
    undone = await undo.undo(session, child.id, SYSTEM, ended)
    assert (undone.status, undone.template) == (CampaignStatus.DRAFT, launched.template)
