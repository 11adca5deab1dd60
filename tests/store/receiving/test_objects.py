"""The log of what had no effect: one line each, pages that hold everything once, and a second chance."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ids import new_id
from domain.webhooks import Reason, state_of
from store.receiving import changes, deliveries, log, objects, reactions
from store.receiving.changes import NewChange
from store.receiving.deliveries import RawEvent, Told
from store.receiving.objects import LoggedObject
from store.receiving.reactions import NewReaction
from tests.store import races
from tests.store.ledgers import NOW
from tests.store.races import Sessions

HOUR = timedelta(hours=1)
END = (NOW + 1000 * HOUR, 0)


def line(n: int, reason: Reason = Reason.NO_SENDER, **more: Any) -> LoggedObject:
    made = LoggedObject(
        1,
        None,
        "number 1",
        "messages",
        "text",
        reason,
        "",
        1,
        f'{{"n": {n}}}'.encode(),
        NOW + n * HOUR,
    )
    return replace(made, **more)


async def _rows(session: AsyncSession) -> list[tuple[Any, ...]]:
    query = text("SELECT state, reason, error, tries FROM webhook_objects ORDER BY received_at")
    return [tuple(row) for row in await session.execute(query)]


@pytest.mark.parametrize("reason", Reason)
async def test_what_comes_again_renews_its_line(session: AsyncSession, reason: Reason) -> None:
    await objects.keep(session, [])
    first = line(1)
    await objects.keep(session, [first, first, line(2)])
    await objects.keep(session, [replace(first, reason=reason, error="DataError 22003")])
    state = state_of(reason).value
    assert await _rows(session) == [
        (state, reason.value, "DataError 22003", 2), ("aside", "no_sender", "", 1),
    ]  # fmt: skip
    await objects.keep(session, [replace(first, signed_for=frozenset({new_id()}))])
    assert len(await _rows(session)) == 3  # under another signature it is another


@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_pages_hold_every_line_once_the_newest_first(
    session: AsyncSession, limit: int
) -> None:
    await objects.keep(session, [line(n, received_at=NOW + n // 2 * HOUR) for n in range(6)])
    await objects.keep(session, [line(9, Reason.NOT_USED), line(8, phone_number_id="number 2")])
    await deliveries.store(session, [RawEvent(b"dead", None), RawEvent(b"waits", None)])
    [dead, _] = await session.scalars(text("SELECT id FROM webhook_events ORDER BY id"))
    await deliveries.dead(session, dead, "ValueError of something")
    await session.execute(
        text("UPDATE webhook_events SET received_at = :at"), {"at": NOW + 20 * HOUR}
    )

    async def pages(state: str, number: str = "") -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        after = END
        while page := await log.lines(session, state, after, number, limit):
            found += [(one.source, one.id) for one in page]
            after = page[-1].at, page[-1].id
        return found

    aside = await pages("aside")
    assert len(aside) == len(set(aside)) == 8
    assert aside[0] == ("delivery", dead)
    assert len(await pages("kept")) == 1
    assert len(await pages("aside", "number 1")) == 6
    assert len(await pages("aside", "number 2")) == 1
    standing = await log.standing(session)
    assert (standing.waiting, standing.dead, standing.aside) == (1, 1, 7)
    assert standing.reasons == {"no_sender": 7, "ValueError": 1}
    assert await log.aside_by_number(session) == {"number 1": 6, "number 2": 1}
    assert (await log.body(session, aside[-1][1]) or b"").startswith(b'{"n"')
    assert await log.body(session, 10**6) is None


async def test_nothing_put_aside_has_no_reasons(session: AsyncSession) -> None:
    standing = await log.standing(session)
    assert (standing.waiting, standing.oldest, standing.reasons) == (0, None, {})


async def test_what_is_handed_in_again_is_a_delivery_of_its_own_and_only_once(
    session: AsyncSession,
) -> None:
    signer = new_id()
    await objects.keep(session, [line(n, signed_for=frozenset({signer})) for n in range(4)])
    ids = list(await session.scalars(text("SELECT id FROM webhook_objects ORDER BY id")))
    assert await objects.replay(session, ids[0], ids[2], limit=2) == 2
    taken = await deliveries.claim(session, 10)
    assert {event.body for event in taken} < {line(n).body for n in range(4)}
    assert {event.signed_for for event in taken} == {frozenset({signer})}
    await deliveries.done(session, [Told(event.id, (), ()) for event in taken], [])
    assert await objects.replay(session, ids[0], ids[3]) == 4
    again = await deliveries.claim(session, 10)
    assert len(again) == 4
    assert {event.id for event in taken} < {event.id for event in again}
    assert {state for state, *_ in await _rows(session)} == {"replayed"}


async def test_two_who_hand_in_the_same_at_once_make_one_delivery_of_each(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        await objects.keep(session, [line(n) for n in range(5)])
    await races.at_once(
        sessions, *(lambda session: objects.replay(session, 0, 2**40) for _ in range(3))
    )
    async with sessions() as session:
        assert len(await deliveries.claim(session, 99)) == 5


async def test_the_log_ends_in_portions(session: AsyncSession) -> None:
    await objects.keep(session, [line(n) for n in range(5)])
    before = NOW + 3 * HOUR
    assert [await objects.purge(session, before, 2) for _ in range(3)] == [2, 1, 0]


def _change(at: datetime, body: str = "", kind: str = "edit", **more: Any) -> NewChange:
    return NewChange(CHANNEL, "wamid.1", kind, None, body, at, **more)


CHANNEL = new_id()


@pytest.fixture
async def channel(session: AsyncSession) -> None:
    portfolio = "INSERT INTO portfolios (id, name) VALUES (:id, 'Tests')"
    number = """INSERT INTO channels (id, portfolio_id, name, phone_number_id, waba_id, api_url, access_token,
        app_secret, verify_token) VALUES (:id, :id, 'Main', '1', '2', '', '', '', '')"""
    for statement in (portfolio, number):
        await session.execute(text(statement), {"id": CHANNEL})


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_newest_edit_stands_whatever_order_they_come_in(
    session: AsyncSession, channel: None, order: tuple[int, ...]
) -> None:
    edits = [_change(NOW + n * HOUR, f"edit {n}") for n in range(3)]
    for n in order:
        await changes.add(session, [edits[n]])
    await changes.add(session, [_change(NOW, kind="revoke")])
    query = text("SELECT kind, body FROM message_changes ORDER BY kind")
    assert [tuple(row) for row in await session.execute(query)] == [
        ("edit", "edit 2"),
        ("revoke", ""),
    ]
    await changes.add(session, list(reversed(edits)))  # all of it again
    assert len((await session.execute(query)).all()) == 2
    assert await changes.purge(session, NOW + 9 * HOUR, 1) == 1


async def test_of_two_reactions_of_one_second_the_later_one_stands(
    session: AsyncSession, channel: None
) -> None:
    author, other = new_id(), new_id()

    def reaction(emoji: str, by: Any = author, at: datetime = NOW) -> NewReaction:
        return NewReaction(CHANNEL, "wamid.1", by, None, by, emoji, at)

    async def shown() -> dict[Any, str]:
        query = text("SELECT author_id, emoji FROM message_reactions")
        return {row[0]: row[1] for row in await session.execute(query)}

    given = [reaction("👍"), reaction("❤️"), reaction("🎉", other)]
    assert await reactions.add(session, given) == {1: given[1], 2: given[2]}
    assert await shown() == {author: "❤️", other: "🎉"}
    assert await reactions.add(session, [reaction("❤️")]) == {}  # the same, again
    assert await reactions.add(session, [reaction("👍", at=NOW - HOUR)]) == {}  # older news
    assert await reactions.add(session, [taken_back := reaction("", at=NOW)]) == {0: taken_back}
    assert await shown() == {author: "", other: "🎉"}
    assert [await reactions.purge(session, NOW + HOUR, 1) for _ in range(3)] == [1, 1, 0]
