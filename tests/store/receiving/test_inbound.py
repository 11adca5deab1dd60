"""Inbound messages update their thread's window, preview and unread count, in whatever order they arrive."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.messages import Direction, Origin
from domain.window import OPENING_TYPES
from services.vault import Vault, new_key
from store.receiving import inbound
from store.receiving.inbound import ChangedThread, NewMessage, ThreadKey
from tests import factories, threads
from tests.store import races
from tests.store.ledgers import ledger
from tests.store.races import Sessions
from tests.threads import Thread

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


@dataclass(slots=True)
class Inbox:
    """One thread, and what somebody writes in it."""

    session: AsyncSession
    on: Thread
    now: datetime

    def message(self, ago: timedelta, **more: Any) -> NewMessage:
        """A text written so long ago."""
        id_ = new_id()
        at = self.now - ago
        made = NewMessage(
            id_, self.on.id, self.on.channel_id, self.on.contact_id, Direction.INBOUND, Origin.CUSTOMER,
            "text", f"text of {ago}", "{}", f"wamid.{id_}", None, at, at, loud=True, in_group=False,
            author_id=None, author_name=None,
        )  # fmt: skip
        return replace(made, **more)

    async def add(self, *messages: NewMessage) -> list[ChangedThread]:
        """Keep them."""
        return await inbound.add_messages(self.session, messages, sorted(OPENING_TYPES))

    async def row(self) -> dict[str, Any]:
        """The thread's current state."""
        query = text("SELECT * FROM conversations WHERE id = :id")
        return dict((await self.session.execute(query, {"id": self.on.id})).mappings().one())


async def _inbox(session: AsyncSession, **columns: Any) -> Inbox:
    now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    values = {"window": None, "last_message_at": now - 90 * DAY, **columns}
    on = await threads.only_thread(session, Vault([new_key()]), **values)
    return Inbox(session, on, now)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_in_any_order_a_thread_ends_the_same(
    session: AsyncSession, order: tuple[int, ...]
) -> None:
    box = await _inbox(session)
    news = [box.message(ago) for ago in (3 * HOUR, 2 * HOUR, HOUR)]
    for place in order:
        await box.add(news[place])
    row = await box.row()
    assert (row["unread"], row["preview"], row["last_message_id"]) == (3, news[2].body, news[2].id)
    assert row["last_message_at"] == box.now - HOUR
    assert row["window_expires_at"] == box.now - HOUR + DAY


async def test_a_message_that_comes_twice_counts_once_alone_and_in_one_batch(
    session: AsyncSession,
) -> None:
    box = await _inbox(session)
    message = box.message(HOUR)
    twin = replace(message, id=new_id())
    [changed] = await box.add(message, box.message(2 * HOUR))
    assert len(changed.message_ids) == 2
    assert await box.add(twin) == []
    assert (await box.row())["unread"] == 2
    batch = box.message(HOUR)
    await box.add(batch, replace(batch, id=new_id()))
    assert (await box.row())["unread"] == 3


@pytest.mark.parametrize(
    "kind", [*sorted(OPENING_TYPES), "reaction", "system", "unsupported", "hologram"]
)
async def test_only_words_of_a_customer_open_a_window(session: AsyncSession, kind: str) -> None:
    box = await _inbox(session)
    [changed] = await box.add(box.message(HOUR, kind=kind))
    opens = kind in OPENING_TYPES
    assert bool(changed.opened) is opens
    assert changed.window_expires_at == (box.now - HOUR + DAY if opens else None)


@pytest.mark.parametrize(
    "change",
    [
        {"direction": Direction.OUTBOUND, "origin": Origin.BUSINESS_APP},
        {"in_group": True},
    ],
)
async def test_neither_our_own_words_nor_a_group_open_one(
    session: AsyncSession, change: dict[str, Any]
) -> None:
    box = await _inbox(session)
    await box.add(box.message(HOUR, **change))
    assert (await box.row())["window_expires_at"] is None


