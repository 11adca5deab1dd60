"""Publishing: by two at once, while others enter, and what becomes of those inside."""

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM
from domain.errors import Conflict
from services.automations import (
    candidates,
    control,
    deciding,
    drafts,
    listing,
    publishing,
    starting,
)
from services.automations.candidates import Acting
from services.automations.publishing import Inside, Published
from services.automations.starting import Person
from services.automations.versions import Versions
from tests import drawing, factories
from tests.services.automations import acting

Sessions = async_sessionmaker[AsyncSession]


async def published(sessions: Sessions, automation_id: UUID) -> Published | str:
    """What became of publishing the first revision."""
    try:
        async with sessions.begin() as session:
            return await publishing.publish(session, SYSTEM, automation_id, 1, Inside.FINISH)
    except Conflict as refused:
        return refused.code


async def saved(sessions: Sessions, automation_id: UUID, word: str) -> int | str:
    """What became of a save on top of the first revision."""
    document = drawing.waiting("keyword", words=[word])
    try:
        async with sessions.begin() as session:
            done = await drafts.save(session, SYSTEM, automation_id, 1, document)
            return done.revision
    except Conflict as refused:
        return refused.code


async def draft(sessions: Sessions) -> UUID:
    """A draft without errors."""
    async with sessions.begin() as session:
        made = await drafts.create(session, SYSTEM, "Welcome", document=drawing.waiting())
        return made.item.id


async def test_only_one_of_two_publishes(sessions: Sessions) -> None:
    automation_id = await draft(sessions)
    both = await asyncio.gather(*(published(sessions, automation_id) for _ in range(2)))
    assert sorted(isinstance(one, Published) for one in both) == [False, True]
    assert "automation_unchanged" in both
    async with sessions() as session:
        assert len(await listing.versions(session, automation_id)) == 1


async def test_only_one_of_two_saves_is_kept(sessions: Sessions) -> None:
    automation_id = await draft(sessions)
    both = await asyncio.gather(
        saved(sessions, automation_id, "one"), saved(sessions, automation_id, "two")
    )
    assert sorted(map(str, both)) == ["2", "draft_changed"]


async def people(sessions: Sessions, count: int) -> list[UUID]:
    """So many contacts."""
    async with sessions.begin() as session:
        await factories.people(session, count)
        return await acting.column(session, "id FROM contacts ORDER BY id")


async def by(sessions: Sessions, automation_id: UUID) -> Acting:
    """The trigger that acts."""
    async with sessions() as session:
        [found] = await candidates.of_automation(session, automation_id)
        return found


async def enter(sessions: Sessions, trigger: Acting, contact_ids: list[UUID]) -> list[str | None]:
    """Contacts enter by a trigger as somebody read it; returns why each did not."""
    async with sessions.begin() as session:
        who = [Person(contact_id=one, cause=f"hand:{one}") for one in contact_ids]
        return [one.why_not for one in await starting.enter(session, SYSTEM, trigger, who)]


async def publish(sessions: Sessions, automation_id: UUID, inside: Inside) -> Published:
    """Publish what is drawn now."""
    async with sessions.begin() as session:
        revision = (await listing.draft(session, automation_id)).revision
        return await publishing.publish(session, SYSTEM, automation_id, revision, inside)


async def draw(sessions: Sessions, automation_id: UUID, document: dict[str, Any]) -> None:
    """Save another draft."""
    async with sessions.begin() as session:
        revision = (await listing.draft(session, automation_id)).revision
        await drafts.save(session, SYSTEM, automation_id, revision, document)


async def act(sessions: Sessions, statement: str, **parameters: Any) -> None:
    """Change rows."""
    async with sessions.begin() as session:
        await session.execute(text(statement), parameters)


async def runs(sessions: Sessions) -> list[Any]:
    """Every run."""
    async with sessions() as session:
        return await acting.runs(session)


def changed(*, marketing: bool = False, trigger: str = "start") -> dict[str, Any]:
    """The small automation with half the wait."""
    document = drawing.waiting()
    document["triggers"][0]["id"] = document["edges"][0]["source"] = trigger
    document["settings"] = {"marketing": marketing}
    document["nodes"][1]["data"]["wait"] = {"amount": 30, "unit": "minutes"}
    return document


