"""When conversations are due: by label, number or all, in working time, moved by whoever writes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain import calendars as rules
from domain.calendars import DAYS
from domain.conversations import ConversationFilter, ConversationRecord, ConversationStatus
from domain.errors import Invalid
from domain.ids import new_id
from domain.targets import Lateness, Said, Target
from services import calendars, clock, targets
from services.calendars import Wanted
from services.conversations import browse, change, labels
from services.vault import Vault, new_key
from store import due, joining
from tests import threads
from tests.threads import AGENT, Statements, Thread

EVERYTHING = Target(first_reply=30, next_reply=60, resolution=240)


@pytest.fixture
async def thread(session: AsyncSession) -> Thread:
    """A conversation of the only number."""
    return await threads.only_thread(session, Vault([new_key()]))


async def see(session: AsyncSession, thread: Thread) -> ConversationRecord:
    """The conversation as it is now."""
    session.expire_all()
    return await browse.one(session, thread.id)


async def said(session: AsyncSession, thread: Thread, who: Said, at: datetime | None) -> None:
    """Somebody speaks."""
    await due.move(session, [(thread.id, who, at)])


def after(minutes: int, now: datetime) -> datetime:
    """So many minutes later."""
    return now + timedelta(minutes=minutes)


async def test_a_round_from_the_first_message_to_the_end(
    session: AsyncSession, thread: Thread
) -> None:
    await targets.put(session, AGENT, [EVERYTHING])
    wrote = clock.now()
    await said(session, thread, Said.CUSTOMER, wrote)
    await said(session, thread, Said.CUSTOMER, after(5, wrote))  # the first counts
    it = await see(session, thread)
    assert (it.waiting_since, it.reply_due_at) == (wrote, after(30, wrote))
    assert (it.resolve_due_at, it.due_at, it.owes_reply) == (
        after(240, wrote),
        it.reply_due_at,
        True,
    )
    await said(session, thread, Said.TEAM, after(10, wrote))
    it = await see(session, thread)
    assert (it.waiting_since, it.reply_due_at) == (None, None)
    assert (it.due_at, it.owes_reply) == (after(240, wrote), False)
    await said(session, thread, Said.CUSTOMER, after(20, wrote))
    assert (await see(session, thread)).reply_due_at == after(80, wrote)  # a next reply now
    await change.set_status(session, AGENT, thread.id, ConversationStatus.RESOLVED)
    it = await see(session, thread)
    assert (it.waiting_since, it.reply_due_at, it.resolve_due_at) == (None, None, None)
    await said(session, thread, Said.CUSTOMER, wrote)  # a late message changes nothing
    assert (await see(session, thread)).due_at is None
    before = clock.now()
    await change.set_status(session, AGENT, thread.id, ConversationStatus.OPEN)
    it = await see(session, thread)
    assert it.reply_due_at is None
    assert it.resolve_due_at is not None
    assert after(240, before) <= it.resolve_due_at <= after(240, clock.now())
    await said(session, thread, Said.CUSTOMER, after(400, wrote))
    assert (await see(session, thread)).reply_due_at == after(430, wrote)  # a first one again


async def test_without_a_target_nothing_is_due(session: AsyncSession, thread: Thread) -> None:
    wrote = clock.now()
    await said(session, thread, Said.CUSTOMER, wrote)
    it = await see(session, thread)
    assert (it.waiting_since, it.due_at) == (wrote, None)
    await targets.put(session, AGENT, [EVERYTHING])
    assert (await see(session, thread)).reply_due_at == after(30, wrote)
    await targets.put(session, AGENT, [])
    assert (await see(session, thread)).due_at is None


async def test_the_strictest_label_counts_before_the_number_and_all(
    session: AsyncSession, thread: Thread
) -> None:
    vip, slow = [await labels.create(session, AGENT, name) for name in ("VIP", "Slow")]
    await targets.put(
        session,
        AGENT,
        [
            EVERYTHING,
            Target(channel_id=thread.channel_id, first_reply=20),
            Target(label_id=vip.id, first_reply=5),
            Target(label_id=slow.id, first_reply=50, resolution=999),
        ],
    )
    wrote = clock.now()
    await said(session, thread, Said.CUSTOMER, wrote)

    async def dues() -> tuple[Any, Any]:
        it = await see(session, thread)
        return it.reply_due_at, it.resolve_due_at

    assert await dues() == (after(20, wrote), after(240, wrote))
    await labels.put_on(session, AGENT, thread.id, slow.id)
    assert await dues() == (after(50, wrote), after(999, wrote))
    await labels.put_on(session, AGENT, thread.id, vip.id)
    assert await dues() == (after(5, wrote), after(999, wrote))
    await labels.take_off(session, AGENT, thread.id, slow.id)
    assert await dues() == (after(5, wrote), after(240, wrote))
    await labels.delete(session, AGENT, vip.id)
    assert await dues() == (after(20, wrote), after(240, wrote))


async def test_only_working_hours_of_the_number_count(
    session: AsyncSession, thread: Thread
) -> None:
    """The statement and ``domain.calendars.after`` agree about every moment of a week, over a change of clocks."""
    await targets.put(session, AGENT, [Target(first_reply=10, resolution=600)])
    spans = ("22:00-03:00", "09:00-12:30")
    wanted = Wanted(
        name="Nights", zone="Europe/Madrid", week=dict.fromkeys(DAYS[:6], spans), is_default=True
    )
    made = await calendars.create(session, AGENT, wanted)
    hours = calendars.hours_of(made)
    wrote = start = clock.now().replace(microsecond=0) - timedelta(days=2)
    for step in range(0, 9 * 24 * 60, 97):
        wrote = after(step, start)
        await said(session, thread, Said.RESOLVED, None)
        await said(session, thread, Said.CUSTOMER, wrote)
        it = await see(session, thread)
        assert it.reply_due_at == rules.after(hours, wrote, timedelta(minutes=10)), wrote
        assert it.resolve_due_at == rules.after(hours, wrote, timedelta(minutes=600)), wrote
    own = Wanted(name="Own", week={"mon": ("0-1",)}, zone="UTC", channel_ids=(thread.channel_id,))
    its = await calendars.create(session, AGENT, own)
    expected = rules.after(calendars.hours_of(its), wrote, timedelta(minutes=10))
    assert (await see(session, thread)).reply_due_at == expected
    await calendars.delete(session, AGENT, its.id)
    assert (await see(session, thread)).reply_due_at == rules.after(
        hours, wrote, timedelta(minutes=10)
    )


async def test_never_working_is_never_due(session: AsyncSession, thread: Thread) -> None:
    await targets.put(session, AGENT, [EVERYTHING])
    await calendars.create(session, AGENT, Wanted(name="Never", week={}, is_default=True))
    await said(session, thread, Said.CUSTOMER, clock.now())
    assert (await see(session, thread)).due_at is None


async def test_what_is_late_or_soon_is_found_and_counted(
    session: AsyncSession, thread: Thread
) -> None:
    await targets.put(session, AGENT, [Target(first_reply=60)])
    now = clock.now()
    others = [await threads.thread(session, thread.channel_id, f"Person {n}") for n in range(2)]
    for one, ago in zip((thread, *others), (61, 40, 10), strict=True):
        await said(session, one, Said.CUSTOMER, after(-ago, now))

    async def found(due_: Lateness | None) -> set[Any]:
        page = await browse.page(session, ConversationFilter(due=due_), cursor=None, limit=9)
        return {one.id for one in page.items}

    assert await found(Lateness.LATE) == {thread.id}
    assert await found(Lateness.SOON) == {thread.id, others[0].id}
    assert len(await found(None)) == 3
    assert (await browse.counts(session, new_id(), ConversationFilter())).due == 2


async def test_of_two_conversations_that_become_one_the_longer_wait_counts(
    session: AsyncSession, thread: Thread
) -> None:
    vip = await labels.create(session, AGENT, "VIP")
    await targets.put(session, AGENT, [EVERYTHING, Target(label_id=vip.id, first_reply=5)])
    gone = await threads.thread(session, thread.channel_id, "Ana, another number")
    await labels.put_on(session, AGENT, gone.id, vip.id)
    now = clock.now()
    for one, ago in ((thread, 3), (gone, 9)):
        await said(session, one, Said.CUSTOMER, after(-ago, now))
    await joining.join(session, {"gone": [gone.contact_id], "kept": [thread.contact_id]})
    it = await see(session, thread)
    assert (it.waiting_since, it.reply_due_at) == (after(-9, now), after(-4, now))
    assert it.resolve_due_at == after(231, now)


async def test_many_conversations_are_moved_by_one_statement(
    session: AsyncSession, thread: Thread
) -> None:
    await targets.put(session, AGENT, [EVERYTHING])
    more = [await threads.thread(session, thread.channel_id, f"Person {n}") for n in range(20)]
    wrote = clock.now()
    with Statements(session) as statements:
        await due.move(session, [(one.id, Said.CUSTOMER, wrote) for one in more])
    assert statements.count == 1
    done = await session.scalar(
        text("SELECT count(*) FROM conversations WHERE reply_due_at IS NOT NULL")
    )
    assert done == 20


async def test_a_removed_number_s_targets_go_with_it(session: AsyncSession, thread: Thread) -> None:
    await targets.put(
        session, AGENT, [EVERYTHING, Target(channel_id=thread.channel_id, resolution=5)]
    )
    await session.execute(text("UPDATE channels SET deleted_at = now()"))
    left = await targets.every(session)
    assert left == [EVERYTHING]
    assert await targets.put(session, AGENT, left) == left


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        ([EVERYTHING, EVERYTHING], {"targets.1.scope"}),
        ([Target(label_id=new_id(), first_reply=5)], {"targets.0.scope"}),
        ([Target(label_id=new_id(), channel_id=new_id(), first_reply=5)], {"targets.0.scope"}),
        (
            [Target(first_reply=0, resolution=10**6)],
            {"targets.0.first_reply", "targets.0.resolution"},
        ),
    ],
)
async def test_odd_targets_are_refused(
    session: AsyncSession, wanted: Sequence[Target], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        await targets.put(session, AGENT, wanted)
    assert refused.value.fields.keys() == fields
    assert await targets.every(session) == []


async def test_a_change_is_noted_once(session: AsyncSession, thread: Thread) -> None:
    empty = Target(channel_id=thread.channel_id)
    for _ in range(2):
        assert await targets.put(session, AGENT, [EVERYTHING, empty]) == [EVERYTHING]
    query = text("SELECT data FROM journal WHERE kind = 'targets.changed'")
    assert list(await session.scalars(query)) == [{"targets": ["* / 30 min / 1 h / 4 h"]}]
