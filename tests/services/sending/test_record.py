"""What follows from outcomes besides their own messages: for the number, the campaign and the person."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from services.sending import verdicts
from services.sending.record import record, record_accepted
from services.sending.verdicts import Verdict
from services.vault import Vault, new_key
from store import slots
from store.campaigns import rows
from store.sending import claims
from tests import factories
from tests.factories import LaunchedCampaign
from whatsapp.client import CallUnanswered, CloudApiError

NOW = datetime.now(UTC)
THROTTLED, TOKEN, TEMPLATE, STOPPED, NO_WHATSAPP = 130429, 190, 132001, 131050, 131026


@pytest.fixture
async def campaign(session: AsyncSession) -> LaunchedCampaign:
    return await factories.campaign(session, Vault([new_key()]), 4)


async def _judged(
    session: AsyncSession, campaign: LaunchedCampaign, *errors: Exception | None
) -> list[Verdict]:
    """Claim so many, and let each end like this; None is accepted."""
    ids = [new_id() for _ in errors]
    taken = await claims.claim_fresh(session, campaign.span, 0, ids, "me/1")
    return [
        verdicts.failed(item.message_id, item.attempt, error, NOW, patient=True)
        if error
        else verdicts.accepted(item.message_id, item.attempt, f"wamid.{item.attempt}", NOW)
        for item, error in zip(taken.items, errors, strict=True)
    ]


async def _one(session: AsyncSession, query: str) -> tuple[object, ...]:
    return tuple((await session.execute(text(query))).one())


async def _campaign_and_number(session: AsyncSession) -> tuple[object, ...]:
    return await _one(
        session,
        "SELECT c.status, c.pause_reason, ch.status, ch.blocked_reason FROM campaigns c, channels ch",
    )


GOES_ON = ("running", None, "connected", None)


@pytest.mark.parametrize(
    ("error", "after"),
    [
        (None, GOES_ON),
        (CallUnanswered(), GOES_ON),
        (CloudApiError(NO_WHATSAPP, "No"), GOES_ON),
        (CloudApiError(STOPPED, "No"), GOES_ON),
        (CloudApiError(THROTTLED, "No"), GOES_ON),
        (CloudApiError(TEMPLATE, "No"), ("paused", "template", "connected", None)),
        (CloudApiError(TOKEN, "No"), ("paused", "token", "blocked", "token")),
    ],
)
async def test_a_number_and_a_campaign_stop_where_nothing_more_could_leave(
    session: AsyncSession,
    campaign: LaunchedCampaign,
    error: Exception | None,
    after: tuple[object, ...],
) -> None:
    judged = await _judged(session, campaign, error)
    await record(session, campaign.channel_id, campaign.id, judged)
    assert await _campaign_and_number(session) == after
    slowed = await slots.slowed_at(session, campaign.channel_id)
    assert (slowed is not None) is (isinstance(error, CloudApiError) and error.code == THROTTLED)


async def test_a_number_comes_before_a_template_and_each_is_told_once(
    session: AsyncSession, campaign: LaunchedCampaign
) -> None:
    errors = [CloudApiError(code, "No") for code in (TEMPLATE, TOKEN, TEMPLATE, TOKEN)]
    await record(
        session, campaign.channel_id, campaign.id, await _judged(session, campaign, *errors)
    )
    assert (await _campaign_and_number(session))[:2] == ("paused", "token")
    told = "SELECT count(*) FROM journal WHERE kind = 'campaign.auto_paused'"
    assert await _one(session, told) == (1,)


async def test_a_single_messages_trouble_pauses_no_campaign_by_its_template(
    session: AsyncSession, campaign: LaunchedCampaign
) -> None:
    judged = await _judged(session, campaign, CloudApiError(TEMPLATE, "No"))
    await record(session, campaign.channel_id, None, judged)
    assert await _campaign_and_number(session) == GOES_ON


async def test_who_stopped_marketing_in_whatsapp_has_stopped_it_here(
    session: AsyncSession, campaign: LaunchedCampaign
) -> None:
    judged = await _judged(session, campaign, CloudApiError(STOPPED, "No"), None)
    await record(session, campaign.channel_id, campaign.id, judged)
    stopped = text("""SELECT c.id FROM contacts c JOIN consents k ON k.contact_id = c.id
        WHERE c.marketing_opt_out_at IS NOT NULL AND k.action = 'stop' AND k.source = 'refusal'""")
    refused = text("SELECT contact_id FROM messages WHERE error_code = :code")
    assert (await session.scalars(stopped)).all() == (
        (await session.scalars(refused, {"code": STOPPED})).all()
    )


async def test_outcomes_are_in_the_counters_of_the_same_statement(
    session: AsyncSession, campaign: LaunchedCampaign
) -> None:
    refused, doubt = CloudApiError(NO_WHATSAPP, "No"), CallUnanswered()
    judged = await _judged(session, campaign, None, refused, doubt, None)
    await record_accepted(session, [judged[0]])
    await record(session, campaign.channel_id, campaign.id, judged[1:])
    counted = await rows.counters(session, campaign.id)
    assert counted is not None
    assert (counted.accepted, counted.rejected, counted.unknown, counted.sending) == (2, 1, 1, 0)
