"""Laws 1 and 2: a row records the attempt before it is sent, and nobody is claimed twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.ids import new_id
from services.vault import Vault, new_key
from store.campaigns import rows
from store.engine import create_engine, create_sessions
from store.sending import claims
from store.sending.claims import Sendable
from tests import factories
from tests.factories import LaunchedCampaign


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = create_engine(database_url)
    yield create_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def launched(sessions: async_sessionmaker[AsyncSession]) -> LaunchedCampaign:
    async with sessions.begin() as session:
        return await factories.campaign(session, Vault([new_key()]), 200)


async def _claim_all(
    sessions: async_sessionmaker[AsyncSession], launched: LaunchedCampaign, name: str
) -> list[str]:
    phones: list[str] = []
    after = 0
    while after < launched.total:
        async with sessions.begin() as session:
            ids = [new_id() for _ in range(7)]
            taken = await claims.claim_fresh(session, launched.span, after, ids, name)
        phones += [item.phone for item in taken.items]
        after += 7
    return phones


async def test_four_senders_at_once_claim_everybody_once(
    sessions: async_sessionmaker[AsyncSession], launched: LaunchedCampaign
) -> None:
    taken = await asyncio.gather(*[_claim_all(sessions, launched, f"s{n}/1") for n in range(4)])
    phones = [phone for part in taken for phone in part]
    async with sessions() as session:
        statement = text(
            "SELECT count(*), count(DISTINCT contact_id) FROM messages WHERE state = 'sending'"
        )
        total, distinct = (await session.execute(statement)).one()
        counters = await rows.counters(session, launched.id)
    assert len(phones) == len(set(phones)) == total == distinct
    assert counters is not None
    assert counters.sending == total
    assert len(phones) == launched.total == 200
    assert await _claim_all(sessions, launched, "s9/1") == []


async def test_a_dead_senders_claims_become_unknown_and_its_own_stay(
    sessions: async_sessionmaker[AsyncSession], launched: LaunchedCampaign
) -> None:
    async with sessions.begin() as session:
        await claims.claim_fresh(session, launched.span, 0, [new_id() for _ in range(5)], "dead/1")
        await claims.claim_fresh(session, launched.span, 5, [new_id() for _ in range(3)], "alive/1")
    async with sessions.begin() as session:
        assert await claims.abandon_others(session, launched.span, "alive") == 5
        assert await claims.abandon_others(session, launched.span, "alive") == 0
    async with sessions() as session:
        counters = await rows.counters(session, launched.id)
        logged = (await session.execute(text("SELECT count(*) FROM message_attempts"))).scalar_one()
    assert counters is not None
    assert (counters.unknown, counters.sending, logged) == (5, 3, 5)


async def test_a_sender_finds_what_its_lost_commit_claimed(
    sessions: async_sessionmaker[AsyncSession], launched: LaunchedCampaign
) -> None:
    async with sessions.begin() as session:
        ids = [new_id() for _ in range(4)]
        taken = await claims.claim_fresh(session, launched.span, 0, ids, "me/7")
    async with sessions() as session:
        found = await claims.claimed_by(session, launched.span, "me/7")
        assert await claims.claimed_by(session, launched.span, "me/8") == []
    assert (
        {item.message_id for item in found} == {item.message_id for item in taken.items} == set(ids)
    )


async def test_the_gate_refuses_who_stopped_marketing_after_the_freeze(
    sessions: async_sessionmaker[AsyncSession], launched: LaunchedCampaign
) -> None:
    async with sessions.begin() as session:
        await session.execute(text("UPDATE templates SET category = 'MARKETING'"))
        stop = text("UPDATE contacts SET marketing_opt_out_at = now() WHERE phone = '+34600000000'")
        block = text("UPDATE contacts SET blocked_at = now() WHERE phone = '+34600000001'")
        move = text("UPDATE contacts SET phone_key = '12125550100' WHERE phone = '+34600000002'")
        await session.execute(move)
        await session.execute(stop)
        await session.execute(block)
    taken: list[Sendable] = []
    for after in range(0, 200, 50):
        async with sessions.begin() as session:
            ids = [new_id() for _ in range(50)]
            part = await claims.claim_fresh(session, launched.span, after, ids, "s/1")
            taken += part.items
    async with sessions() as session:
        refused = (
            await session.execute(
                text("SELECT error_detail FROM messages WHERE state = 'refused' ORDER BY 1")
            )
        ).scalars()
        counters = await rows.counters(session, launched.id)
        assert list(refused) == ["contact_blocked", "opted_out", "us_marketing"]
    assert counters is not None
    assert (len(taken), counters.refused, counters.sending) == (197, 3, 197)
