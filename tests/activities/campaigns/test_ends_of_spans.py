"""How a span ends where nothing can be sent any more, or not for a while."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan, SpanSent
from activities.dependencies import Dependencies
from domain.ids import new_id
from tests import factories
from tests.activities.conftest import Phone
from tests.eventually import eventually
from tests.factories import LaunchedCampaign


async def _launched(needs: Dependencies, phone: Phone, count: int = 3) -> LaunchedCampaign:
    async with needs.sessions.begin() as session:
        return await factories.campaign(session, needs.vault, count, api_url=phone.url)


async def _run(needs: Dependencies, statement: str) -> None:
    async with needs.sessions.begin() as session:
        await session.execute(text(statement))


async def _sent(needs: Dependencies, campaign: LaunchedCampaign) -> SpanSent:
    request = SendSpan(campaign.id, 1, campaign.total)
    return await ActivityEnvironment().run(CampaignSending(needs).send_span, request)


async def test_a_campaign_that_is_gone_is_not_tried_again(needs: Dependencies) -> None:
    with pytest.raises(ApplicationError) as gone:
        await ActivityEnvironment().run(CampaignSending(needs).send_span, SendSpan(new_id(), 1, 5))
    assert (gone.value.message, gone.value.non_retryable) == ("campaign_gone", True)


@pytest.mark.parametrize(
    ("ends", "least", "most"),
    [("10 minutes", 9 * 60, 10 * 60), ("3 hours", 14 * 60, 15 * 60), ("300 milliseconds", 0, 1)],
)
async def test_a_restricted_number_rests_until_it_may_be_over(
    needs: Dependencies, phone: Phone, ends: str, least: int, most: int
) -> None:
    campaign = await _launched(needs, phone)
    await _run(
        needs,
        f"""UPDATE channels SET restrictions = jsonb_build_object(
            'RESTRICTED_BIZ_INITIATED_MESSAGING', clock_timestamp() + interval '{ends}')""",
    )
    sent = await _sent(needs, campaign)
    if sent.wait is None:  # a slow machine came when it was over
        assert ends == "300 milliseconds"
        return
    assert not sent.halted
    assert timedelta(seconds=least) <= sent.wait <= timedelta(seconds=most)
    assert await phone.accepted() == []


async def test_a_budget_that_is_spent_is_waited_for(needs: Dependencies, phone: Phone) -> None:
    campaign = await _launched(needs, phone)
    await _run(needs, "UPDATE portfolios SET messaging_limit = 2")
    sent = await _sent(needs, campaign)
    assert sent.wait is not None
    assert sent.wait > timedelta(hours=1)
    assert len(await phone.accepted()) == 2


async def test_whoever_pauses_ends_the_span_and_nobody_is_claimed(
    needs: Dependencies, phone: Phone
) -> None:
    campaign = await _launched(needs, phone)
    await _run(needs, "UPDATE campaigns SET status = 'paused'")
    assert await _sent(needs, campaign) == SpanSent(halted=True)
    assert await phone.accepted() == []


async def test_marketing_stands_by_while_a_stop_may_wait_unread(
    needs: Dependencies, phone: Phone
) -> None:
    async with needs.sessions.begin() as session:
        campaign = await factories.campaign(
            session, needs.vault, 3, api_url=phone.url, category="MARKETING"
        )
    await _run(
        needs,
        """INSERT INTO webhook_events (digest, body, received_at)
        VALUES ('x', 'x', clock_timestamp() - interval '1 minute')""",
    )
    sending = asyncio.ensure_future(_sent(needs, campaign))
    await eventually(lambda: needs.unread._too_long, "the sender knows that news wait")
    assert await phone.accepted() == []
    await _run(needs, "UPDATE webhook_events SET state = 'done'")
    assert await asyncio.wait_for(sending, 60) == SpanSent(halted=False)
    assert len(await phone.accepted()) == 3
