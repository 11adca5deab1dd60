"""Starting an automation for chosen contacts: on which number, for whom, and how many at once."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.automations.triggers import Entry, ManualTrigger, ReEntry
from domain.errors import Conflict, DomainError, Invalid, NotFound
from domain.ids import new_id
from services.automations import starting_by_hand as by_hand
from services.automations.starting_by_hand import Chosen, Outcome
from services.vault import Vault, new_key
from tests import graphs, threads
from tests.eventually import eventually
from tests.services.automations import acting
from tests.store import races
from tests.threads import Thread

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


@pytest.fixture
async def automation(session: AsyncSession) -> UUID:
    """An automation that people are put into by hand."""
    drawn = graphs.graph({"a": graphs.say("A")}, triggers={"start": ManualTrigger()})
    return await acting.live(session, drawn)


async def test_they_enter_on_the_number_that_was_chosen(
    session: AsyncSession, thread: Thread, automation: UUID
) -> None:
    chosen = Chosen(contact_ids=[thread.contact_id], channel_id=thread.channel_id, key="order 1")
    [first] = await by_hand.start(session, SYSTEM, automation, chosen)
    [again] = await by_hand.start(session, SYSTEM, automation, chosen)
    assert first.run_id is not None
    assert (again.run_id, again.why_not) == (first.run_id, None)
    [row] = await acting.runs(session)
    assert row.channel_id == thread.channel_id


@pytest.mark.parametrize(
    ("chosen", "kind", "code"),
    [
        (Chosen(), Invalid, "start_whom"),
        (Chosen(contact_ids=[new_id()], phone="+34611000101"), Invalid, "start_whom"),
        (Chosen(contact_ids=[new_id()] * 1001), Invalid, "start_limit"),
        (Chosen(contact_ids=[new_id()], key="k" * 201), Invalid, "value_long"),
        (Chosen(contact_ids=[new_id()], channel_id=new_id()), NotFound, "channel_not_found"),
        (Chosen(contact_ids=[new_id()], trigger_id="other"), Conflict, "automation_not_by_hand"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_what_cannot_be_meant_is_refused_before_anybody_enters(
    session: AsyncSession,
    thread: Thread,
    automation: UUID,
    chosen: Chosen,
    kind: type[DomainError],
    code: str,
) -> None:
    with pytest.raises(kind) as refused:
        await by_hand.start(session, SYSTEM, automation, chosen)
    assert refused.value.code == code
    assert await acting.runs(session) == []


async def test_an_automation_that_does_not_act_starts_nobody(
    session: AsyncSession, thread: Thread, automation: UUID
) -> None:
    await acting.paused(session, automation)
    with pytest.raises(Conflict) as refused:
        await by_hand.start(session, SYSTEM, automation, Chosen(contact_ids=[thread.contact_id]))
    assert refused.value.code == "automation_not_live"
    assert await by_hand.offered(session) == []
    await session.execute(text("UPDATE automations SET status = 'live'"))
    assert await by_hand.offered(session) == [(automation, "Welcome")]


HURRIED = "SET LOCAL lock_timeout = '200ms'"
WAITED = "SELECT now() - waitstart > interval '400ms' FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize("key", ["", "order 1"])
async def test_two_at_once_take_turns(sessions: Sessions, key: str) -> None:
    """However long the first one takes; for the same occasion, the second is told of the first one's run."""
    async with sessions.begin() as session:
        channel_id = await session.scalar(text("SELECT id FROM channels"))
        assert channel_id is not None
        on = await threads.thread(session, channel_id)
        entry = ReEntry(rule=Entry.ALWAYS)
        drawn = graphs.graph({"a": graphs.say("A")}, triggers={"start": ManualTrigger(entry=entry)})
        automation = await acting.live(session, drawn)
    chosen = Chosen(contact_ids=[on.contact_id], key=key)

    async def hurried(session: AsyncSession) -> list[Outcome]:
        await session.execute(text(HURRIED))
        return await by_hand.start(session, SYSTEM, automation, chosen)

    async def waited() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(text(WAITED)))

    async with sessions.begin() as session:
        [first] = await by_hand.start(session, SYSTEM, automation, chosen)
        other = races.begun(sessions, hurried)
        await eventually(waited, "the second one waits longer than a page would")
    answered = await other
    assert isinstance(answered, list)
    [second] = answered
    assert second.run_id is not None
    assert (second.run_id == first.run_id) is bool(key)