async def test_those_inside_move_if_their_node_is_still_of_its_type(sessions: Sessions) -> None:
    automation_id = await draft(sessions)
    await publish(sessions, automation_id, Inside.FINISH)
    first, second = await people(sessions, 2)
    assert await enter(sessions, await by(sessions, automation_id), [first, second]) == [None, None]
    at = (
        "UPDATE automation_runs SET node = :node, waits = :waits,"
        " until = now() + CAST(:hours AS int) * interval '1 hour' WHERE contact_id = :who"
    )
    await act(sessions, at, node="ask", waits="reply", hours=None, who=first)
    await act(sessions, at, node="gap", waits="time", hours=1, who=second)
    promised = (await runs(sessions))[1].until
    document = changed(marketing=True)
    a_day = {"amount": 1, "unit": "days"}
    document["nodes"][0] = drawing.node("ask", "time_gap", until="duration", wait=a_day)
    document["edges"][1]["branch"] = "next"
    await draw(sessions, automation_id, document)
    done = await publish(sessions, automation_id, Inside.MOVE)
    assert (done.version, done.moved, done.finishing, done.stopped) == (2, 1, 1, 0)
    stayed, moved = await runs(sessions)
    assert (stayed.version, stayed.marketing) == (1, False)
    assert (moved.version, moved.marketing, moved.until) == (2, True, promised)
    async with sessions.begin() as session:
        decided = await deciding.decide(session, Versions(), moved.id)
        assert (decided.version, decided.until) == (2, promised)
        assert (await deciding.decide(session, Versions(), stayed.id)).version == 1


async def test_whoever_enters_while_it_is_published_enters_what_acts_then(
    sessions: Sessions,
) -> None:
    """The trigger was read before, as by the clock in the middle of its work."""
    automation_id = await draft(sessions)
    await publish(sessions, automation_id, Inside.FINISH)
    [who, late] = await people(sessions, 2)
    old = await by(sessions, automation_id)
    assert await enter(sessions, old, [who]) == [None]
    await draw(sessions, automation_id, changed(marketing=True))
    assert (await publish(sessions, automation_id, Inside.STOP)).stopped == 1
    assert await enter(sessions, old, [late]) == [None]
    assert [(one.version, one.marketing, one.ending) for one in await runs(sessions)] == [
        (1, False, "stopped"), (2, True, None),
    ]  # fmt: skip
    await draw(sessions, automation_id, changed(trigger="other"))
    await publish(sessions, automation_id, Inside.FINISH)
    await act(sessions, "UPDATE automation_runs SET ended_at = now(), ending = 'completed'")
    assert await enter(sessions, old, [who]) == [starting.NOT_LIVE]


async def test_publishing_while_hundreds_enter_loses_nobody(
    sessions: Sessions,
) -> None:
    automation_id = await draft(sessions)
    await publish(sessions, automation_id, Inside.FINISH)
    everybody = await people(sessions, 400)
    old = await by(sessions, automation_id)
    await draw(sessions, automation_id, changed())
    entering = asyncio.gather(
        *(enter(sessions, old, everybody[at : at + 50]) for at in range(0, 400, 50))
    )
    done = await publish(sessions, automation_id, Inside.MOVE)
    assert [why for portion in await entering for why in portion] == [None] * 400
    found = await runs(sessions)
    assert len({one.contact_id for one in found}) == 400
    assert {one.version for one in found} == {2}  # who was inside has moved, the others entered it
    assert done.version == 2


async def test_nobody_enters_once_it_is_paused(sessions: Sessions) -> None:
    """Paused between two portions of the clock."""
    automation_id = await draft(sessions)
    await publish(sessions, automation_id, Inside.FINISH)
    first, second = await people(sessions, 2)
    old = await by(sessions, automation_id)
    assert await enter(sessions, old, [first]) == [None]
    async with sessions.begin() as session:
        await control.pause(session, SYSTEM, automation_id)
    assert await enter(sessions, old, [second]) == [starting.NOT_LIVE]
