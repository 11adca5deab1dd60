"""Clocks of conversations that two move at once, and targets that two put at once."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.targets import Said, Target
from services import clock, targets
from services.conversations import labels
from services.vault import Vault, new_key
from store import due
from tests import threads
from tests.store.races import Sessions, begun, someone_waits
from tests.threads import AGENT

SHOWN = text("SELECT waiting_since, replied_at IS NOT NULL AS replied FROM conversations")


async def test_a_label_put_on_meanwhile_does_not_take_an_answer_back(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        thread = await threads.only_thread(session, Vault([new_key()]))
        vip = await labels.create(session, AGENT, "VIP")
        await targets.put(session, AGENT, [Target(label_id=vip.id, first_reply=5, resolution=60)])
        await due.move(session, [(thread.id, Said.CUSTOMER, clock.now())])

    async def label(session: AsyncSession) -> None:
        await labels.put_on(session, AGENT, thread.id, vip.id)

    async with sessions.begin() as session:
        await due.move(session, [(thread.id, Said.TEAM, clock.now())])
        put = begun(sessions, label)
        await someone_waits(sessions)
    await put
    async with sessions() as session:
        assert tuple((await session.execute(SHOWN)).one()) == (None, True)


async def test_of_two_who_put_targets_the_last_one_s_are_left(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        thread = await threads.only_thread(session, Vault([new_key()]))
    last = Target(channel_id=thread.channel_id, first_reply=9)

    async def put(session: AsyncSession) -> None:
        await targets.put(session, AGENT, [last])

    async with sessions.begin() as session:
        await targets.put(session, AGENT, [Target(first_reply=5)])
        second = begun(sessions, put)
        await someone_waits(sessions)
    await second
    async with sessions() as session:
        assert await targets.every(session) == [last]
