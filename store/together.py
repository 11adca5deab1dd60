"""Transactions that several pieces of work share: what they ask for at the same time is asked in one statement.

A piece of work is written as if it were alone. Its statements about one thing are written for many (``together``), and
run once all the pieces of a transaction wait for one. A transaction of one piece runs them at once. So what a busy
second costs grows with the number of transactions, not of pieces: a commit, a lock and a round trip are paid once.
"""

import asyncio
import logging
import re
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

Many = Callable[[AsyncSession, Sequence[K]], Awaitable[Sequence[V]]]
"""Answers about many things, in their order."""

Work = Callable[[AsyncSession], Awaitable[T]]
"""Runs in a transaction, and may run again in another one if that is rolled back: it does nothing else."""

Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a task that is kept until it is done, and ends before the database does."""

AT_ONCE = 32
"""The most pieces of work in a transaction."""

PATIENCE_S = 0.5
"""How long what came later waits for a transaction."""

BRIEFLY = text("SET LOCAL lock_timeout = '1s'")
"""A locked row holds up the piece that wants it; the others go on without it."""

_KEY = "together"

log = logging.getLogger(__name__)


async def together(session: AsyncSession, many: Many[K, V], one: K) -> V:
    """The answer about one thing, asked together with whatever else its transaction is about to ask."""
    shared: _Shared | None = session.info.get(_KEY)
    if shared is None:
        return (await many(session, [one]))[0]
    answer: V = await shared.ask(many, one)
    return answer


class _Shared:
    """What the pieces of a transaction wait for."""

    def __init__(self, session: AsyncSession, pieces: int) -> None:
        self._session, self._pieces, self._waiting = session, pieces, 0
        self._asked: defaultdict[Many[Any, Any], list[tuple[Any, asyncio.Future[Any]]]]
        self._asked = defaultdict(list)

    async def run(self, work: Work[T]) -> T:
        """Do one piece."""
        try:
            return await work(self._session)
        finally:
            self._pieces -= 1
            await self._answer()

    async def ask(self, many: Many[Any, Any], one: Any) -> Any:
        """Wait until everybody does, then for the answer."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[many].append((one, future))
        self._waiting += 1
        await self._answer()
        return await future

    async def _answer(self) -> None:
        """Once nobody is busy, ask everything that was asked; all of it, before anybody goes on."""
        if not self._waiting or self._waiting < self._pieces:
            return
        asked = list(self._asked.items())
        self._asked.clear()
        self._waiting = 0
        futures = [future for _, wanted in asked for _, future in wanted]
        try:
            answers = [
                answer
                for many, wanted in asked
                for answer in await many(self._session, [one for one, _ in wanted])
            ]
        except BaseException as error:  # noqa: BLE001 - everybody in this transaction gets it
            for future in futures:
                if not future.done():
                    future.set_exception(error)
            return
        for future, answer in zip(futures, answers, strict=True):
            if not future.done():
                future.set_result(answer)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of work, and what its caller waits for."""

    work: Work[Any]
    future: asyncio.Future[Any]

    def succeeded(self, result: object) -> None:
        """Tell the caller, if there still is one."""
        if not self.future.done():
            self.future.set_result(result)

    def failed(self, error: BaseException) -> None:
        """The same, if it failed."""
        if not self.future.done():
            self.future.set_exception(error)


class Failed(Exception):
    """A piece failed, and with it the transaction that it shared."""


class Gone(Exception):
    """Nobody waits for a piece any more: what it did is rolled back."""


class Transactions:
    """Runs pieces of work in transactions: at once if there is nothing else, else with those that came meanwhile.

    Never two with the same key in one, whose locks would not keep them apart. If one fails, the transaction is rolled
    back, and each piece gets one of its own. What a piece did is rolled back if its caller has gone meanwhile, unless
    ``for_nobody``.
    """

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], start: Start, *, for_nobody: bool = False
    ) -> None:
        self._sessions, self._start, self._for_nobody = sessions, start, for_nobody
        self._waiting: deque[tuple[Hashable, Piece]] = deque()
        self._busy = False

    async def run(self, key: Hashable, work: Work[T]) -> T:
        """Do a piece of work; returns once it is committed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, Piece(work, future)))
        if not self._busy:
            self._busy = True
            _ = self._start(self._go_on())
        return await future

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                # One that has to wait for somebody else's lock holds nobody up for longer.
                await asyncio.wait([self._start(self._do(self._next()))], timeout=PATIENCE_S)
        finally:
            self._busy = False

    def _next(self) -> list[Piece]:
        """The oldest pieces of different keys; the rest keep their order."""
        keys: set[Hashable] = set()
        chosen: list[Piece] = []
        left = []
        for key, piece in self._waiting:
            if key in keys or len(chosen) == AT_ONCE:
                left.append((key, piece))
            else:
                chosen.append(piece)
            keys.add(key)
        self._waiting = deque(left)
        return chosen

    async def _do(self, pieces: Sequence[Piece]) -> None:
        wanted = [piece for piece in pieces if self._is_wanted(piece)]
        if len(wanted) > 1 and await self._did_together(wanted):
            return
        await asyncio.gather(*map(self._do_one, wanted))

    def _is_wanted(self, piece: Piece) -> bool:
        return self._for_nobody or not piece.future.done()

    async def _did_together(self, pieces: Sequence[Piece]) -> bool:
        try:
            async with self._sessions.begin() as session:
                await session.execute(BRIEFLY)  # and the connection is there before all ask for it
                shared = _Shared(session, len(pieces))
                session.info[_KEY] = shared
                try:
                    ended = await asyncio.gather(
                        *(shared.run(piece.work) for piece in pieces), return_exceptions=True
                    )
                finally:
                    del session.info[_KEY]
                for one in ended:
                    if isinstance(one, BaseException):
                        raise Failed from one
                if not all(map(self._is_wanted, pieces)):
                    raise Gone
        except Exception as error:  # noqa: BLE001 - whoever it was gets it again, alone
            cause = type(error.__cause__ or error).__name__
            log.warning("%d pieces of work go on alone: %s", len(pieces), cause)
            return False
        for piece, one in zip(pieces, ended, strict=True):
            piece.succeeded(one)
        return True

    async def _do_one(self, piece: Piece) -> None:
        try:
            async with self._sessions.begin() as session:
                result = await piece.work(session)
                if not self._is_wanted(piece):
                    raise Gone
        except asyncio.CancelledError:
            piece.future.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - its caller gets it
            piece.failed(error)
        else:
            piece.succeeded(result)


