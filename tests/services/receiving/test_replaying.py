"""A range is replayed in the background, changes nothing that was done, and gives what failed a second chance."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import Actor
from domain.errors import Conflict, DomainError, NotFound
from domain.webhook_log import Replay, Scope
from services.receiving import inbound, log, process, replaying
from services.receiving.replaying import Replayer, Wanted
from services.receiving.taking import Taker
from tests import threads
from tests.deliveries import CHANGES, as_bytes, documented, envelope, message, value
from tests.services.receiving.conftest import Sessions, column, count, drain, other, receive, said
from tests.services.receiving.test_effects import status

ME = Actor("user")
OWN = ("webhook_replays", "journal", "alembic_version", "processes")
"""What a replay itself writes."""


async def contents(sessions: Sessions) -> dict[str, list[str]]:
    """Every row of every table, but when deliveries were processed, and how often a line came."""
    shown: dict[str, list[str]] = {}
    async with sessions() as session:
        names = await session.scalars(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        )  # fmt: skip
        for name in sorted(names):
            if name.startswith(OWN):
                continue
            rows = await session.scalars(
                text(f"SELECT (to_jsonb(t) - 'processed_at' - 'tries')::text FROM {name} t")
            )
            shown[name] = sorted(rows)
    return shown


async def begin(sessions: Sessions, **wanted: Any) -> Replay:
    async with sessions.begin() as session:
        return await replaying.begin(session, ME, Wanted(**wanted))


async def run(sessions: Sessions, replay: Replay) -> Replay:
    replayer = Replayer(sessions)
    while await replayer.step():
        pass
    await drain(sessions)
    async with sessions() as session:
        return await replaying.get(session, replay.id)


async def day(sessions: Sessions) -> int:
    """Every documented shape, messages, and statuses of one of ours; returns how many deliveries."""
    (channel,) = await column(sessions, "id FROM channels")
    async with sessions.begin() as session:
        thread = await threads.thread(session, channel)
        ours = await threads.sent(session, thread, "accepted", wamid="wamid.OUT", attempt=1)
    bodies = []
    for second, shape in enumerate(documented()):
        shape["entry"][0]["time"] += second  # each tells what happened then
        bodies.append(as_bytes(shape))
    bodies += [
        as_bytes(envelope(("messages", value(messages=[said("hi", n, **other(n))]))))
        for n in range(30)
    ]
    bodies += [as_bytes(envelope(("messages", value(statuses=[status(ours, name)])))) for name in ("sent", "delivered", "read")]  # fmt: skip
    bodies.append(b"not json")
    await receive(sessions, *bodies)
    return await count(sessions, "webhook_events")


@pytest.mark.fault("A4")
async def test_a_whole_day_replayed_twice_changes_nothing(sessions: Sessions) -> None:
    number = await day(sessions)
    before = await contents(sessions)
    noted = await count(sessions, "journal")
    now = datetime.now(UTC)
    for turn in (1, 2):
        replay = await begin(
            sessions, since=now - timedelta(hours=1), until=now + timedelta(hours=1)
        )
        done = await run(sessions, replay)
        assert (done.state, done.replayed, done.failed, done.share) == ("done", number, 0, 1.0)
        after = await contents(sessions)
        assert {name for name in before if before[name] != after[name]} == set()
        new = await column(sessions, f"kind FROM journal ORDER BY id OFFSET {noted}")
        assert new == ["replay.begun"] * turn
    audited = await column(sessions, "data FROM journal WHERE kind = 'replay.begun'")
    assert audited[0] == {"scope": "all", "first": 1, "last": number}


async def test_an_older_update_replayed_alone_reverts_nothing(sessions: Sessions) -> None:
    for second, field in enumerate(("message_template_status_update", "template_category_update")):
        shape = envelope((field, CHANGES[field]))
        shape["entry"][0]["time"] += second
        await receive(sessions, as_bytes(shape))
    assert await column(sessions, "category FROM templates WHERE name = 'restock_coffee'") == [
        "UTILITY"
    ]
    await run(sessions, await begin(sessions, first=1, last=1))
    assert await column(sessions, "category FROM templates WHERE name = 'restock_coffee'") == [
        "UTILITY"
    ]


async def test_what_could_not_be_stored_gets_a_second_chance(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, broken = inbound.keep, [True]

    async def fails(session: AsyncSession, items: Any, *rest: Any) -> None:
        if broken[0] and any(item.body == "poison" for item in items):
            raise RuntimeError("a bug of this release")
        await keep(session, items, *rest)

    monkeypatch.setattr(inbound, "keep", fails)
    given = [said("poison", 1), said("beside", 2)]
    await receive(sessions, as_bytes(envelope(("messages", value(messages=given)))))
    assert await count(sessions, "messages") == 1
    replay = await begin(sessions, scope=Scope.OBJECTS)
    assert (await run(sessions, replay)).replayed == 1
    assert (
        await count(sessions, "webhook_objects WHERE state = 'aside'") == 1
    )  # still: once, not for ever
    broken[0] = False
    replay = await begin(sessions, scope=Scope.OBJECTS)
    assert (await run(sessions, replay)).replayed == 1
    assert await count(sessions, "messages") == 2
    assert await count(sessions, "webhook_objects WHERE state = 'aside'") == 0
    with pytest.raises(DomainError, match="replay_empty"):
        await begin(sessions, scope=Scope.OBJECTS)


async def test_dead_letters_alone_are_replayed_and_stay_when_nothing_changed(
    sessions: Sessions,
) -> None:
    await receive(
        sessions,
        b"not json",
        as_bytes(envelope(("messages", value(messages=[said("hi", 1)])))),
        b"{",
    )
    done = await run(sessions, await begin(sessions, scope=Scope.DEAD))
    assert (done.low, done.high, done.replayed) == (1, 3, 2)
    assert await column(sessions, "state FROM webhook_events ORDER BY id") == [
        "dead",
        "done",
        "dead",
    ]


async def test_one_that_fails_is_counted_and_the_others_go_on(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        await receive(
            sessions, as_bytes(envelope(("messages", value(messages=[said(f"no {n}", n)]))))
        )

    async def fails(session: AsyncSession, events: Any, *rest: Any, **more: Any) -> Any:
        if any(b"no 3" in event.body for event in events):
            raise RuntimeError("a fault outside any object")
        return await process.take(session, events, *rest, **more)

    monkeypatch.setattr(replaying, "take", fails)
    done = await run(sessions, await begin(sessions, first=1, last=5))
    assert (done.state, done.replayed, done.failed) == ("done", 4, 1)
    assert await column(sessions, "error FROM webhook_events WHERE state = 'dead'") == [
        "not_applied RuntimeError"
    ]


async def test_what_is_new_goes_first_and_a_replay_waits_for_none_that_is_locked(
    sessions: Sessions,
) -> None:
    for n in range(3):
        await receive(
            sessions, as_bytes(envelope(("messages", value(messages=[said(f"no {n}", n)]))))
        )
    replay = await begin(sessions, first=1, last=3)
    async with sessions() as holder:
        await holder.execute(text("SELECT 1 FROM webhook_events WHERE id = 2 FOR UPDATE"))
        assert await Replayer(sessions).step()
    async with sessions() as session:
        assert (await replaying.get(session, replay.id)).replayed == 2
    async with sessions.begin() as first, sessions.begin() as second:
        query = text("SELECT id FROM webhook_replays WHERE state = 'running' FOR UPDATE")
        assert (await first.execute(query)).first()
        assert not await Replayer(sessions).step()  # somebody else is at it
        await second.rollback()


async def test_a_replay_is_stopped_once(sessions: Sessions) -> None:
    for n in range(3):
        await receive(
            sessions, as_bytes(envelope(("messages", value(messages=[said(f"no {n}", n)]))))
        )
    replay = await begin(sessions, first=2, last=3)
    async with sessions.begin() as session:
        stopped = await replaying.stop(session, ME, replay.id)
    assert (stopped.state, stopped.replayed) == ("stopped", 0)
    assert not await Replayer(sessions).step()
    async with sessions.begin() as session:
        with pytest.raises(Conflict, match="replay_ended"):
            await replaying.stop(session, ME, replay.id)
        with pytest.raises(NotFound, match="replay_gone"):
            await replaying.stop(session, ME, 999)
    assert await count(sessions, "journal WHERE kind = 'replay.stopped'") == 1


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "replay_range"),
        ({"since": NOW}, "replay_range"),
        ({"last": 3}, "replay_range"),
        ({"first": 1, "since": NOW, "until": NOW}, "replay_range"),
        ({"scope": Scope.DEAD, "since": NOW, "until": NOW}, "replay_range"),
        ({"first": 3, "last": 2}, "replay_empty"),
        ({"since": NOW, "until": NOW - timedelta(hours=1)}, "replay_empty"),
        ({"since": NOW - timedelta(days=9), "until": NOW - timedelta(days=8)}, "replay_empty"),
        ({"scope": Scope.DEAD}, "replay_empty"),
    ],
)
async def test_a_range_that_is_none_is_refused(sessions: Sessions, wanted: Any, code: str) -> None:
    await receive(sessions, as_bytes(envelope(("messages", value(messages=[message("text", 1)])))))
    with pytest.raises(DomainError, match=code):
        await begin(sessions, **wanted)
    assert await count(sessions, "webhook_replays") == 0


async def test_a_period_takes_exactly_what_arrived_in_it(sessions: Sessions) -> None:
    for n in range(10):
        await receive(
            sessions, as_bytes(envelope(("messages", value(messages=[said(f"no {n}", n)]))))
        )
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE webhook_events SET received_at = CAST(:now AS timestamptz) + id * interval '1 minute'"),
            {"now": NOW - timedelta(hours=1)},
        )  # fmt: skip
    since = NOW - timedelta(hours=1) + timedelta(minutes=4)
    replay = await begin(sessions, since=since, until=since + timedelta(minutes=3))
    assert (replay.low, replay.high) == (4, 6)
    assert (await run(sessions, replay)).replayed == 3


async def test_a_single_replay_keeps_what_was_done(sessions: Sessions) -> None:
    """The older way, one delivery at a time: its outcome stays that of the first time."""
    await receive(sessions, as_bytes(envelope(("messages", value(messages=[said("hi", 1)])))))
    async with sessions.begin() as session:
        await log.replay(session, "delivery", 1, actor=ME)
    await Taker(sessions).take()
    assert await column(sessions, "outcomes FROM webhook_events") == [["applied"]]
