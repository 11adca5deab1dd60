"""Messages of runs: each leaves at most once and in order, whatever dies between, and the path goes on."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.automations.deciding import Deciding, RunRef, StepRef
from activities.automations.records import Records
from activities.automations.sending import Sending
from activities.dependencies import Dependencies
from activities.messages import MessageSending
from domain.actors import SYSTEM
from domain.automations.contents import (
    Button,
    Buttons,
    Card,
    Link,
    List,
    Location,
    Media,
    Row,
    Text,
)
from domain.automations.decisions import HELD, Decision, Next
from domain.automations.graphs import Graph
from domain.automations.nodes import CustomReply, SendTemplate, SetField
from domain.automations.states import Done
from services import reconcile
from services.automations import control, deciding
from services.automations.deciding import Moving
from services.automations.versions import Versions
from services.sending.single import SingleClaim
from services.sending.verdicts import Verdict
from tests import factories, runs
from tests.activities.conftest import Phone
from tests.graphs import ask, graph, say
from tests.runs import Cast

ONE = graph({"a": say("1"), "b": say("2")}, "a > b")
TWO = graph({"a": say("1", "2"), "b": say("3")}, "a > b")


class Killed(BaseException):
    """The worker died here."""


class Play:
    """One run, whose activities a test runs itself."""

    def __init__(self, needs: Dependencies, who: Cast, run_id: UUID) -> None:
        self.needs, self.who, self.run_id = needs, who, run_id
        versions = Versions()
        self.sending, self.deciding = Sending(needs, versions), Deciding(needs, versions)
        self.records = Records(needs, versions)

    async def decide(self) -> Decision:
        return await ActivityEnvironment().run(self.deciding.decide, RunRef(self.run_id))

    async def send(self, step: int) -> Decision:
        found: Decision = await ActivityEnvironment().run(
            self.sending.custom_reply, StepRef(self.run_id, step)
        )
        return found

    async def retry(self) -> None:
        async with self.needs.sessions.begin() as session:
            await control.retry_run(session, SYSTEM, self.run_id)

    async def said(self) -> list[tuple[str, str]]:
        return await runs.said(self.needs.sessions, self.run_id)

    async def change(self, assignment: str) -> None:
        async with self.needs.sessions.begin() as session:
            await session.execute(text(f"UPDATE {assignment}"))

    async def reason(self, step: int) -> str:
        async with self.needs.sessions() as session:
            statement = text("SELECT reason FROM automation_steps WHERE step = :step")
            return str(await session.scalar(statement, {"step": step}))


async def play(
    needs: Dependencies, phone: Phone, drawn: Graph, *, window: timedelta = runs.OPEN
) -> Play:
    async with needs.sessions.begin() as session:
        who = await runs.cast(session, needs.vault, phone, window=window)
        run_id = await runs.started(session, await runs.live(session, drawn), who)
    made = Play(needs, who, run_id)
    await made.decide()
    return made


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


async def test_our_own_gate_says_why(needs: Dependencies, phone: Phone) -> None:
    run = await play(needs, phone, TWO, window=timedelta(hours=-1))
    assert (await run.send(1)).state == "failed"
    assert await run.reason(1) == "window_closed"
    assert await run.said() == []


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


async def test_every_kind_of_message_is_accepted(needs: Dependencies, phone: Phone) -> None:
    link = "https://example.org/a"
    contents = (
        Text(text="Hi {{contact.first_name}}"),
        Media(kind="image", link=f"{link}.png", caption="A"),
        Media(kind="document", link=f"{link}.pdf", filename="a.pdf"),
        Buttons(text="Sure?", header="H", footer="F", buttons=(Button(id="y", title="Yes"),)),
        List(text="Which?", button="Choose", rows=(Row(id="s", title="Small", description="x"),)),
        Link(text="See", label="Open", url=link),
        Location(latitude="37.4", longitude="-122.1", name="Shop", address="1 Elm St"),
        Card(name="Mara Voss", phone="+49 30 5550100", email="mara@example.org"),
    )
    run = await play(needs, phone, graph({"a": CustomReply(messages=contents)}))
    assert (await run.send(1)).state == "completed"
    assert {state for _, state in await run.said()} == {"accepted"}
    assert len(await phone.accepted()) == len(contents)


async def test_a_template_goes_in_the_language_of_its_contact(
    needs: Dependencies, phone: Phone
) -> None:
    async with needs.sessions.begin() as session:
        template_id = await factories.template(session)
        await session.execute(
            text("""INSERT INTO templates (id, waba_id, meta_id, name, language, category, status, components, synced_at)
            SELECT gen_random_uuid(), waba_id, '1', name, 'de', category, status,
                replace(components::text, 'your order is ready', 'es ist da')::jsonb, synced_at FROM templates""")
        )
    node = SendTemplate(template=str(template_id), values={"body.1": "{{contact.first_name}}"})
    run = await play(needs, phone, graph({"a": node, "b": node}, "a > b"))
    versions_of_it = [ActivityEnvironment().run(run.sending.send_template, StepRef(run.run_id, 1))]
    assert (await versions_of_it[0]).step == 2
    await run.change("contacts SET language = 'de_AT'")
    await ActivityEnvironment().run(run.sending.send_template, StepRef(run.run_id, 2))
    assert [said for said, _ in await run.said()] == [
        "Hi Person, your order is ready.", "Hi Person, es ist da.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("templates SET deleted_at = now()", "gone"),
        ("templates SET status = 'PAUSED'", "template_paused"),
        ("contacts SET blocked_at = now()", "contact_blocked"),
    ],
)
async def test_a_template_that_may_not_be_sent_fails_with_its_reason(
    needs: Dependencies, phone: Phone, change: str, reason: str
) -> None:
    async with needs.sessions.begin() as session:
        template_id = await factories.template(session)
    node = SendTemplate(template=str(template_id), values={"body.1": "x"})
    run = await play(needs, phone, graph({"a": node}))
    await run.change(change)
    await ActivityEnvironment().run(run.sending.send_template, StepRef(run.run_id, 1))
    assert await run.reason(1) == reason


async def test_the_guard_holds_an_automation_that_says_too_much(
    needs: Dependencies, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.automations.guards._limits.messages_per_hour", 1)
    run = await play(needs, phone, TWO)
    assert (await run.send(1)).state == HELD
    assert await run.said() == [("1", "accepted")]


async def test_a_question_waits_for_its_answer_once_it_was_asked(
    needs: Dependencies, phone: Phone
) -> None:
    run = await play(needs, phone, graph({"a": ask("How many?")}))
    found = await ActivityEnvironment().run(run.sending.user_reply, StepRef(run.run_id, 1))
    assert (found.next, found.state) == (Next.WAIT, "reply")
    assert await run.said() == [("How many?", "accepted")]


async def test_an_effect_that_can_never_be_done_counts_as_failed(
    needs: Dependencies, phone: Phone
) -> None:
    run = await play(needs, phone, graph({"a": SetField(field="name", value="X")}))
    step = StepRef(run.run_id, 1)
    assert (await ActivityEnvironment().run(run.deciding.give_up, step)).state == "failed"
    assert (await ActivityEnvironment().run(run.records.set_field, step)).state == "failed"
    assert await run.reason(1) == "internal"


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
