"""A database that disconnects in the middle of a span: its messages are sent once, and recorded."""

import asyncio
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan, SpanSent
from activities.dependencies import Dependencies
from activities.recorder import Recorder
from domain.ids import new_id
from services.campaigns import report
from services.sending import verdicts
from store.engine import libpq_url
from store.sending import claims
from tests import factories
from tests.activities.conftest import Phone
from tests.eventually import eventually

Sessions = async_sessionmaker[AsyncSession]
PEOPLE = 120
HANG_UP = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def _sent_at_last(needs: Dependencies, request: SendSpan) -> SpanSent:
    """Like Temporal: retry a failed attempt."""
    while True:
        try:
            return await ActivityEnvironment().run(CampaignSending(needs).send_span, request)
        except (DBAPIError, OSError):
            continue


async def test_a_database_that_hangs_up_costs_nobody_a_message(
    needs: Dependencies, phone: Phone, sessions: Sessions, database_url: str
) -> None:
    async with sessions.begin() as session:
        launched = await factories.campaign(
            session, needs.vault, PEOPLE, api_url=phone.url, throttle=60
        )
    request = SendSpan(launched.id, 1, launched.total)
    sending = asyncio.create_task(_sent_at_last(needs, request))
    url = libpq_url(database_url)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
        for share in (5, 40, 75):

            async def so_many(share: int = share) -> bool:
                return len(await phone.accepted()) >= share

            await eventually(so_many, f"{share} are accepted")
            await other.execute(HANG_UP)
    assert (await asyncio.wait_for(sending, 60)).halted is False
    accepted = await phone.accepted()
    assert len(accepted) == len(set(accepted)) == PEOPLE
    async with sessions() as session:
        progress = (await report.one(session, launched.id)).progress
    assert (progress.accepted, progress.unknown, progress.queued) == (PEOPLE, 0, 0)


async def test_an_outcome_that_cannot_be_written_holds_nobody_up(
    needs: Dependencies, sessions: Sessions
) -> None:
    """Its own message is in doubt; what was written together with it stays."""
    async with sessions.begin() as session:
        launched = await factories.campaign(session, needs.vault, 4)
        ids = [new_id() for _ in range(4)]
        taken = await claims.claim_fresh(session, launched.span, 0, ids, "one/1")
        now = await session.scalar(text("SELECT now()"))
    recorder, place = Recorder(needs), (launched.channel_id, launched.id)
    for number, item in enumerate(taken.items):
        name = "wamid.\x00" if number == 1 else f"wamid.{number}"
        recorder.add(place, verdicts.accepted(item.message_id, item.attempt, name, now))
    await asyncio.wait_for(recorder.flushed(), 20)
    async with sessions() as session:
        states: dict[UUID, str] = dict(
            (await session.execute(text("SELECT id, state FROM messages"))).all()
        )
    assert [states[item.message_id] for item in taken.items] == [
        "accepted", "sending", "accepted", "accepted",
    ]  # fmt: skip
