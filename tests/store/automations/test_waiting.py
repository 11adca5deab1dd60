"""Runs that have not ended: locked in one order, ended once, with what follows for those that wait for them."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.automations.states import Ending
from domain.automations.triggers import Entry, ManualTrigger, ReEntry
from services.vault import Vault, new_key
from store.automations import waiting
from tests import runs
from tests.graphs import chain, say
from tests.runs import Cast
from tests.store import races
from tests.store.races import Act, Sessions

ALWAYS = {"start": ManualTrigger(entry=ReEntry(rule=Entry.ALWAYS))}
LOCKING = "SELECT id FROM automation_runs WHERE id = ANY(:keys) ORDER BY id FOR NO KEY UPDATE"


async def several(session: AsyncSession, count: int = 3) -> tuple[UUID, Cast, list[UUID]]:
    """Somebody who is in a marketing automation several times."""
    who = await runs.cast(session, Vault([new_key()]))
    automation_id = await runs.live(session, chain(say("Hi"), triggers=ALWAYS))
    made = [await runs.started(session, automation_id, who) for _ in range(count)]
    await session.execute(text("UPDATE automation_runs SET marketing = true"))
    return automation_id, who, made


@pytest.mark.parametrize("which", ["contact", "all", "marketing"])
async def test_whoever_wants_several_runs_locks_them_in_one_order(
    sessions: Sessions, which: str
) -> None:
    async with sessions.begin() as session:
        automation_id, who, made = await several(session)
        # As they lie in the table, which is not the order of their ids.
        await session.execute(
            text("UPDATE automation_runs SET reason = '' WHERE id = :id"), {"id": made[0]}
        )
    acts: dict[str, Act] = {
        "contact": lambda session: waiting.active(session, who.contact_id, who.channel_id),
        "all": lambda session: waiting.hold_all(session, automation_id),
        "marketing": lambda session: waiting.end_marketing(session, [who.contact_id]),
    }
    await races.assert_waits_in_order(sessions, acts[which], LOCKING, made)


async def test_all_end_but_those_that_somebody_is_at_work_on(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        automation_id, _, made = await several(session)
    async with sessions.begin() as worker, sessions.begin() as stopper:
        await worker.execute(text(LOCKING), {"keys": made[:1]})
        ended = await waiting.end_all(stopper, automation_id)
        assert {one.run_id for one in ended.runs} == set(made[1:])


async def test_a_run_ends_once_and_its_parent_is_named(session: AsyncSession) -> None:
    _, who, [parent, child, _] = await several(session)
    await session.execute(
        text("UPDATE automation_runs SET parent_id = :parent, parent_step = 1 WHERE id = :id"),
        {"parent": parent, "id": child},
    )
    ended = await waiting.end_one(session, child, Ending.STOPPED)
    assert [one.run_id for one in ended.runs] == [child]
    assert [one.run_id for one in ended.parents] == [parent]
    again = await waiting.end_one(session, child, Ending.STOPPED)
    assert (again.runs, again.parents) == ([], [])
    left = await waiting.end_marketing(session, [who.contact_id])
    assert len(left.runs) == 2
    assert not await waiting.is_active(session, who.contact_id, who.channel_id)


async def test_what_a_run_began_with_stays_known(session: AsyncSession) -> None:
    _, _, [run_id, *_] = await several(session)
    assert await waiting.brought(session, run_id) == {}
    statement = text(
        """UPDATE automation_runs SET state = state || '{"brought": {"order": "41"}}'"""
    )
    await session.execute(statement)
    assert await waiting.brought(session, run_id) == {"order": "41"}
