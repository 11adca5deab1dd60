"""What a claim sees of its campaign: whether it halts, which of several reasons counts, and whether it rests."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.campaigns import CampaignStatus
from domain.channels import Restriction
from domain.ids import new_id
from store.sending import claims, plans, pulses
from store.sending.pulses import NOT_RUNNING, Pulse
from tests.store.ledgers import Ledger, ledger

REMOVED = "UPDATE channels SET deleted_at = now()"
BLOCKED = "UPDATE channels SET status = 'blocked', blocked_reason = 'payment'"
AWAY = "UPDATE channels SET status = 'disconnected', blocked_reason = NULL"
TEMPLATE = "UPDATE templates SET status = 'REJECTED'"
TEMPLATE_GONE = "UPDATE templates SET deleted_at = now()"
RED = "UPDATE channels SET quality = 'RED'"
FAILING = "UPDATE campaign_counters SET failed = 500"


async def _pulse(made: Ledger, *given: str) -> Pulse:
    for statement in given:
        await made.run(statement)
    found = await pulses.pulse(made.session, made.campaign.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "halt"),
    [
        ((), None),
        ((REMOVED,), "channel_disconnected"),
        ((BLOCKED,), "channel_payment"),
        ((AWAY,), "channel_disconnected"),
        ((TEMPLATE,), "template"),
        ((TEMPLATE_GONE,), "template"),
        ((RED,), "quality"),
        ((FAILING,), "failures"),
        # What must be mended first is said first.
        ((REMOVED, BLOCKED, TEMPLATE, RED, FAILING), "channel_disconnected"),
        ((BLOCKED, TEMPLATE, RED, FAILING), "channel_payment"),
        ((TEMPLATE, RED, FAILING), "template"),
        ((RED, FAILING), "quality"),
        (("UPDATE templates SET status = 'FLAGGED'",), None),
        (("UPDATE channels SET status = 'unverified'",), None),
        # A template that we do not know is WhatsApp's to judge.
        (("UPDATE campaigns SET template_id = NULL", TEMPLATE), None),
    ],
)
async def test_the_first_reason_halts_and_nobody_is_claimed(
    session: AsyncSession, given: tuple[str, ...], halt: str | None
) -> None:
    made = await ledger(session, 2)
    await made.run("DELETE FROM messages")
    await made.run("UPDATE campaign_counters SET sending = 0")
    assert (await _pulse(made, *given)).halt == halt
    taken = await claims.claim_fresh(session, made.campaign.span, 0, [new_id()], "me/1")
    assert taken.pulse is not None
    assert (taken.pulse.halt, len(taken.items)) == (halt, 1 if halt is None else 0)


@pytest.mark.parametrize("status", [s for s in CampaignStatus if s is not CampaignStatus.RUNNING])
async def test_whatever_is_wrong_a_campaign_that_does_not_run_only_says_that(
    session: AsyncSession, status: CampaignStatus
) -> None:
    made = await ledger(session)
    await made.run("UPDATE campaigns SET status = :status", status=status)
    assert (await _pulse(made, BLOCKED, RED)).halt == NOT_RUNNING


@pytest.mark.parametrize(
    ("launched", "now", "marketing"),
    [
        ("UTILITY", "UTILITY", False),
        ("UTILITY", "MARKETING", True),  # WhatsApp calls it so since
        ("MARKETING", "UTILITY", True),  # and what was launched as such stays such
        ("AUTHENTICATION", None, False),
        ("MARKETING", None, True),
        (None, None, None),
    ],
)
async def test_marketing_is_what_either_of_the_two_calls_so(
    session: AsyncSession, launched: str | None, now: str | None, marketing: bool | None
) -> None:
    made = await ledger(session)
    if launched is None:  # whatever a template of before kept
        await made.run("UPDATE campaigns SET template = template - 'category'")
        marketing = (await _pulse(made)).marketing
        assert not marketing
        return
    await made.run(
        "UPDATE campaigns SET template = template || jsonb_build_object('category', CAST(:c AS text))",
        c=launched,
    )
    if now is None:
        await made.run("UPDATE campaigns SET template_id = NULL")
    await made.run("UPDATE templates SET category = :now", now=now or "UTILITY")
    assert (await _pulse(made)).marketing is marketing
    plan = await plans.plan(session, made.campaign.id)
    assert plan is not None
    assert plan.marketing is marketing


QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("category", "ends", "rest"),
    [
        ("UTILITY", {}, None),
        ("UTILITY", {Restriction.BUSINESS_INITIATED: "1 minute"}, timedelta(minutes=1)),
        ("UTILITY", {Restriction.BUSINESS_INITIATED: "90 minutes"}, QUARTER),  # it may be lifted
        ("UTILITY", {Restriction.BUSINESS_INITIATED: "infinity"}, QUARTER),
        ("UTILITY", {Restriction.BUSINESS_INITIATED: "-1 minute"}, None),
        ("UTILITY", {Restriction.UTILITY: "5 minutes"}, timedelta(minutes=5)),
        ("MARKETING", {Restriction.UTILITY: "5 minutes"}, None),
        ("UTILITY", {Restriction.UTILITY: "5 minutes", Restriction.BUSINESS_INITIATED: "7 minutes"},
         timedelta(minutes=7)),
        ("UTILITY", {Restriction.UTILITY: "5 minutes", Restriction.BUSINESS_INITIATED: "-7 minutes"},
         timedelta(minutes=5)),
        ("UTILITY", {Restriction.REPLIES: "infinity"}, None),  # a campaign answers nobody
        ("UTILITY", {"RESTRICTED_ADD_PHONE_NUMBER_ACTION": "infinity"}, None),
    ],
)  # fmt: skip
async def test_a_restricted_number_rests_and_takes_nobody(
    session: AsyncSession, category: str, ends: dict[str, str], rest: timedelta | None
) -> None:
    made = await ledger(session, 2, category=category)
    await made.run("DELETE FROM messages")
    for kind, end in ends.items():
        at = "'infinity'" if end == "infinity" else f"clock_timestamp() + interval '{end}'"
        await made.run(
            f"UPDATE channels SET restrictions = restrictions || jsonb_build_object('{kind}', {at})"
        )
    found = (await _pulse(made)).rest
    assert (found is None) is (rest is None)
    if rest is not None and found is not None:
        assert abs(found - rest) < timedelta(seconds=20)
    taken = await claims.claim_fresh(session, made.campaign.span, 0, [new_id()], "me/1")
    assert (len(taken.items), taken.spent) == ((1, False) if rest is None else (0, True))


@pytest.mark.parametrize("limit", [None, 0, 250])
async def test_speeds_and_limit_are_those_of_this_moment(
    session: AsyncSession, limit: int | None
) -> None:
    made = await ledger(session, throughput=80, throttle=9)
    await made.run("UPDATE portfolios SET messaging_limit = :limit", limit=limit)
    pulse = await _pulse(made)
    assert (pulse.throughput, pulse.throttle, pulse.limited) == (80, 9, limit is not None)
    plan = await plans.plan(session, made.campaign.id)
    assert plan is not None
    assert (plan.throughput, plan.throttle, plan.limited) == (80, 9, limit is not None)
    assert (plan.channel_id, plan.template["name"]) == (made.campaign.channel_id, "restock_coffee")


async def test_a_campaign_that_is_gone_has_no_pulse_no_plan_and_takes_nobody(
    session: AsyncSession,
) -> None:
    made = await ledger(session)
    await made.run("DELETE FROM campaigns")
    empty: list[Any] = [await pulses.pulse(session, made.campaign.id)]
    empty.append(await plans.plan(session, made.campaign.id))
    assert empty == [None, None]
    taken = await claims.claim_fresh(session, made.campaign.span, 0, [new_id()], "me/1")
    assert (taken.pulse, taken.items) == (None, ())