class Each:
    """A look-up written about one thing, with its parameters by name, that answers about many in one statement."""

    def __init__(self, statement: str, **types: str) -> None:
        self._names = tuple(types)
        columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
        names = ", ".join(types)
        about_one = re.sub(rf"(?<!:):({'|'.join(types)})\b", r"asked.\1", statement)
        self._statement: TextClause = text(f"""
SELECT asked.asked_at, found.* FROM ROWS FROM (json_to_recordset(CAST(:asked AS json)) AS ({columns}))
    WITH ORDINALITY AS asked({names}, asked_at)
CROSS JOIN LATERAL ({about_one}) found
""")

    async def rows(
        self, session: AsyncSession, asked: Sequence[Sequence[Any]]
    ) -> list[list[Row[Any]]]:
        """What is found about each, in their order."""
        named = [dict(zip(self._names, one, strict=True)) for one in asked]
        found: list[list[Row[Any]]] = [[] for _ in asked]
        for row in await session.execute(self._statement, {"asked": given(named)}):
            found[row.asked_at - 1].append(row)
        return found

    async def first(
        self, session: AsyncSession, asked: Sequence[Sequence[Any]]
    ) -> list[Row[Any] | None]:
        """The first row about each."""
        return [next(iter(rows), None) for rows in await self.rows(session, asked)]


def given(rows: Sequence[Any]) -> str:
    """Rows as one parameter: the driver writes arrays element by element, which costs more than all the rest."""
    return orjson.dumps(rows).decode()


def about(row: Row[Any]) -> dict[str, Any]:
    """The columns of what was found."""
    return {name: value for name, value in row._mapping.items() if name != "asked_at"}
