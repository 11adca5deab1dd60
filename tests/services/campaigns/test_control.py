"""Pause, resume, stop and speed: what each does in each state, and two of them in the same moment."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.campaigns import THROTTLE, CampaignStatus
from domain.errors import Conflict, DomainError, Invalid
from services.campaigns import control, lifecycle, report
from services.campaigns.drafts import write
from services.campaigns.drafts.changes import DraftChange
from services.campaigns.launching import launch, undo
from services.vault import Vault, new_key
from store.sending import brakes, pulses
from tests import factories
from tests.services.campaigns.test_undo import ended
from tests.store import races
from tests.store.races import Sessions

VAULT = Vault([new_key()])
NOW = datetime.now(UTC)
Act = Callable[[AsyncSession, UUID], Awaitable[object]]

ACTS: dict[str, Act] = {
    "launch": lambda session, id_: launch.launch(session, id_, SYSTEM, NOW),
    "edit": lambda session, id_: write.change(session, id_, SYSTEM, DraftChange(throttle=7), None),
    "delete": lambda session, id_: write.delete(session, id_, SYSTEM),
    "undo": lambda session, id_: undo.undo(session, id_, SYSTEM, ended),
    "begin": lambda session, id_: lifecycle.begin(session, id_, NOW),
    "miss": lambda session, id_: lifecycle.begin(session, id_, NOW + timedelta(hours=1)),
    "finish": lambda session, id_: lifecycle.finish(session, id_, NOW),
    "pause": lambda session, id_: control.pause(session, id_, SYSTEM),
    "resume": lambda session, id_: control.resume(session, id_, SYSTEM),
    "stop": lambda session, id_: control.stop(session, id_, SYSTEM, NOW),
    "throttle": lambda session, id_: control.throttle(session, id_, SYSTEM, 5),
}
WAY: dict[str, Sequence[str]] = {
    "draft": ["undo"], "scheduled": [], "running": ["begin"], "paused": ["begin", "pause"],
    "held": ["miss"], "stopped": ["stop"], "completed": ["begin", "finish"],
}  # fmt: skip
"""How a campaign that was just launched comes into each state."""

SAME = "the same"
DOES: dict[str, dict[str, str]] = {
    "pause": {"running": "paused", "paused": SAME},
    "resume": {"paused": "running", "held": "running", "running": SAME},
    "stop": {
        "scheduled": "stopped", "running": "stopped", "paused": "stopped", "held": "stopped",
        "stopped": SAME,
    },
    "throttle": {
        "scheduled": "scheduled", "running": "running", "paused": "paused", "held": "held",
    },
}  # fmt: skip
"""The state after it, by the one before; what is not here is refused, and SAME is not even noted."""


async def into(session: AsyncSession, status: str) -> UUID:
    campaign = await factories.campaign(session, VAULT, 2, begun=False)
    for step in WAY[status]:
        await ACTS[step](session, campaign.id)
    assert (await report.one(session, campaign.id)).status == status
    return campaign.id


async def seen(session: AsyncSession, campaign_id: UUID) -> tuple[Any, ...]:
    """All of a campaign that those acts change, and what was noted about it, in order."""
    row = text("SELECT status, throttle, pause_reason, finished_at FROM campaigns WHERE id = :id")
    told = text("SELECT kind, before, data FROM journal WHERE campaign_id = :id ORDER BY id")
    known = {"id": campaign_id}
    noted = [tuple(entry) for entry in await session.execute(told, known)]
    return *[tuple(one) for one in await session.execute(row, known)], noted


@pytest.mark.parametrize("status", WAY)
async def test_each_act_does_one_thing_in_each_state_or_is_refused(
    session: AsyncSession, status: str
) -> None:
    campaign_id = await into(session, status)
    for act, does in DOES.items():
        before = await seen(session, campaign_id)
        async with session.begin_nested() as try_:
            if status in does:
                await ACTS[act](session, campaign_id)
                after = await report.one(session, campaign_id)
                assert after.status == (status if does[status] == SAME else does[status])
                assert (after.finished_at is not None) is (after.status in ("stopped", "completed"))
            else:
                with pytest.raises(Conflict):
                    await ACTS[act](session, campaign_id)
            changed = does.get(status, SAME) != SAME
            assert (await seen(session, campaign_id) != before) is changed, act
            await try_.rollback()
        session.expire_all()


async def test_who_resumes_settles_why_it_stopped_and_who_stops_keeps_it(
    session: AsyncSession,
) -> None:
    campaign_id = await into(session, "held")
    assert (await report.one(session, campaign_id)).pause_reason == "missed_start"
    async with session.begin_nested() as try_:
        stopped = await control.stop(session, campaign_id, SYSTEM, NOW)
        assert (stopped.pause_reason, stopped.finished_at) == ("missed_start", NOW)
        await try_.rollback()
    session.expire_all()
    assert (await control.resume(session, campaign_id, SYSTEM)).pause_reason is None


async def test_a_resumed_campaign_is_braked_only_by_what_fails_from_then_on(
    session: AsyncSession,
) -> None:
    campaign_id = await into(session, "running")

    async def braked(failed: int) -> str | None:
        await session.execute(text("UPDATE campaign_counters SET failed = :n"), {"n": failed})
        pulse = await pulses.pulse(session, campaign_id)
        assert pulse is not None
        return pulse.halt

    await session.execute(text("UPDATE campaigns SET brake_percent = 30"))
    few = brakes.FEWEST_OUTCOMES - 1
    assert (await braked(few), await braked(few + 1)) == (None, brakes.FAILURES)
    for act in (control.pause, control.resume):
        await act(session, campaign_id, SYSTEM)
    assert (await braked(few + 1 + few), await braked(2 * few + 2)) == (None, brakes.FAILURES)


@pytest.mark.parametrize("speed", [THROTTLE.least - 1, THROTTLE.most + 1])
async def test_a_speed_that_cannot_be_changes_nothing(session: AsyncSession, speed: int) -> None:
    campaign_id = await into(session, "running")
    before = await seen(session, campaign_id)
    with pytest.raises(Invalid):
        await control.throttle(session, campaign_id, SYSTEM, speed)
    assert await seen(session, campaign_id) == before
    for fine in (THROTTLE.least, THROTTLE.most, None):
        assert (await control.throttle(session, campaign_id, SYSTEM, fine)).throttle == fine


async def tried(session: AsyncSession, campaign_id: UUID, act: str) -> str:
    """What somebody is told: nothing, or the code of a refusal."""
    try:
        await ACTS[act](session, campaign_id)
    except DomainError as refused:
        return refused.code
    return ""


async def one_after_the_other(
    sessions: Sessions, campaign_id: UUID, acts: Sequence[str]
) -> tuple[Any, ...]:
    async with sessions() as session:
        told = {act: await tried(session, campaign_id, act) for act in acts}
        return told, await seen(session, campaign_id)


@pytest.mark.parametrize(
    ("status", "first", "second"),
    [
        ("running", "pause", "stop"), ("running", "pause", "finish"), ("running", "stop", "finish"),
        ("running", "pause", "resume"), ("running", "throttle", "stop"), ("paused", "resume", "stop"),
        ("paused", "resume", "finish"), ("held", "resume", "stop"), ("scheduled", "begin", "undo"),
        ("scheduled", "begin", "stop"), ("scheduled", "undo", "stop"), ("scheduled", "begin", "miss"),
        ("draft", "launch", "edit"), ("draft", "launch", "delete"), ("draft", "edit", "delete"),
    ],
)  # fmt: skip
async def test_two_in_the_same_moment_end_as_if_one_had_come_first(
    sessions: Sessions, status: str, first: str, second: str
) -> None:
    """Both wait for the row, so that neither decides by what it was before the other."""
    async with sessions.begin() as session:
        campaign_id = await into(session, status)
    in_turn = [
        await one_after_the_other(sessions, campaign_id, acts)
        for acts in ((first, second), (second, first))
    ]

    async def act(name: str) -> str:
        async with sessions() as session:
            told = await tried(session, campaign_id, name)
            await (session.rollback() if told else session.commit())
            return told

    async with sessions.begin() as holder:
        lock = text("SELECT FROM campaigns WHERE id = :id FOR UPDATE")
        await holder.execute(lock, {"id": campaign_id})
        both = [asyncio.create_task(act(name)) for name in (first, second)]
        await races.someone_waits(sessions, 2)
    told = dict(zip((first, second), await asyncio.gather(*both), strict=True))
    async with sessions() as session:
        assert (told, await seen(session, campaign_id)) in in_turn


async def test_a_campaign_that_is_gone_is_unknown_to_all(session: AsyncSession) -> None:
    campaign_id = await into(session, "draft")
    await write.delete(session, campaign_id, SYSTEM)
    for act in ("launch", "edit", "delete", "undo", "pause", "resume", "stop", "throttle"):
        assert await tried(session, campaign_id, act) == "campaign_unknown", act
    assert await lifecycle.status(session, campaign_id) is CampaignStatus.STOPPED
    await write.see_schedule(session, campaign_id)
