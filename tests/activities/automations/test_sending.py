"""Messages of runs: each leaves at most once and in order, whatever dies between, and the path goes on."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.automations.deciding import StepRef
from activities.automations.sending import Sending
from activities.dependencies import Dependencies
from activities.messages import MessageSending
from domain.automations.decisions import Decision, Next
from domain.automations.nodes import SetField
from domain.automations.states import Done
from services.automations import deciding
from services.automations.deciding import Moving
from services.sending.single import SingleClaim
from services.sending.verdicts import Verdict
from tests.activities.automations.playing import ONE, TWO, Killed, play
from tests.activities.conftest import Phone
from tests.graphs import graph, say


async def test_messages_leave_once_and_in_order_however_often_the_step_is_done(
    needs: Dependencies, phone: Phone
) -> None:
    run = await play(needs, phone, TWO)
    after = await run.send(1)
    assert (after.next, after.step) == (Next.EFFECT, 2)
    assert await run.send(1) == after
    assert await run.said() == [("1", "accepted"), ("2", "accepted")]
    assert len(await phone.accepted()) == 2


async def test_two_workers_at_the_same_step_send_once(needs: Dependencies, phone: Phone) -> None:
    run = await play(needs, phone, TWO)
    await asyncio.gather(run.send(1), run.send(1), run.send(1))
    assert len(await phone.accepted()) == 2
    assert {state for _, state in await run.said()} <= {"accepted", "unknown"}


@pytest.mark.parametrize("place", ["before the request", "after the request"])
async def test_a_worker_that_dies_at_a_message_leaves_it_in_doubt_and_the_run_goes_on(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    run = await play(needs, phone, TWO)
    post = MessageSending.post

    async def dies(self: MessageSending, claim: SingleClaim) -> Verdict:
        if place == "after the request":
            await post(self, claim)
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(MessageSending, "post", dies)
        with pytest.raises(Killed):
            await run.send(1)
    assert await run.said() == [("1", "sending")]
    assert (await run.send(1)).step == 2
    assert [text for text, _ in await run.said()] == ["1", "2"]
    assert len(await phone.accepted()) == (2 if place == "after the request" else 1)
    assert await run.reason(1) == "outcome_unknown"


async def test_a_worker_that_dies_after_the_last_message_repeats_nothing(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await play(needs, phone, graph({"a": say("1")}))
    posts = Sending._post

    async def dies(self: Sending, request: StepRef, claim: SingleClaim) -> Decision | None:
        await posts(self, request, claim)
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(Sending, "_post", dies)
        with pytest.raises(Killed):
            await run.send(1)
    assert (await run.send(1)).state == "completed"
    assert len(await phone.accepted()) == 1


async def test_an_outcome_is_kept_whatever_comes_of_the_next_decision(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await play(needs, phone, ONE)
    settle, failures = deciding.settle, iter([True])

    async def fails_once(session: AsyncSession, moving: Moving, done: Done | None) -> Decision:
        if next(failures, False):
            raise OperationalError("settle", {}, Exception("locked"))
        return await settle(session, moving, done)

    monkeypatch.setattr(deciding, "settle", fails_once)
    assert (await run.send(1)).step == 2
    assert await run.said() == [("1", "accepted")]
    assert len(await phone.accepted()) == 1


async def test_a_message_that_is_too_fast_is_tried_again_and_the_next_waits(
    needs: Dependencies, phone: Phone
) -> None:
    run = await play(needs, phone, TWO)
    await phone.knobs(errors={130429: 1.0})
    with pytest.raises(ApplicationError, match="try_again"):
        await run.send(1)
    assert await run.said() == [("1", "queued")]
    await phone.knobs(errors={})
    await run.change("messages SET next_try_at = now()")
    assert (await run.send(1)).step == 2
    assert await run.said() == [("1", "accepted"), ("2", "accepted")]


async def test_what_whatsapp_refuses_fails_the_step_and_nothing_more_is_said(
    needs: Dependencies, phone: Phone
) -> None:
    run = await play(needs, phone, TWO)
    await phone.knobs(errors={131009: 1.0})
    assert (await run.send(1)).state == "failed"
    assert await run.said() == [("1", "rejected")]
    assert await run.reason(1) == "rejected"


async def test_a_retry_says_only_what_was_not_said(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await play(needs, phone, graph({"a": say("1", "2", "3"), "b": say("4")}, "a > b"))
    post = MessageSending.post

    async def refuses_the_second(self: MessageSending, claim: SingleClaim) -> Verdict:
        said = await run.said()
        await phone.knobs(errors={131009: 1.0} if said[-1][0] == "2" else {})
        return await post(self, claim)

    monkeypatch.setattr(MessageSending, "post", refuses_the_second)
    for step in (1, 2):  # the second try is refused as well
        assert (await run.send(step)).state == "failed"
        assert len(await phone.accepted()) == 1
        await run.retry()
        assert (await run.decide()).step == step + 1
    monkeypatch.undo()
    await phone.knobs(errors={})
    assert (await run.send(3)).step == 4
    assert (await run.send(4)).state == "completed"
    assert await run.said() == [
        ("1", "accepted"), ("2", "rejected"), ("2", "rejected"),
        ("2", "accepted"), ("3", "accepted"), ("4", "accepted"),
    ]  # fmt: skip
    assert len(await phone.accepted()) == 4


async def test_a_message_said_twice_by_design_is_said_twice(
    needs: Dependencies, phone: Phone
) -> None:
    """A failed branch that leads back is no retry."""
    run = await play(needs, phone, graph({"a": say("1")}, "a.failed > a"))
    await phone.knobs(errors={131009: 1.0})
    assert (await run.send(1)).step == 2
    await phone.knobs(errors={})
    assert (await run.send(2)).state == "completed"
    assert await run.said() == [("1", "rejected"), ("1", "accepted")]


async def test_an_effect_that_can_never_be_done_counts_as_failed(
    needs: Dependencies, phone: Phone
) -> None:
    run = await play(needs, phone, graph({"a": SetField(field="name", value="X")}))
    step = StepRef(run.run_id, 1)
    assert (await ActivityEnvironment().run(run.deciding.give_up, step)).state == "failed"
    assert (await ActivityEnvironment().run(run.records.set_field, step)).state == "failed"
    assert await run.reason(1) == "internal"
