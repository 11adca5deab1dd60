"""People added by a program while they are merged, changed or deleted: places name existing contacts, and all get an
answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.state import AppState
from domain.actors import SYSTEM
from domain.entries import Pushed, PushStatus
from domain.ids import new_id
from services.campaigns import push
from services.contacts import write
from services.contacts.write import ContactChange
from store import merging
from store.campaigns import pushing
from store.receiving import identities
from tests.eventually import eventually
from tests.services.campaigns.test_push import given, launched, prepared

pytestmark = pytest.mark.fault("A1")

Act = Callable[[AsyncSession, UUID, UUID], Awaitable[object]]


async def become_one(session: AsyncSession, first: UUID, second: UUID) -> None:
    await identities.lock(session)
    await merging.merge(session, [(second, first)])


async def delete(session: AsyncSession, first: UUID, _second: UUID) -> None:
    await write.delete(session, SYSTEM, first)


async def renumber(session: AsyncSession, first: UUID, _second: UUID) -> None:
    await write.update(session, SYSTEM, first, ContactChange(phone="+34611000777"))


ACTS: dict[str, Act] = {act.__name__: act for act in (become_one, delete, renumber)}


async def scene(state: AppState) -> tuple[UUID, list[UUID]]:
    """A running campaign that accepts people, and two contacts."""
    async with state.sessions.begin() as session:
        campaign_id = await prepared(session)
        await launched(session, campaign_id)
        await session.execute(text("UPDATE campaigns SET status = 'running'"))
        ids = [new_id(), new_id()]
        for number, contact_id in enumerate(ids, 1):
            await session.execute(
                text("INSERT INTO contacts (id, phone, phone_key) VALUES (:id, '+' || :key, :key)"),
                {"id": contact_id, "key": f"34611{number:06}"},
            )
    return campaign_id, ids


async def waits(state: AppState) -> bool:
    async with state.sessions() as session:
        found = await session.scalar(
            text("""SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'""")
        )
    return bool(found)


async def done_or_waiting(state: AppState, task: asyncio.Task[Any]) -> None:
    async def stands() -> bool:
        return task.done() or await waits(state)

    await eventually(stands, "the second has ended or waits for the first")


async def doing(state: AppState, act: Act, ids: list[UUID]) -> None:
    async with state.sessions.begin() as session:
        await act(session, *ids)


async def places(state: AppState) -> list[Any]:
    async with state.sessions() as session:
        found = await session.execute(
            text("""SELECT r.seq, r.phone, c.phone AS own_phone, m.state
            FROM campaign_recipients r LEFT JOIN contacts c ON c.id = r.contact_id
            LEFT JOIN messages m ON m.campaign_id = r.campaign_id AND m.seq = r.seq ORDER BY r.seq""")
        )
        return list(found.all())


@pytest.mark.parametrize("step", ["look_up", "append", "committed"])
@pytest.mark.parametrize("name", ACTS)
async def test_whoever_changes_while_a_push_is_written(
    state: AppState, monkeypatch: pytest.MonkeyPatch, name: str, step: str
) -> None:
    """The other transaction is done, or waits for the push, when its ``step`` begins."""
    campaign_id, ids = await scene(state)
    others: list[asyncio.Task[None]] = []

    async def interfere() -> None:
        others.append(asyncio.create_task(doing(state, ACTS[name], ids)))
        await done_or_waiting(state, others[0])

    if step != "committed":
        original = getattr(pushing, step)

        async def step_after(*args: Any, **kwargs: Any) -> Any:
            await interfere()
            return await original(*args, **kwargs)

        monkeypatch.setattr(pushing, step, step_after)
    async with state.sessions.begin() as session:
        answers = await push.push(session, campaign_id, SYSTEM, given(1, 2, 3))
        if step == "committed":
            await interfere()
    await others[0]
    assert [(answer.status, answer.number) for answer in answers] == [
        (PushStatus.ACCEPTED, number) for number in (1, 2, 3)
    ]
    found = await places(state)
    assert len(found) == 3
    gone = 1 if name == "become_one" else 0
    assert [place.state for place in found if place.state] == ["refused"] * gone
    if name == "delete":
        assert found[0].own_phone is None
        return
    assert all(p.phone == p.own_phone for p in found if p.state is None)


@pytest.mark.parametrize("name", ACTS)
async def test_whoever_is_changing_when_they_are_handed_in(state: AppState, name: str) -> None:
    """The push waits for them, and adds them in their new state."""
    campaign_id, ids = await scene(state)
    answers: list[Pushed] = []

    async def hand_in() -> None:
        async with state.sessions.begin() as session:
            answers.extend(await push.push(session, campaign_id, SYSTEM, given(1, 2, 3)))

    async with state.sessions.begin() as session:
        await ACTS[name](session, *ids)
        handing = asyncio.create_task(hand_in())
        await done_or_waiting(state, handing)
    await handing
    assert [answer.index for answer in answers] == [0, 1, 2]
    found = await places(state)
    assert all(place.phone == place.own_phone for place in found)
    accepted = [answer for answer in answers if answer.status is PushStatus.ACCEPTED]
    assert sorted(answer.number or 0 for answer in accepted) == [place.seq for place in found]


async def test_somebody_of_the_campaign_who_takes_a_new_number_meanwhile_is_in_once(
    state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id, ids = await scene(state)
    async with state.sessions.begin() as session:
        await push.push(session, campaign_id, SYSTEM, given(1))
    original = pushing.look_up

    async def then_renumber(*args: Any, **kwargs: Any) -> Any:
        known = await original(*args, **kwargs)
        monkeypatch.setattr(pushing, "look_up", original)
        await doing(state, renumber, ids)
        return known

    monkeypatch.setattr(pushing, "look_up", then_renumber)
    async with state.sessions.begin() as session:
        [answer] = await push.push(session, campaign_id, SYSTEM, given(777))
    assert (answer.status, answer.number) == (PushStatus.DUPLICATE, 1)
    assert len(await places(state)) == 1
