"""Runs that are held, stopped or ended while they send: what was not said yet is not said."""

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError

from activities.dependencies import Dependencies
from activities.messages import MessageSending
from domain.automations.decisions import HELD, Decision, Next
from services import reconcile
from services.sending.single import SingleClaim
from services.sending.verdicts import Verdict
from tests.activities.automations.playing import TWO, play
from tests.activities.conftest import Phone


@pytest.mark.parametrize(
    "hold", ["automations SET status = 'paused'", "conversations SET taken_at = now()"]
)
async def test_what_is_held_between_two_messages_says_the_second_afterwards(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch, hold: str
) -> None:
    run = await play(needs, phone, TWO)
    post = MessageSending.post

    async def held(self: MessageSending, claim: SingleClaim) -> Verdict:
        verdict = await post(self, claim)
        await run.change(hold)
        return verdict

    with monkeypatch.context() as holding:
        holding.setattr(MessageSending, "post", held)
        assert (await run.send(1)).state == HELD
    assert await run.said() == [("1", "accepted")]
    await run.change("automations SET status = 'live'")
    await run.change("conversations SET taken_at = NULL")
    assert (await run.decide()).step == 1
    assert (await run.send(1)).step == 2
    assert await run.said() == [("1", "accepted"), ("2", "accepted")]


async def test_a_run_that_is_stopped_while_it_sends_says_no_more(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await play(needs, phone, TWO)
    post = MessageSending.post

    async def stopped(self: MessageSending, claim: SingleClaim) -> Verdict:
        verdict = await post(self, claim)
        await run.change("automation_runs SET ended_at = now(), ending = 'stopped', waits = NULL")
        return verdict

    monkeypatch.setattr(MessageSending, "post", stopped)
    assert await run.send(1) == Decision(Next.ENDED, "stopped", version=1)
    assert await run.said() == [("1", "accepted")]


async def test_a_contact_deleted_meanwhile_ends_it(needs: Dependencies, phone: Phone) -> None:
    run = await play(needs, phone, TWO)
    async with needs.sessions.begin() as session:
        await session.execute(text("DELETE FROM contacts"))
    assert await run.send(1) == Decision(Next.ENDED, "removed")
    assert await phone.accepted() == []


async def test_the_guard_holds_an_automation_that_says_too_much(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.automations.guards._limits.messages_per_hour", 1)
    run = await play(needs, phone, TWO)
    assert (await run.send(1)).state == HELD
    assert await run.said() == [("1", "accepted")]


async def test_what_an_ended_run_left_is_not_sent_late(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await play(needs, phone, TWO)
    await phone.knobs(errors={130429: 1.0})
    with pytest.raises(ApplicationError, match="try_again"):
        await run.send(1)
    await run.change("messages SET created_at = now() - interval '10 minutes', next_try_at = NULL")

    async def settle() -> list[tuple[str, str]]:
        async with needs.sessions.begin() as session:
            await reconcile.settle_left(session)
            assert await reconcile.messages(session) == []
        return await run.said()

    assert await settle() == [("1", "queued")]  # the run sends it itself
    await run.change("automation_runs SET ended_at = now(), ending = 'stopped', waits = NULL")
    assert await settle() == [("1", "refused")]
    await run.change("messages SET state = 'sending', claimed_by = 'dead' WHERE direction = 'out'")
    assert await settle() == [("1", "unknown")]
