"""Decisions of runs: each event counts once, whatever is asked again, and in the order people wrote."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.decisions import HELD, Decision, Next
from domain.automations.graphs import Graph
from domain.automations.nodes import (
    AnswerType,
    Data,
    Duration,
    Goal,
    HandOver,
    StartAutomation,
    UserReply,
)
from domain.automations.states import Done
from domain.ids import new_id
from services.automations import children, deciding
from services.automations.versions import Versions
from services.vault import Vault, new_key
from store.automations import runs as stored
from tests import runs
from tests.graphs import ask, graph, offer, say, wait
from tests.runs import Cast

VERSIONS = Versions()


class Play:
    """One run, decided step by step."""

    def __init__(self, session: AsyncSession, who: Cast, run_id: UUID) -> None:
        self.session, self.who, self.run_id = session, who, run_id

    async def decide(self) -> Decision:
        return await deciding.decide(self.session, VERSIONS, self.run_id)

    async def done(self, step: int, **more: Any) -> Decision:
        return await deciding.finish(self.session, VERSIONS, self.run_id, Done(step=step, **more))

    async def write(self, said: str, **payload: Any) -> None:
        await runs.wrote(self.session, self.run_id, self.who, said, **payload)

    async def change(self, assignment: str) -> None:
        await self.session.execute(text(f"UPDATE {assignment}"))

    async def row(self) -> Any:
        return (await self.session.execute(text("SELECT * FROM automation_runs"))).one()

    async def path(self) -> list[tuple[str, str | None, str]]:
        statement = text("SELECT node, branch, reason FROM automation_steps ORDER BY step")
        return [tuple(row) for row in await self.session.execute(statement)]

    async def noted(self) -> list[str]:
        statement = text("SELECT kind FROM journal WHERE kind LIKE 'run.%' ORDER BY id")
        return list((await self.session.scalars(statement)).all())


async def play(session: AsyncSession, drawn: Graph) -> Play:
    who = await runs.cast(session, Vault([new_key()]))
    automation_id = await runs.live(session, drawn)
    return Play(session, who, await runs.started(session, automation_id, who))


async def test_deciding_again_asks_for_the_same_effect_of_the_same_step(
    session: AsyncSession,
) -> None:
    run = await play(session, graph({"hello": say("Hi")}))
    first = await run.decide()
    assert (first.next, first.step, first.type, first.title) == (
        Next.EFFECT, 1, "custom_reply", "hello",
    )  # fmt: skip
    assert await run.decide() == first
    assert await run.path() == [("hello", None, "")]


async def test_an_effect_that_ends_twice_counts_once(session: AsyncSession) -> None:
    run = await play(session, graph({"a": say("1"), "b": say("2")}, "a > b"))
    assert (await run.decide()).step == 1
    second = await run.done(1)
    assert second.step == 2
    assert await run.done(1) == second
    assert (await run.done(2)).state == "completed"
    assert (await run.done(2)).state == "completed"
    assert await run.path() == [("a", "next", ""), ("b", "next", "")]
    assert (await run.noted()).count("run.ended") == 1


async def test_two_quick_messages_answer_two_questions_in_their_order(
    session: AsyncSession,
) -> None:
    drawn = graph(
        {"a": UserReply(save_as="first"), "b": UserReply(save_as="second")}, "a.answered > b"
    )
    run = await play(session, drawn)
    assert (await run.decide()).state == "reply"
    await run.write("one")
    await run.write("two")
    assert (await run.decide()).state == "completed"
    assert (await run.row()).answers == {"first": "one", "second": "two"}


async def test_what_comes_while_an_effect_is_at_work_is_kept_for_the_next_question(
    session: AsyncSession,
) -> None:
    run = await play(session, graph({"a": say("1"), "b": ask(save_as="it")}, "a > b"))
    await run.decide()
    await run.write("early")
    assert (await run.decide()).type == "custom_reply"
    assert (await run.done(1)).type == "user_reply"
    assert (await run.done(2)).state == "completed"
    assert (await run.row()).answers == {"it": "early"}


@pytest.mark.parametrize("then", [wait(1), None], ids=["a gap", "the end"])
async def test_what_was_kept_is_let_go_when_no_question_comes(
    session: AsyncSession, then: Data | None
) -> None:
    run = await play(
        session,
        graph({"hi": say("Hi"), "then": then}, "hi > then") if then else graph({"hi": say("Hi")}),
    )
    first = await run.decide()
    await run.write("and another thing")
    while first.next is Next.EFFECT:
        first = await run.done(first.step)
    statement = text("SELECT contact_id, stream FROM journal WHERE kind = 'message.released'")
    [released] = (await session.execute(statement)).all()
    assert tuple(released) == (run.who.contact_id, "routing")
    assert await session.scalar(text("SELECT count(*) FROM automation_inbox")) == 0


async def test_a_message_after_the_time_was_over_belongs_to_the_next_wait(
    session: AsyncSession,
) -> None:
    drawn = graph(
        {"a": UserReply(save_as="first", timeout=Duration()), "b": UserReply(save_as="second")},
        "a.timeout > b",
    )
    run = await play(session, drawn)
    await run.decide()
    await run.change("automation_runs SET until = now() - interval '1 minute'")
    await run.write("late")
    assert (await run.decide()).state == "completed"
    assert (await run.row()).answers == {"second": "late"}


async def test_a_wait_ends_at_its_time_and_not_before(session: AsyncSession) -> None:
    run = await play(session, graph({"pause": wait(2), "goal": Goal()}, "pause > goal"))
    waits = await run.decide()
    assert waits.next is Next.WAIT
    assert waits.until is not None
    assert await run.decide() == waits
    await run.change("automation_runs SET until = now() - interval '1 second'")
    assert await run.decide() == Decision(Next.ENDED, "goal", version=1)


@pytest.mark.parametrize(
    ("hold", "release"),
    [
        ("automations SET status = 'paused'", "automations SET status = 'live'"),
        ("conversations SET taken_at = now()", "conversations SET taken_at = NULL"),
    ],
)
async def test_nothing_moves_while_it_is_held_and_everything_afterwards(
    session: AsyncSession, hold: str, release: str
) -> None:
    run = await play(session, graph({"a": UserReply(), "b": say("2")}, "a.answered > b"))
    await run.decide()
    await run.change(hold)
    await run.write("yes")
    held = Decision(Next.WAIT, HELD, version=1)
    assert await run.decide() == held
    assert (await run.row()).waits == "reply"
    await run.change(release)
    assert (await run.decide()).type == "custom_reply"
    await run.change(hold)
    assert await run.done(2) != held  # what was done is written down, and was the last
    assert (await run.row()).ending == "completed"


async def test_an_effect_begun_before_a_pause_is_written_down_and_the_next_one_waits(
    session: AsyncSession,
) -> None:
    run = await play(session, graph({"a": say("1"), "b": say("2")}, "a > b"))
    await run.decide()
    await run.change("automations SET status = 'paused'")
    assert (await run.done(1)).state == HELD
    assert (await run.row()).node == "b"
    assert (await run.decide()).state == HELD
    await run.change("automations SET status = 'live'")
    assert (await run.decide()).step == 2


async def test_a_run_that_was_ended_does_nothing_more(session: AsyncSession) -> None:
    run = await play(session, graph({"a": say("1"), "b": say("2")}, "a > b"))
    await run.decide()
    await run.change("automation_runs SET ended_at = now(), ending = 'stopped', waits = NULL")
    over = Decision(Next.ENDED, "stopped", version=1)
    assert await run.done(1) == over
    assert await run.decide() == over
    assert await deciding.effect_at_work(session, VERSIONS, run.run_id, 1) == over


async def test_a_run_whose_contact_is_gone_ends(session: AsyncSession) -> None:
    run = await play(session, graph({"a": say("1")}))
    await run.decide()
    await session.execute(text("DELETE FROM contacts"))
    assert await run.decide() == Decision(Next.ENDED, "removed")
    assert await run.done(1) == Decision(Next.ENDED, "removed")


async def test_a_failure_takes_its_branch_or_ends_the_run_with_the_reason(
    session: AsyncSession,
) -> None:
    drawn = graph({"a": say("1"), "b": say("2")}, "a.failed > b")
    run = await play(session, drawn)
    await run.decide()
    assert (await run.done(1, branch="failed", failure="rejected")).step == 2
    assert (await run.done(2, branch="failed", failure="window_closed")).state == "failed"
    row = await run.row()
    assert (row.ending, row.reason) == ("failed", "window_closed")
    assert await run.path() == [
        ("a", "failed", "rejected"), ("b", "failed", "window_closed"),
    ]  # fmt: skip


async def test_an_old_button_is_no_answer_whatever_its_title(session: AsyncSession) -> None:
    run = await play(session, graph({"q": offer("Delete it?", "Yes", "No")}))
    await run.done((await run.decide()).step)
    tap = {"button_reply": {"id": "earlier", "title": "Yes"}, "type": "button_reply"}
    await run.write("Yes", type="interactive", interactive=tap)
    await run.decide()
    assert [branch for _, branch, _ in await run.path()] == ["again", None]


async def test_a_button_is_an_answer_by_its_id(session: AsyncSession) -> None:
    drawn = graph({"a": offer("Sure?", "Yes", "No"), "b": say("Fine")}, "a.choice:yes > b")
    run = await play(session, drawn)
    await run.decide()
    await run.done(1)
    tap = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}
    await run.write("Yes", type="interactive", interactive=tap)
    assert (await run.decide()).step == 2
    assert (await run.path())[0] == ("a", "choice:yes", "")


async def test_reactions_are_read_and_answer_nothing(session: AsyncSession) -> None:
    run = await play(session, graph({"a": ask(accepts=AnswerType.TEXT)}))
    await run.decide()
    await run.done(1)
    await run.write("👍", type="reaction", reaction={"emoji": "👍"})
    assert (await run.decide()).state == "reply"
    assert (
        await session.scalar(text("SELECT count(*) FROM automation_inbox WHERE taken_at IS NULL"))
        == 0
    )


async def test_a_hand_over_ends_once_it_is_done(session: AsyncSession) -> None:
    run = await play(session, graph({"a": HandOver(note="Please call")}))
    assert (await run.decide()).type == "hand_over"
    assert (await run.done(1)).state == "handed_over"


async def _nested(session: AsyncSession, *, wait: bool) -> tuple[Play, UUID | None]:
    """A run that started another one, which waits for a reply; and that one."""
    who = await runs.cast(session, Vault([new_key()]))
    inner = await runs.live(session, graph({"a": UserReply()}), "Inner")
    node = StartAutomation(automation=str(inner), wait=wait)
    outer = await runs.live(session, graph({"go": node, "z": say("Z")}, "go > z"), "Outer")
    run_id = await runs.started(session, outer, who)
    parent = Play(session, who, run_id)
    await parent.decide()
    moving = await deciding.effect_at_work(session, VERSIONS, run_id, 1)
    assert not isinstance(moving, Decision)
    done = await children.begin(session, SYSTEM, moving.run, 1, node)
    await deciding.settle(session, moving, done)
    child = text("SELECT id FROM automation_runs WHERE parent_id = :id AND parent_step = 1")
    return parent, await session.scalar(child, {"id": run_id})


async def test_a_parent_waits_for_its_child_and_hears_of_its_end(session: AsyncSession) -> None:
    parent, child_id = await _nested(session, wait=True)
    assert child_id is not None
    child = Play(session, parent.who, child_id)
    assert (await child.decide()).state == "reply"
    assert (await parent.decide()).state == "child"
    await child.write("yes")
    assert (await child.decide()).state == "completed"
    assert await parent.noted() == [
        "run.started", "run.started", "run.woken", "run.ended", "run.woken",
    ]  # fmt: skip
    assert (await parent.decide()).step == 2


async def test_a_parent_that_does_not_wait_goes_on_at_once(session: AsyncSession) -> None:
    parent, child_id = await _nested(session, wait=False)
    assert child_id is not None
    assert (await parent.decide()).step == 2


async def test_a_child_that_failed_or_is_gone_fails_the_step_that_waits(
    session: AsyncSession,
) -> None:
    parent, child_id = await _nested(session, wait=True)
    await session.execute(text("DELETE FROM automation_runs WHERE id = :id"), {"id": child_id})
    assert (await parent.decide()).state == "failed"
    assert await parent.path() == [("go", "failed", "gone")]


async def test_automations_that_start_each_other_end(session: AsyncSession) -> None:
    who = await runs.cast(session, Vault([new_key()]))
    own = await runs.live(session, graph({"a": UserReply()}))
    run_id = await runs.started(session, own, who)
    for _ in range(children.DEEPEST - 1):
        parent, run_id = run_id, new_id()
        await session.execute(
            text("""
INSERT INTO automation_runs (id, automation_id, version, contact_id, channel_id, trigger_id, cause, state, node,
    parent_id, parent_step)
SELECT :id, automation_id, version, contact_id, channel_id, '', CAST(:id AS text), state, node, id, 1
FROM automation_runs WHERE id = :parent"""),
            {"id": run_id, "parent": parent},
        )
    known = await stored.lock(session, run_id)
    assert known is not None
    node = StartAutomation(automation=str(own))
    found = await children.begin(session, SYSTEM, known.run, 1, node)
    assert found == Done(step=1, branch="failed", failure="not_started")


async def test_a_run_waits_no_longer_than_its_wait(session: AsyncSession) -> None:
    run = await play(session, graph({"a": UserReply(timeout=Duration(amount=1))}))
    found = await run.decide()
    row = await run.row()
    assert found.until == row.until
    assert timedelta(minutes=59) < row.until - row.moved_at <= timedelta(hours=1)
