"""Transactions that several pieces of work share."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from activities.background import Background
from store.together import AT_ONCE, Each, Transactions, Work, together
from tests.eventually import eventually
from tests.store.races import Sessions

ABOUT = Each(
    "SELECT :name || '!' AS said, :number = ANY(:those) AS among WHERE :number <> 13",
    name="text",
    number="int",
    those="int[]",
)


def shared(sessions: Sessions, *, for_nobody: bool = False) -> Transactions:
    """Transactions of a worker."""
    return Transactions(sessions, Background().start, for_nobody=for_nobody)


class Asked:
    """A statement that remembers what it was asked, and by which transaction."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    async def double(self, session: AsyncSession, names: Sequence[str]) -> list[str]:
        """Every name, twice."""
        self.calls.append(list(names))
        statement = text("SELECT name || name FROM unnest(CAST(:names AS text[])) AS name")
        return list((await session.scalars(statement, {"names": list(names)})).all())


async def test_a_look_up_answers_about_each_in_the_order_asked(session: AsyncSession) -> None:
    found = await ABOUT.first(
        session, [("b", 2, [1, 2]), ("x", 13, []), ("a", 1, [2]), ("b", 2, [])]
    )
    assert [row and (row.said, row.among) for row in found] == [
        ("b!", True), None, ("a!", False), ("b!", False),
    ]  # fmt: skip


async def test_alone_everything_is_asked_at_once(session: AsyncSession) -> None:
    asked = Asked()
    assert await together(session, asked.double, "a") == "aa"
    assert await together(session, asked.double, "b") == "bb"
    assert asked.calls == [["a"], ["b"]]


async def all_of(
    transactions: Transactions, works: Sequence[Work[str]]
) -> list[str | BaseException]:
    """Run pieces that come while another one is at work, so that they share the next transaction."""
    first = asyncio.create_task(transactions.run("first", _sleep))
    await asyncio.sleep(0)
    return (
        await asyncio.gather(
            *(transactions.run(number, work) for number, work in enumerate(works)), first,
            return_exceptions=True,
        )
    )[:-1]  # fmt: skip


async def _sleep(session: AsyncSession) -> str:
    await session.execute(text("SELECT pg_sleep(0.05)"))
    return ""


async def test_what_is_asked_at_the_same_time_is_asked_once(sessions: Sessions) -> None:
    asked = Asked()

    async def work(name: str, times: int, session: AsyncSession) -> str:
        for _ in range(times):
            name = await together(session, asked.double, name)
        # Statements of one's own are no one else's.
        mine = await session.scalar(text("SELECT CAST(:name AS text)"), {"name": name})
        return str(mine)

    found = await all_of(
        shared(sessions),
        [lambda s: work("a", 1, s), lambda s: work("b", 3, s), lambda s: work("c", 0, s)],
    )
    assert found == ["aa", "b" * 8, "c"]
    assert asked.calls == [["a", "b"], ["bb"], ["bbbb"]]


class Killed(BaseException):
    """As if the process ended here."""


async def told(session: AsyncSession, name: str) -> str:
    """Write something that can be counted."""
    await session.execute(text("INSERT INTO api_calls_made VALUES (:name)"), {"name": name})
    return name


@pytest.fixture
async def made(sessions: Sessions) -> Sessions:
    """A table to write to."""
    async with sessions.begin() as session:
        await session.execute(text("CREATE TABLE api_calls_made (name text)"))
    return sessions


async def written(sessions: Sessions) -> list[str]:
    """What was committed."""
    async with sessions() as session:
        found = await session.scalars(text("SELECT name FROM api_calls_made ORDER BY name"))
        return list(found.all())


REFUSES_AT_COMMIT = (
    """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'never'; END $$""",
    """CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON api_calls_made DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.name = 'never') EXECUTE FUNCTION refuse()""",
)


@pytest.mark.parametrize("fault", ["python", "killed", "statement", "together", "commit"])
async def test_one_that_fails_takes_nobody_with_it(made: Sessions, fault: str) -> None:
    async with made.begin() as session:
        for statement in REFUSES_AT_COMMIT:
            await session.execute(text(statement))

    async def fails(session: AsyncSession) -> str:
        await told(session, "never")
        if fault == "commit":
            return "never"
        if fault == "python":
            raise ValueError("mine")
        if fault == "killed":
            raise Killed
        if fault == "statement":
            await session.execute(text("SELECT 1 / 0"))
        return (await together(session, broken, "x")) or ""

    async def broken(session: AsyncSession, names: Sequence[str]) -> Sequence[str]:
        await session.execute(text("SELECT 1 / 0"))
        return names

    found = await all_of(shared(made), [lambda s: told(s, "a"), fails, lambda s: told(s, "b")])
    assert found[0] == "a"
    assert found[2] == "b"
    assert isinstance(found[1], BaseException)
    assert await written(made) == ["a", "b"]


