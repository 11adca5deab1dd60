"""Runs of many people at the same time: they share transactions, and nobody's trouble is anybody else's."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.testing import ActivityEnvironment

from activities.automations.deciding import Deciding, RunRef, StepRef
from activities.automations.hearing import Hearing
from activities.automations.sending import Sending
from activities.dependencies import Dependencies
from domain.automations.decisions import Decision, DueRun, Next
from domain.journal.facts import Entry
from domain.journal.rules import Stream
from services.automations.versions import Versions
from store.engine import Impatient
from store.together import Piece, Transactions
from tests import runs
from tests.activities.conftest import Phone
from tests.graphs import ask, graph, say
from tests.runs import Cast

PEOPLE = 12
ASKS = graph(
    {"a": ask("Who?", save_as="name"), "b": say("Hello {{answer.name}}")}, "a.answered > b"
)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pieces were in each shared transaction that was committed."""
    sizes: list[int] = []
    together = Transactions._did_together

    async def counted(self: Transactions, pieces: Sequence[Piece]) -> bool:
        if done := await together(self, pieces):
            sizes.append(len(pieces))
        return done

    monkeypatch.setattr(Transactions, "_did_together", counted)
    return sizes


@pytest.fixture
async def crowd(needs: Dependencies, phone: Phone) -> list[Cast]:
    """People who wrote to one number."""
    async with needs.sessions.begin() as session:
        return await runs.crowd(session, needs.vault, PEOPLE, phone)


async def sent(
    needs: Dependencies, run_ids: list[UUID], step: int
) -> list[Decision | BaseException]:
    """All of them do this step at the same time."""
    sending = Sending(needs, Versions())
    return await asyncio.gather(
        *(ActivityEnvironment().run(sending.user_reply, StepRef(one, step)) for one in run_ids),
        return_exceptions=True,
    )


async def entered(needs: Dependencies, crowd: list[Cast]) -> list[UUID]:
    """Everybody enters an automation."""
    versions = Versions()
    async with needs.sessions.begin() as session:
        automation_id = await runs.live(session, ASKS)
        run_ids = [await runs.started(session, automation_id, who) for who in crowd]
    deciding = Deciding(needs, versions)
    await asyncio.gather(
        *(ActivityEnvironment().run(deciding.decide, RunRef(one)) for one in run_ids)
    )
    return run_ids


async def test_each_gets_their_message_once_and_one_who_cannot_is_no_trouble_for_others(
    needs: Dependencies, phone: Phone, crowd: list[Cast], shared: list[int]
) -> None:
    run_ids = await entered(needs, crowd)
    async with needs.sessions.begin() as session:
        await session.execute(
            text("UPDATE conversations SET window_expires_at = now() WHERE id = :id"),
            {"id": crowd[4].conversation_id},
        )
        await session.execute(
            text("DELETE FROM automation_runs WHERE id = :id"), {"id": run_ids[7]}
        )
    # Every step is done twice, as after a lost answer.
    found = await asyncio.gather(sent(needs, run_ids, 1), sent(needs, run_ids, 1))
    ends = [Counter(one.state for one in some if isinstance(one, Decision)) for some in found]
    assert ends == [{"reply": PEOPLE - 2, "failed": 1, "removed": 1}] * 2
    assert sum(shared) > PEOPLE
    accepted = Counter(await phone.accepted())
    assert accepted == {
        who.phone.removeprefix("+"): 1 for n, who in enumerate(crowd) if n not in {4, 7}
    }


async def test_a_claim_whose_commit_nobody_heard_of_is_in_doubt_and_not_sent(
    needs: Dependencies, phone: Phone, crowd: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_ids = await entered(needs, crowd)
    together, commit = Transactions._did_together, Impatient.commit
    lost: list[int] = []

    async def dies(connection: Impatient) -> None:
        await commit(connection)
        if not lost[1:]:
            lost.append(0)
            await connection.close()
            raise psycopg.OperationalError("the connection is lost")

    async def unheard(self: Transactions, pieces: Sequence[Piece]) -> bool:
        if not lost:
            lost.append(len(pieces))
            monkeypatch.setattr(Impatient, "commit", dies)
        return await together(self, pieces)

    monkeypatch.setattr(Transactions, "_did_together", unheard)
    found = await sent(needs, run_ids, 1)
    assert [one.state for one in found if isinstance(one, Decision)] == ["reply"] * PEOPLE
    async with needs.sessions() as session:
        query = text("SELECT state FROM messages WHERE state <> 'received'")
        states = Counter((await session.scalars(query)).all())
    assert lost[0] > 1
    assert states == {"unknown": lost[0], "accepted": PEOPLE - lost[0]}
    accepted = Counter(await phone.accepted())
    assert set(accepted.values()) == {1}
    assert len(accepted) == PEOPLE - lost[0]


async def entries(session: AsyncSession) -> list[Entry]:
    """What there is to route."""
    query = text("SELECT * FROM journal WHERE stream = :stream ORDER BY id")
    rows = await session.execute(query, {"stream": Stream.ROUTING})
    names = ("contact_id", "conversation_id", "message_id")
    return [
        Entry(row.id, row.kind, row.entity_id, {one: getattr(row, one) for one in names}, {})
        for row in rows
    ]


async def test_what_all_write_at_once_is_heard_by_their_own_runs_and_again_says_the_same(
    needs: Dependencies, crowd: list[Cast], shared: list[int]
) -> None:
    run_ids = await entered(needs, crowd)
    await sent(needs, run_ids, 1)
    shared.clear()
    async with needs.sessions.begin() as session:
        wrote = [await runs.received(session, who, f"I am {n}") for n, who in enumerate(crowd)]
    async with needs.sessions() as session:
        noted = await entries(session)
    route = Hearing(needs, Versions()).route

    async def all_routed() -> list[list[tuple[DueRun, Decision]]]:
        return await asyncio.gather(*(route(entry) for entry in noted))

    first = await all_routed()
    assert [(run.id, decision.next, decision.step) for [(run, decision)] in first] == [
        (one, Next.EFFECT, 2) for one in run_ids
    ]
    assert await all_routed() == first
    assert sum(shared) >= 2 * (PEOPLE - 1)
    async with needs.sessions() as session:
        query = text("SELECT message_id FROM automation_inbox WHERE taken_at IS NOT NULL")
        assert set((await session.scalars(query)).all()) == set(wrote)
        answers = text("SELECT answers -> 'name' FROM automation_runs ORDER BY id")
        said = list((await session.scalars(answers)).all())
    assert said == [f"I am {n}" for n in range(PEOPLE)]


async def test_a_run_that_a_message_ends_is_told_durably(needs: Dependencies, phone: Phone) -> None:
    async with needs.sessions.begin() as session:
        [who] = await runs.crowd(session, needs.vault, 1, phone)
        automation_id = await runs.live(session, graph({"a": ask("Who?", save_as="name")}))
        run_id = await runs.started(session, automation_id, who)
    await ActivityEnvironment().run(Deciding(needs, Versions()).decide, RunRef(run_id))
    await sent(needs, [run_id], 1)
    async with needs.sessions.begin() as session:
        await runs.received(session, who, "Ana")
    async with needs.sessions() as session:
        [noted] = await entries(session)
    route = Hearing(needs, Versions()).route
    # Whoever routes it may die before the workflow is told: the note stays.
    assert await route(noted) == []
    assert await route(noted) == []
    async with needs.sessions() as session:
        query = text("SELECT entity_id FROM journal WHERE kind = 'run.woken'")
        assert (await session.scalars(query)).all() == [str(run_id)]