@pytest.mark.parametrize(
    ("had", "closed", "ago", "opened", "ends"),
    [
        (None, False, HOUR, True, DAY - HOUR),
        (-HOUR, False, timedelta(0), True, DAY),  # the one before is over
        (HOUR, False, timedelta(0), False, DAY),  # it goes on
        (HOUR, False, 30 * HOUR, False, HOUR),  # an old one shortens nothing
        (-HOUR, True, HOUR / 2, True, DAY - HOUR / 2),
        (None, False, 30 * HOUR, True, -6 * HOUR),  # over before it was heard of
    ],
)
async def test_windows_open_go_on_and_never_get_shorter(
    session: AsyncSession, had: timedelta | None, closed: bool, ago: timedelta, opened: bool, ends: timedelta,
) -> None:  # fmt: skip
    box = await _inbox(session)
    if had is not None:
        await session.execute(
            text("""UPDATE conversations SET window_expires_at = :ends, window_opened_at = :opened,
                window_closed_at = CASE WHEN :closed THEN CAST(:ends AS timestamptz) END"""),
            {"ends": box.now + had, "opened": box.now + had - DAY, "closed": closed},
        )
    [changed] = await box.add(box.message(ago))
    assert bool(changed.opened) is opened
    assert changed.window_expires_at == box.now + ends
    still = ends > timedelta(0)
    assert ((await box.row())["window_closed_at"] is None) is (still or not closed)


async def test_a_clock_of_meta_that_goes_ahead_opens_no_longer_window(
    session: AsyncSession,
) -> None:
    box = await _inbox(session)
    [changed] = await box.add(box.message(-7 * DAY))
    assert changed.window_expires_at is not None
    assert changed.window_expires_at < box.now + DAY + HOUR


@pytest.mark.parametrize(
    ("written", "loud", "status"),
    [(-HOUR, True, "open"), (HOUR, True, "resolved"), (-HOUR, False, "resolved")],
)
async def test_only_words_written_since_open_a_resolved_thread_again(
    session: AsyncSession, written: timedelta, loud: bool, status: str
) -> None:
    box = await _inbox(session, status="resolved")
    resolved = text("UPDATE conversations SET resolved_at = :at")
    await session.execute(resolved, {"at": box.now - 2 * HOUR})
    await box.add(box.message(2 * HOUR + written, loud=loud))
    row = await box.row()
    assert (row["status"], row["unread"]) == (status, 1 if loud else 0)


async def test_one_id_on_two_of_our_numbers_are_two_messages(session: AsyncSession) -> None:
    box = await _inbox(session)
    message = box.message(HOUR)
    await box.add(message)
    second = await _second_number(session)
    key = ThreadKey(second, box.on.contact_id, None)
    made = await inbound.ensure_threads(session, [(key, box.now)])
    other = replace(message, id=new_id(), channel_id=second, conversation_id=made[key])
    assert len(await box.add(other)) == 1
    wanted = [(box.on.channel_id, message.wamid), (second, message.wamid), (second, "wamid.none")]
    assert [kept.id for kept in await inbound.kept(session, wanted)] == [message.id, other.id]


async def _second_number(session: AsyncSession) -> UUID:
    await session.execute(text("UPDATE channels SET phone_number_id = 'first'"))
    return await factories.channel(session, Vault([new_key()]))


async def test_two_who_begin_a_thread_at_once_begin_one(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        on = await threads.only_thread(session, Vault([new_key()]))
        await session.execute(text("DELETE FROM conversations"))
    keys = [ThreadKey(on.channel_id, on.contact_id, None), ThreadKey(on.channel_id, None, "group")]
    wanted = [(key, datetime.now(UTC)) for key in keys]
    found = await races.at_once(
        sessions, *(lambda session: inbound.ensure_threads(session, wanted) for _ in range(5))
    )
    assert len({tuple(sorted(map(str, made.values()))) for made in found}) == 1
    assert all(set(made) == set(keys) for made in found)


async def test_an_answer_counts_once_for_the_message_quoted_or_the_newest_they_had_got(
    session: AsyncSession,
) -> None:
    made = await ledger(session, 2)
    now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    await made.put(["delivered"] * 2, accepted_at=now - HOUR)
    first, second = await made.rows()

    async def answers(contact_id: UUID, ago: timedelta, reply_to: str | None = None) -> int:
        box = Inbox(session, Thread(new_id(), made.campaign.channel_id, contact_id), now)
        found = await inbound.count_replies(session, [box.message(ago, reply_to=reply_to)])
        return len(found)

    assert await answers(first["contact_id"], 2 * HOUR) == 0  # they had not got it by then
    assert await answers(first["contact_id"], timedelta(0), "wamid.of another") == 0
    assert await answers(first["contact_id"], timedelta(0)) == 1
    assert await answers(first["contact_id"], timedelta(0)) == 0
    await made.run("UPDATE messages SET wamid = 'wamid.2', accepted_at = :at WHERE id = :id",
                   at=now - 30 * DAY, id=second["id"])  # fmt: skip
    assert await answers(second["contact_id"], timedelta(0)) == 0  # too long ago to be an answer
    assert await answers(second["contact_id"], timedelta(0), "wamid.2") == 1
    [(replied,)] = await made.read("SELECT replied FROM campaign_counters")
    assert replied == 2
