"""Readers of the journal: they run its commands at least once, and in order for each subject.

One worker reads, under a lock that ends with its connection; the next one continues where it stopped. A worker that
is frozen loses it too: the server ends a connection on which nothing is said.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import psycopg
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.journal.facts import Entry
from domain.journal.rules import Stream
from store import faults, journal, journal_readers
from store.engine import Use, connection_options, libpq_url
from store.journal_readers import Reader

LOCK_KEY = 7_730_006
"""Advisory lock of the listening connection: its holder is the reader."""

AT_ONCE = 16
"""The most commands of one stream in progress at Temporal."""

PORTION = 100
MOVES_EVERY_S = 1.0
"""How often a reader stores its position: after a crash, what it did since is done again, which changes nothing."""

POLL_S = 5.0
"""The longest a lost notification can delay its command."""

SILENCE_S = 15.0
"""PostgreSQL closes the connection of a reader that is silent for this long: its process or machine was stopped or cut
off. A working reader sends something every ``POLL_S``.
"""

TURN_S = 1.0
AWAY_S = 0.5

log = logging.getLogger(__name__)

CarryOut = Callable[[Entry], Awaitable[bool]]
"""Does what follows from an entry, possibly again; returns False if Temporal is unavailable."""

Sessions = async_sessionmaker[AsyncSession]


class Readers:
    """One reader per stream, so that one held-up stream does not hold up the others."""

    def __init__(self, statements: Sessions, database_url: str, carry_out: CarryOut) -> None:
        self._url = database_url
        self._streams = {
            stream.value: StreamReader(statements, stream, carry_out) for stream in Stream
        }

    async def keep(self) -> None:
        """Run as long as the process does."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    libpq_url(self._url),
                    autocommit=True,
                    **connection_options(self._url, Use.LISTEN),
                ) as listener:
                    await listener.execute(
                        sql.SQL("SET idle_session_timeout = {}").format(round(SILENCE_S * 1000))
                    )
                    await self._wait_for_turn(listener)
                    await self._read(listener)
            except faults.DATABASE_ERRORS as error:
                log.warning("commands wait for the database: %s", type(error).__name__)
            await asyncio.sleep(AWAY_S)

    async def _wait_for_turn(self, listener: psycopg.AsyncConnection) -> None:
        while True:
            cursor = await listener.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,))
            if (row := await cursor.fetchone()) and row[0]:
                return
            await asyncio.sleep(TURN_S)

    async def _read(self, listener: psycopg.AsyncConnection) -> None:
        await listener.execute(sql.SQL("LISTEN {}").format(sql.Identifier(journal.WAKE)))
        readers = [asyncio.create_task(stream.read()) for stream in self._streams.values()]
        try:
            await self._listen(listener)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _listen(self, listener: psycopg.AsyncConnection) -> None:
        now = asyncio.get_running_loop().time
        while True:
            await listener.execute("SELECT 1")  # a sign of life
            for stream in self._streams.values():
                stream.wake.set()
            until = now() + POLL_S
            while (left := until - now()) > 0:
                async for told in listener.notifies(timeout=left, stop_after=1):
                    if told.payload in self._streams:
                        self._streams[told.payload].wake.set()


class StreamReader:
    """Reads one stream of commands from where it left off; ``statements`` are sessions that commit each one."""

    def __init__(self, statements: Sessions, stream: Stream, carry_out: CarryOut) -> None:
        self._statements, self._stream, self._carry_out = statements, stream, carry_out
        self._places = asyncio.Semaphore(AT_ONCE)
        self._stored: Reader | None = None
        self._position = ""
        self._moves_at, self._did_some = 0.0, False
        self.wake = asyncio.Event()

    def forget(self) -> None:
        """Begin at the stored position again."""
        self._stored = None

    async def read(self) -> None:
        """Run noted commands whenever woken, waiting for Temporal if it is unavailable."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            if not await self._tried():
                await asyncio.sleep(AWAY_S)
                self.wake.set()

    async def _tried(self) -> bool:
        """Take a step that survives any error: nothing restarts this reader."""
        try:
            return await self.step()
        except Exception as error:  # noqa: BLE001 - said, and tried again
            self.forget()
            log.warning("commands of %s wait: %s", self._stream, type(error).__name__)
            return False

    async def step(self) -> bool:
        """Run everything committed so far; False if it has to be tried again.

        What was done may be done twice after a crash or an outage of Temporal.
        """
        stored, reader = await self._reader()
        after, reached = 0, None
        while True:
            async with self._statements() as session:
                found = await journal_readers.unread(
                    session, self._stream, reader, after, PORTION, reached
                )
            if found.stored != stored:
                self.forget()  # another worker read on, or this database turned out to be a restored copy
                return False
            reached = found.position
            if found.entries and not await self._done(found.entries):
                return False
            self._did_some = self._did_some or bool(found.entries)
            if len(found.entries) < PORTION:
                break
            after = found.entries[-1].id
        # Anything committed since the first portion was read is beyond that position.
        self._position = reached
        await self._move()
        return True

    async def _reader(self) -> tuple[str, Reader]:
        """The position that is stored, and the reader at the one it has reached."""
        if self._stored is None:
            async with self._statements() as session:
                self._stored = await journal_readers.reader(session, self._stream)
            self._position = self._stored.position
        return self._stored.position, replace(self._stored, position=self._position)

    async def _move(self) -> None:
        """Store the position now and then, if anything was done since: who only looks writes nothing."""
        now, stored = asyncio.get_running_loop().time(), self._stored
        if stored is None or not self._did_some or now < self._moves_at:
            return
        async with self._statements() as session:
            moved = await journal_readers.move(session, self._stream, stored, self._position)
        self._moves_at, self._did_some = now + MOVES_EVERY_S, False
        self._stored = replace(stored, position=self._position) if moved else None

    async def _done(self, entries: Sequence[Entry]) -> bool:
        by_thing: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_thing[_subject(self._stream, entry)].append(entry)
        # All of them end before the next step begins, whatever any of them does.
        ended = await asyncio.gather(
            *map(self._in_order, by_thing.values()), return_exceptions=True
        )
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        return all(ended)

    async def _in_order(self, entries: Sequence[Entry]) -> bool:
        async with self._places:
            for entry in entries:
                try:
                    if not await self._carry_out(entry):
                        return False
                except Exception as error:
                    if faults.is_away(error):
                        raise
                    # Our bug: nothing else waits for it, and the reconciler repairs what it can.
                    log.exception("entry %s (%s) is skipped", entry.id, entry.kind)
        return True


def _subject(stream: Stream, entry: Entry) -> str:
    """What entries are read in order of: whatever one person does is routed in order."""
    contact_id = entry.ids.get("contact_id") if stream is Stream.ROUTING else None
    return str(contact_id or entry.entity_id)