async def test_two_with_one_key_are_kept_apart_and_in_order(sessions: Sessions) -> None:
    seen: list[tuple[str, AsyncSession]] = []

    async def work(name: str, session: AsyncSession) -> str:
        await session.execute(text("SELECT 1"))
        seen.append((name, session))
        return name

    transactions, names = shared(sessions), ["a1", "a2", "b1", "a3", "b2"]
    first = asyncio.create_task(transactions.run("first", _sleep))
    await asyncio.sleep(0)
    await asyncio.gather(first, *(transactions.run(name[0], partial(work, name)) for name in names))
    for key in "ab":
        own = [(name, session) for name, session in seen if name[0] == key]
        assert [name for name, _ in own] == sorted(name for name, _ in own)
        assert len({id(session) for _, session in own}) == len(own)


async def test_no_transaction_gets_too_many_and_none_is_left(made: Sessions) -> None:
    names = [f"{number:03}" for number in range(2 * AT_ONCE + 1)]
    works = [lambda s, n=name: told(s, n) for name in names]
    assert await all_of(shared(made), works) == names
    assert await written(made) == names


async def test_work_of_a_caller_who_has_gone_is_not_begun(made: Sessions) -> None:
    transactions = shared(made)
    first = asyncio.create_task(transactions.run("first", _sleep))
    await asyncio.sleep(0)
    gone = asyncio.create_task(transactions.run("gone", lambda s: told(s, "gone")))
    stays = asyncio.create_task(transactions.run("stays", lambda s: told(s, "stays")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(first, stays)
    assert await written(made) == ["stays"]


@pytest.mark.parametrize("for_nobody", [False, True])
async def test_what_was_done_for_a_caller_who_has_gone_is_rolled_back_unless_it_has_to_stay(
    made: Sessions, for_nobody: bool
) -> None:
    transactions = shared(made, for_nobody=for_nobody)
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(session: AsyncSession) -> str:
        await told(session, "slow")
        begun.set()
        await goes_on.wait()
        return "slow"

    first = asyncio.create_task(transactions.run("first", _sleep))
    await asyncio.sleep(0)
    gone = asyncio.create_task(transactions.run("gone", slow))
    stays = asyncio.create_task(transactions.run("stays", lambda s: told(s, "stays")))
    await asyncio.wait_for(begun.wait(), 10)
    gone.cancel()
    await asyncio.sleep(0)
    goes_on.set()
    assert await stays == "stays"
    await first
    assert await written(made) == (["slow", "stays"] if for_nobody else ["stays"])


async def test_what_has_to_stay_is_committed_before_the_worker_ends(made: Sessions) -> None:
    background, begun = Background(), asyncio.Event()
    transactions = Transactions(made, background.start, for_nobody=True)

    async def slow(session: AsyncSession) -> str:
        begun.set()
        await session.execute(text("SELECT pg_sleep(0.1)"))
        return await told(session, "stays")

    caller = asyncio.create_task(transactions.run("one", slow))
    await asyncio.wait_for(begun.wait(), 10)
    caller.cancel()
    await background.end()
    assert await written(made) == ["stays"]


async def test_a_piece_that_was_cancelled_inside_hangs_nobody(made: Sessions) -> None:
    async def cancelled(_session: AsyncSession) -> str:
        raise asyncio.CancelledError

    async with asyncio.timeout(10):
        found = await all_of(
            shared(made), [lambda s: told(s, "a"), cancelled, lambda s: told(s, "b")]
        )
    assert (found[0], found[2]) == ("a", "b")
    assert isinstance(found[1], asyncio.CancelledError)


async def test_a_lock_of_somebody_else_holds_up_only_who_wants_it(made: Sessions) -> None:
    async with made.begin() as session:
        await told(session, "locked")
    wants = text("UPDATE api_calls_made SET name = 'locked too' WHERE name = 'locked'")

    async def waits(session: AsyncSession) -> str:
        await session.execute(wants)
        return "at last"

    async def there() -> bool:
        return {"a", "b"} <= set(await written(made))

    transactions = shared(made)
    async with made.begin() as other:
        await other.execute(text("SELECT FROM api_calls_made WHERE name = 'locked' FOR UPDATE"))
        held = asyncio.create_task(
            all_of(transactions, [waits, lambda s: told(s, "a"), lambda s: told(s, "b")])
        )
        await eventually(there, "what nobody held up")
        late = await transactions.run("late", lambda s: told(s, "late"))
    assert late == "late"
    assert await held == ["at last", "a", "b"]
