"""While people are being deleted, a running campaign waits for the decision and loses nobody."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan, SpanSent
from activities.deletions import sweep
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from domain.contacts import Selection
from services import deletions
from services.campaigns import report
from tests import factories
from tests.activities.conftest import Phone
from tests.eventually import eventually

pytestmark = pytest.mark.fault("8B6")

Sessions = async_sessionmaker[AsyncSession]


async def people(sessions: Sessions, low: int, high: int) -> dict[UUID, str]:
    async with sessions() as session:
        found = await session.execute(
            text("SELECT contact_id, phone FROM campaign_recipients WHERE seq BETWEEN :low AND :high"),
            {"low": low, "high": high},
        )  # fmt: skip
        return {row.contact_id: row.phone.removeprefix("+") for row in found}


async def delete(sessions: Sessions, ids: dict[UUID, str]) -> UUID:
    async with sessions.begin() as session:
        chosen = Selection(ids=tuple(ids))
        return (await deletions.many(session, SYSTEM, chosen, len(ids)))[0]


async def test_the_sender_waits_for_whoever_is_about_to_go(
    needs: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        launched = await factories.campaign(session, needs.vault, 30, api_url=phone.url)
    back, gone = await people(sessions, 1, 10), await people(sessions, 21, 30)
    undone = await delete(sessions, back)
    await delete(sessions, gone)
    async with (
        sessions.begin() as session
    ):  # the worker is late: the sender checks again in seconds
        await session.execute(text("UPDATE deletions SET due_at = clock_timestamp()"))
    request = SendSpan(launched.id, 1, launched.total)
    sending = asyncio.create_task(
        ActivityEnvironment().run(CampaignSending(needs).send_span, request)
    )

    async def ten() -> list[str]:
        accepted = await phone.accepted()
        return accepted if len(accepted) >= 10 else []

    accepted = await eventually(ten, "ten are accepted")
    assert not set(accepted) & {*back.values(), *gone.values()}
    async with sessions.begin() as session:
        await deletions.undo(session, SYSTEM, undone)
    await sweep(sessions)
    assert await asyncio.wait_for(sending, 30) == SpanSent(halted=False)
    accepted = await phone.accepted()
    assert len(accepted) == 20
    assert set(back.values()) <= set(accepted)
    assert not set(gone.values()) & set(accepted)
    async with sessions() as session:
        progress = (await report.one(session, launched.id)).progress
    assert (progress.accepted, progress.refused, progress.queued) == (20, 10, 0)
