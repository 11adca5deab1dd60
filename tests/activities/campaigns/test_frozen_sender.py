"""A sender that is frozen between claim and request, and wakes after others have decided about its messages."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.testing import ActivityEnvironment

from activities.campaigns.send import CampaignSending, SendSpan
from activities.dependencies import Dependencies
from domain.actors import SYSTEM
from domain.limits import SETTLED_AFTER
from domain.recipients import Choice
from services.campaigns.outcomes import resolve
from services.vault import Vault, new_key
from tests import factories
from tests.activities.conftest import Phone
from tests.factories import LaunchedCampaign

pytestmark = pytest.mark.fault("D1")

Sessions = async_sessionmaker[AsyncSession]
KEY = new_key()
PEOPLE = 300
LEASE_S = 2.0


@pytest.fixture
def shared(needs: Dependencies) -> Dependencies:
    """Dependencies with a key that another process can be given."""
    return replace(needs, vault=Vault([KEY]))


@asynccontextmanager
async def _sleeper(
    needs: Dependencies, launched: LaunchedCampaign, fence: str = "open"
) -> AsyncIterator[Process]:
    arguments = (
        needs.database_url,
        KEY,
        str(launched.id),
        str(launched.total),
        str(LEASE_S),
        fence,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.activities.sleeper", *arguments, stdin=DEVNULL, stderr=DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _stop_between_claim_and_request(
    process: Process, phone: Phone, sessions: Sessions
) -> set[str]:
    """Freeze it while somebody unknown to the simulator is claimed; returns who."""
    claimed = text("""
        SELECT r.phone FROM messages m JOIN campaign_recipients r USING (campaign_id, seq)
        WHERE m.state = 'sending'""")
    while process.returncode is None:
        await asyncio.sleep(0.11)
        os.kill(process.pid, signal.SIGSTOP)
        await asyncio.sleep(0.1)  # what was sent has arrived
        async with sessions() as session:
            waiting = {phone.removeprefix("+") for phone in await session.scalars(claimed)}
        if waiting := waiting - set(await phone.accepted()):
            return waiting
        os.kill(process.pid, signal.SIGCONT)
    raise AssertionError("it ended before it could be stopped")


async def _take_over(needs: Dependencies, launched: LaunchedCampaign) -> None:
    request = SendSpan(launched.id, 1, launched.total)
    await ActivityEnvironment().run(CampaignSending(needs).send_span, request)


async def _decide(
    sessions: Sessions, launched: LaunchedCampaign, phone: Phone, choice: Choice
) -> int:
    """Decide about everybody in doubt who would not be settled by a delivery update."""
    doubtful = text("""
        SELECT m.seq, r.phone FROM messages m JOIN campaign_recipients r USING (campaign_id, seq)
        WHERE m.state = 'unknown'""")
    heard = set(await phone.accepted())
    async with sessions.begin() as session:
        rows = (await session.execute(doubtful)).all()
        numbers = [row.seq for row in rows if row.phone.removeprefix("+") not in heard]
        return (await resolve.resolve(session, launched.id, SYSTEM, choice, numbers)).changed


async def _launch(needs: Dependencies, phone: Phone) -> LaunchedCampaign:
    async with needs.sessions.begin() as session:
        more: dict[str, Any] = {"api_url": phone.url, "throttle": 100}
        return await factories.campaign(session, needs.vault, PEOPLE, **more)


@pytest.mark.parametrize("choice", [Choice.SEND_AGAIN, None])
async def test_it_wakes_and_sends_nothing_whatever_was_decided(
    shared: Dependencies, phone: Phone, sessions: Sessions, choice: Choice | None
) -> None:
    launched = await _launch(shared, phone)
    fence = "fenced" if choice else "open"
    async with _sleeper(shared, launched, fence) as process:
        stopped = await _stop_between_claim_and_request(process, phone, sessions)
        async with sessions.begin() as session:
            await session.execute(text("UPDATE campaigns SET throttle = NULL"))
        await _take_over(shared, launched)
        if choice is not None:
            assert await _decide(sessions, launched, phone, choice) == len(stopped)
        if choice is Choice.SEND_AGAIN:
            async with sessions.begin() as session:  # a minute later
                passed = text("UPDATE messages SET next_try_at = now() WHERE next_try_at > now()")
                await session.execute(passed)
            await _take_over(shared, launched)
        heard = await phone.accepted()
        await asyncio.sleep(2 * LEASE_S)  # its call has timed out too
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)
        await asyncio.wait_for(process.wait(), 20)
        assert (process.returncode == -signal.SIGKILL) is (fence == "fenced")
    accepted = await phone.accepted()
    assert len(accepted) == len(set(accepted))
    if choice is not None:
        assert sorted(accepted) == sorted(heard)
        return
    # Nobody decided: what was certainly not sent is sent after all, once, and nothing is in doubt.
    await _take_over(shared, launched)
    accepted = await phone.accepted()
    assert len(accepted) == len(set(accepted)) == PEOPLE
    assert stopped <= set(accepted)


async def test_what_is_sent_again_waits_until_its_sender_can_no_longer_wake(
    shared: Dependencies, phone: Phone, sessions: Sessions
) -> None:
    launched = await _launch(shared, phone)
    async with _sleeper(shared, launched) as process:
        await _stop_between_claim_and_request(process, phone, sessions)
        await _take_over(shared, launched)
        assert await _decide(sessions, launched, phone, Choice.SEND_AGAIN)
    waits = text("SELECT min(next_try_at - claimed_at) FROM messages WHERE state = 'queued'")
    async with sessions() as session:
        assert await session.scalar(waits) >= SETTLED_AFTER
