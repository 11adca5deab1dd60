"""An installation with a running campaign is partitioned in place: nothing is copied, and nobody is messaged twice."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.messages import MessageState
from services.vault import Vault, new_key
from store.engine import create_engine, create_sessions
from store.migrate import configuration, upgrade
from store.sending import claims, outcomes
from store.sending.outcomes import Outcome
from tests import factories

PARTED = ("message_attempts", "campaign_recipients", "campaign_exclusions")
FAR = UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
"""An id of no time."""


def _before(database_url: str) -> None:
    config = configuration(database_url)
    revision = ScriptDirectory.from_config(config).get_revision("0019")
    assert revision is not None
    command.downgrade(config, str(revision.down_revision))


async def _all(session: AsyncSession, statement: str) -> list[Any]:
    return [tuple(row) for row in await session.execute(text(statement))]


async def _files(session: AsyncSession, suffix: str) -> list[Any]:
    names = ", ".join(f"pg_relation_filenode('{table}{suffix}')" for table in PARTED)
    return await _all(session, f"SELECT {names}")


@pytest.mark.parametrize("odd", [False, True], ids=["ids of their time", "an id of no time"])
async def test_a_running_campaign_goes_on(database_url: str, odd: bool) -> None:
    engine = create_engine(database_url, 1)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        campaign = await factories.campaign(session, Vault([new_key()]), 4)
        taken = await claims.claim_fresh(session, campaign.span, 0, [new_id(), new_id()], "one/1")
        first, second = (item.message_id for item in taken.items)
        await outcomes.record(
            session,
            [Outcome(first, 1, MessageState.REJECTED, datetime.now(UTC), code=131026)],
        )
        if odd:
            await session.execute(
                text(
                    "INSERT INTO message_attempts (message_id, attempt, outcome) VALUES (:id, 1, 'retry')"
                ),
                {"id": FAR},
            )
    await engine.dispose()
    await asyncio.to_thread(_before, database_url)
    async with sessions() as session:
        files = await _files(session, "")
        attempts = await _all(session, "SELECT * FROM message_attempts ORDER BY id")
    await engine.dispose()

    await asyncio.to_thread(upgrade, database_url)
    async with sessions.begin() as session:
        assert await _files(session, "_before") == files
        assert await _all(session, "SELECT * FROM message_attempts ORDER BY id") == attempts
        months = await _all(session, "SELECT part FROM months_of('message_attempts')")
        assert (len(months) == 1) is odd
        taken = await claims.claim_fresh(
            session, campaign.span, 0, [new_id() for _ in range(4)], "two/1"
        )
        assert [item.message_id in (first, second) for item in taken.items] == [False, False]
        await outcomes.record(
            session,
            [Outcome(second, 1, MessageState.REJECTED, datetime.now(UTC), code=131026)],
        )
        newest = await _all(
            session, "SELECT message_id FROM message_attempts ORDER BY id DESC LIMIT 1"
        )
        assert newest == [(second,)]
        assert await _all(session, "SELECT total, sending, rejected FROM campaign_counters") == [
            (4, 2, 2)
        ]
    await engine.dispose()
