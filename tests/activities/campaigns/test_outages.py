"""A minute of outage of the Cloud API, compressed: few outcomes are unknown, nobody gets it twice, and it resumes by itself."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan
from activities.dependencies import Dependencies
from domain.counters import Counters
from services.campaigns import report
from services.sending import breakers
from simulator.outages import Outage
from tests import factories
from tests.activities.conftest import Phone
from tests.eventually import eventually, never

pytestmark = pytest.mark.fault("D5")

Sessions = async_sessionmaker[AsyncSession]
PEOPLE = 80
AT_MOST_IN_DOUBT = 30
"""Those sent before the first few came back without an answer, at two hundred a second."""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of a tenth."""
    monkeypatch.setattr(breakers, "FIRST_WAIT_S", 0.1)
    monkeypatch.setattr(breakers, "LONGEST_WAIT_S", 0.5)


async def _progress(sessions: Sessions, campaign: UUID) -> Counters:
    async with sessions() as session:
        return (await report.one(session, campaign)).progress


@pytest.mark.parametrize("outage", [Outage.HTTP_500, Outage.HTTP_429, Outage.HTML])
async def test_an_outage_puts_few_in_doubt_and_nobody_gets_it_twice(
    needs: Dependencies, phone: Phone, sessions: Sessions, outage: Outage
) -> None:
    async with needs.sessions.begin() as session:
        launched = await factories.campaign(
            session, needs.vault, PEOPLE, api_url=phone.url, throughput=200
        )
    await phone.knobs(outage=outage.value)
    sending = CampaignSending(needs)
    request = SendSpan(launched.id, 1, launched.total)
    running = asyncio.ensure_future(ActivityEnvironment().run(sending.send_span, request))
    most = 0 if outage is Outage.HTTP_429 else AT_MOST_IN_DOUBT

    async def written_off() -> bool:
        during = await _progress(sessions, launched.id)
        return during.unknown > most or during.not_sent > 0

    await never(written_off, "people are written off during the outage", during=1.5)
    during = await _progress(sessions, launched.id)
    await phone.knobs(outage="none")
    await asyncio.wait_for(running, 60)
    after = await _progress(sessions, launched.id)
    assert after.accepted + after.unknown == PEOPLE
    assert after.unknown <= during.unknown + 2
    accepted = await phone.accepted()
    assert len(accepted) == len(set(accepted))


async def test_an_address_that_is_gone_puts_nobody_in_doubt(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    async with needs.sessions.begin() as session:
        launched = await factories.campaign(
            session, needs.vault, PEOPLE, api_url="http://graph.whatsway.invalid"
        )
    request = SendSpan(launched.id, 1, launched.total)
    run = ActivityEnvironment().run(CampaignSending(needs).send_span, request)
    running = asyncio.ensure_future(run)

    async def written_off() -> bool:
        progress = await _progress(sessions, launched.id)
        return (progress.unknown, progress.not_sent) != (0, 0)

    await never(written_off, "people are written off", during=1)
    tried = text("SELECT count(*) FROM message_attempts")
    async with sessions() as session:  # the first few show it, the rest are spared
        assert await session.scalar(tried) < PEOPLE
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_address_that_was_corrected_is_used_by_the_next_try(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    async with needs.sessions.begin() as session:
        launched = await factories.campaign(
            session, needs.vault, 20, api_url="http://graph.whatsway.invalid"
        )
    request = SendSpan(launched.id, 1, launched.total)
    run = ActivityEnvironment().run(CampaignSending(needs).send_span, request)
    running = asyncio.ensure_future(run)

    async def tried() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(text("SELECT count(*) FROM message_attempts")))

    await eventually(tried, "somebody was tried at the wrong address")
    async with sessions.begin() as session:
        correct = text("UPDATE channels SET api_url = :url")
        await session.execute(correct, {"url": phone.url})
    await asyncio.wait_for(running, 60)
    assert len(await phone.accepted()) == 20
