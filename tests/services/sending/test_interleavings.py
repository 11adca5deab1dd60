"""The laws under any interleaving: dying and duplicate senders, lost answers, repeated and reordered webhooks, pauses,
stops and human decisions, generated at random and shrunk when a law breaks.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.campaigns import CampaignStatus
from domain.errors import Conflict
from domain.messages import MessageState
from domain.recipients import Choice
from services.campaigns import control, report
from services.campaigns.outcomes import resolve
from services.receiving import statuses
from services.sending import verdicts
from services.sending.claim import Cursor, claim_again, claim_fresh
from services.sending.record import record
from services.sending.verdicts import Verdict
from services.vault import Vault, new_key
from store.engine import create_autocommit_engine, create_engine, create_sessions
from store.sending import claims, plans
from store.sending.claims import Sendable
from tests import factories
from tests.factories import LaunchedCampaign
from whatsapp.client import CallNotMade, CallUnanswered, CloudApiError
from whatsapp.webhooks import Status

PEOPLE = 12
SENDERS = 3

Sessions = async_sessionmaker[AsyncSession]

ACTIONS = st.one_of(
    st.tuples(st.just("claim"), st.integers(0, SENDERS - 1), st.integers(1, 5)),
    st.tuples(st.just("again"), st.integers(0, SENDERS - 1), st.integers(1, 5)),
    st.tuples(
        st.just("post"),
        st.integers(0, SENDERS - 1),
        st.sampled_from(
            ["accept", "accept", "accept", "lost", "not_made", "doubt", 131021, 130429, 131056]
        ),
    ),
    st.tuples(st.just("record"), st.integers(0, SENDERS - 1), st.just(0)),
    st.tuples(st.just("die"), st.integers(0, SENDERS - 1), st.just(0)),
    st.tuples(st.just("webhooks"), st.integers(0, 2**32), st.integers(1, 8)),
    st.tuples(st.just("fail_late"), st.integers(0, 2**32), st.sampled_from([131049, 131026])),
    st.tuples(st.just("resolve"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("control"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("time"), st.just(0), st.just(0)),
)


@dataclass(slots=True)
class Sender:
    """A process that sends: what it holds and has not recorded dies with it."""

    name: str
    cursor: Cursor
    held: list[Sendable] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    claims: int = 0


@dataclass(slots=True)
class World:
    """Senders on one side, WhatsApp on the other, and the ledger between them."""

    sessions: Sessions
    statements: Sessions
    launched: LaunchedCampaign
    plan: Any
    senders: list[Sender] = field(default_factory=list)
    accepted: Counter[UUID] = field(default_factory=Counter)
    allowed: Counter[UUID] = field(default_factory=Counter)
    news: list[Status] = field(default_factory=list)
    born: int = 0

    def sender(self, index: int) -> Sender:
        while len(self.senders) <= index:
            self.senders.append(self.newborn())
        return self.senders[index]

    def newborn(self) -> Sender:
        self.born += 1
        cursor = Cursor.at(self.plan, self.launched.span)
        cursor.start(1)
        return Sender(f"sender-{self.born}", cursor)

    async def act(self, action: tuple[str, int, Any]) -> None:
        name, number, what = action
        await getattr(self, f"do_{name}")(number, what)

    async def do_claim(self, index: int, count: int) -> None:
        await self._claim(index, count, claim_fresh)

    async def do_again(self, index: int, count: int) -> None:
        await self._claim(index, count, claim_again)

    async def _claim(self, index: int, count: int, how: Any) -> None:
        sender = self.sender(index)
        sender.claims += 1
        taken = await how(
            self.statements, self.sessions, sender.cursor, count, f"{sender.name}/{sender.claims}"
        )
        sender.held += taken.items

    async def do_post(self, index: int, fate: str | int) -> None:
        sender = self.sender(index)
        if not sender.held:
            return
        item = sender.held.pop(0)
        await self._require_on_record(item)
        now = datetime.now(UTC)
        if fate in ("accept", "lost", "doubt"):
            self._accept(item)
        if fate == "accept":
            wamid = f"wamid.{item.message_id}.{item.attempt}"
            sender.verdicts.append(verdicts.accepted(item.message_id, item.attempt, wamid, now))
            return
        error: Exception = CallUnanswered("lost") if fate == "lost" else CallNotMade("refused")
        if fate == "doubt":
            error = CloudApiError(131000, "Something went wrong", status=500)
        if isinstance(fate, int):
            error = CloudApiError(fate, "no")
        sender.verdicts.append(
            verdicts.failed(item.message_id, item.attempt, error, now, patient=True)
        )

    def _accept(self, item: Sendable) -> None:
        self.accepted[item.message_id] += 1
        assert self.accepted[item.message_id] <= 1 + self.allowed[item.message_id], "law 2"
        self.news += [
            self._status(item.message_id, item.attempt, state)
            for state in (MessageState.SENT, MessageState.DELIVERED)
        ]

    def _status(
        self, message_id: UUID, attempt: int, state: MessageState, code: int | None = None
    ) -> Status:
        wamid = f"wamid.{message_id}.{attempt}"
        return Status(wamid, message_id, attempt, state, datetime.now(UTC), code, None, None)

    async def _require_on_record(self, item: Sendable) -> None:
        """Law 1: what is sent now is recorded as this attempt, whatever happened to it since."""
        async with self.sessions() as session:
            statement = text("SELECT attempt FROM messages WHERE id = :id")
            found = (await session.execute(statement, {"id": item.message_id})).scalar_one()
        assert found >= item.attempt, "law 1"

    async def do_record(self, index: int, _: int) -> None:
        sender = self.sender(index)
        unique = {verdict.outcome.message_id: verdict for verdict in sender.verdicts}
        if unique:
            async with self.sessions.begin() as session:
                place = self.launched.channel_id, self.launched.id
                await record(session, *place, list(unique.values()))
        sender.verdicts.clear()

    async def do_die(self, index: int, _: int) -> None:
        """The process is gone; its successor marks what it left in doubt."""
        self.sender(index)
        self.senders[index] = successor = self.newborn()
        async with self.sessions.begin() as session:
            await claims.abandon_others(session, self.launched.span, successor.name)

    async def do_webhooks(self, seed: int, count: int) -> None:
        """Some of the webhooks, in any order and repeatedly."""
        chance = Random(seed)
        await self._keep([chance.choice(self.news) for _ in range(count) if self.news])

    async def do_fail_late(self, seed: int, code: int) -> None:
        if self.news:
            about = Random(seed).choice(self.news)
            assert about.message_id is not None
            assert about.attempt is not None
            late = self._status(about.message_id, about.attempt, MessageState.FAILED, code)
            self.news.append(late)
            await self._keep([late])

    async def _keep(self, news: list[Status]) -> None:
        before = await self._queued()
        async with self.sessions.begin() as session:
            await statuses.keep(session, news)
        # Meta itself said that these did not arrive: another acceptance is not a duplicate.
        self.allowed.update(await self._queued() - before)

    async def do_resolve(self, again: int, _: int) -> None:
        choice = Choice.SEND_AGAIN if again else Choice.ASSUME_SENT
        before = await self._queued()
        try:
            async with self.sessions.begin() as session:
                await resolve.resolve(session, self.launched.id, SYSTEM, choice, None)
        except Conflict:
            return
        self.allowed.update(await self._queued() - before)

    async def do_control(self, which: int, _: int) -> None:
        acts = (control.pause, control.resume, control.resume, control.throttle)
        try:
            async with self.sessions.begin() as session:
                more = (50,) if acts[which] is control.throttle else ()
                await acts[which](session, self.launched.id, SYSTEM, *more)
        except Conflict:
            return

    async def do_time(self, _: int, __: int) -> None:
        """A day and a half passes: every retry is due."""
        async with self.sessions.begin() as session:
            passed = {"passed": timedelta(hours=36)}
            statement = "UPDATE messages SET next_try_at = next_try_at - CAST(:passed AS interval)"
            await session.execute(text(statement), passed)

    async def _queued(self) -> set[UUID]:
        async with self.sessions() as session:
            statement = text("SELECT id FROM messages WHERE state = 'queued'")
            return set((await session.scalars(statement)).all())

    async def check(self) -> None:
        """Law 3: states sum to the audience, and the counters are what the rows say."""
        async with self.sessions() as session:
            progress = (await report.one(session, self.launched.id)).progress
            rows = await session.execute(text("SELECT state, count(*) FROM messages GROUP BY 1"))
            counted = {row[0]: row[1] for row in rows.all()}
        counted.pop("queued", None)
        for state, people in counted.items():
            assert getattr(progress, state) == people, (state, people, progress)
        assert progress.queued == PEOPLE - sum(counted.values()), "law 3"


async def _world(sessions: Sessions, statements: Sessions) -> World:
    async with sessions.begin() as session:
        for table in ("messages", "message_attempts", "campaigns", "contacts", "rate_slots",
                      "templates", "channels", "portfolios"):  # fmt: skip
            await session.execute(text(f"TRUNCATE {table} CASCADE"))
        launched = await factories.campaign(session, Vault([new_key()]), PEOPLE)
        await session.execute(text("UPDATE campaigns SET brake_percent = NULL"))
    async with sessions() as session:
        plan = await plans.plan(session, launched.id)
    return World(sessions, statements, launched, plan)


async def _live(database_url: str, actions: list[tuple[str, int, Any]]) -> None:
    engine, autocommit = create_engine(database_url), create_autocommit_engine(database_url)
    try:
        world = await _world(create_sessions(engine), create_sessions(autocommit))
        for action in actions:
            await world.act(action)
            await world.check()
        await _end(world)
    finally:
        await engine.dispose()
        await autocommit.dispose()


async def _end(world: World) -> None:
    """Everything that may still be sent is sent: nobody is missing or in flight."""
    if (await _look(world)).status is CampaignStatus.PAUSED:
        await world.do_control(1, 0)
    for index in range(SENDERS):
        await world.do_die(index, 0)
    for _ in range(3):
        await world.do_time(0, 0)
        for act in (world.do_claim, world.do_again):
            await act(0, PEOPLE)
            while world.sender(0).held:
                await world.do_post(0, "accept")
            await world.do_record(0, 0)
    await world.check()
    progress = (await _look(world)).progress
    assert (progress.sending, progress.queued) == (0, 0)


async def _look(world: World) -> Any:
    async with world.sessions() as session:
        return await report.one(session, world.launched.id)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions=st.lists(ACTIONS, min_size=5, max_size=40))
def test_any_interleaving_holds_the_laws(
    database_url: str, actions: list[tuple[str, int, Any]]
) -> None:
    asyncio.run(_live(database_url, actions))
