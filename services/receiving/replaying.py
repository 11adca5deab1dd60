"""Replays of a range: begun by a person, carried out by the drain whenever nothing new waits."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import Actor
from domain.errors import Conflict, Invalid, NotFound
from domain.journal import team
from domain.webhook_log import Replay, Scope
from domain.webhooks import Reason
from services import journal
from services.receiving.process import LARGEST_BATCH, take
from store import faults
from store.receiving import deliveries, finding, objects, replays
from store.receiving.deliveries import WaitingEvent

PAGE = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to replay: deliveries received between two moments, a range of ids, or all that is set aside."""

    scope: Scope = Scope.ALL
    first: int | None = None
    last: int | None = None
    since: datetime | None = None
    until: datetime | None = None


async def begin(session: AsyncSession, actor: Actor, wanted: Wanted) -> Replay:
    """Replay a range; what was already applied changes nothing. Raises Invalid for none, or an empty one."""
    ends = await _ends(session, wanted)
    if ends is None or ends[0] > ends[1]:
        raise Invalid("replay_empty")
    id_ = await replays.add(session, wanted.scope.value, *ends, actor.user_id)
    told = {"scope": wanted.scope.value, "first": ends[0], "last": ends[1]}
    await journal.note(session, actor, team.ReplayBegun(replay_id=id_, after=told))
    return await get(session, id_)


async def _ends(session: AsyncSession, wanted: Wanted) -> tuple[int, int] | None:
    """The first and last id."""
    match wanted:
        case Wanted(Scope.ALL, None, None, datetime() as since, datetime() as until):
            return await finding.ids_between(session, since, until)
        case Wanted(_, int() as first, last, None, None):
            return first, first if last is None else last
        case Wanted(Scope.DEAD | Scope.OBJECTS, None, None, None, None):
            return await replays.aside(session, wanted.scope)
        case _:
            raise Invalid("replay_range")


async def stop(session: AsyncSession, actor: Actor, id_: int) -> Replay:
    """End a replay where it is; raises Conflict if it has ended."""
    if not await replays.stop(session, id_):
        await get(session, id_)
        raise Conflict("replay_ended")
    await journal.note(session, actor, team.ReplayStopped(replay_id=id_))
    return await get(session, id_)


async def get(session: AsyncSession, id_: int) -> Replay:
    """A replay; raises NotFound."""
    found = await replays.one(session, id_)
    if found is None:
        raise NotFound("replay_gone")
    return found


async def page(
    session: AsyncSession, before: int = finding.LARGEST_ID, limit: int = PAGE
) -> list[Replay]:
    """Replays with ids below ``before``, newest first."""
    return await replays.page(session, before, limit)


class Replayer:
    """One bounded transaction after another; what fails alone is set aside, and the replay goes on."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._limit = LARGEST_BATCH

    async def step(self) -> bool:
        """Replay the next few; returns whether there was anything to do. Raises when the database is unavailable."""
        events: list[WaitingEvent] = []
        replay: Any = None
        try:
            async with self._sessions.begin() as session:
                replay = await replays.next_running(session)
                if replay is None:
                    return False
                if replay.scope == Scope.OBJECTS:
                    await self._objects(session, replay)
                    return True
                events = await replays.deliveries(
                    session, replay.scope, replay.position, replay.high, self._limit
                )
                await self._deliveries(session, replay, events)
        except Exception as error:
            if not events or faults.is_away(error):
                raise
            await self._trouble(replay, events, error)
            return True
        self._limit = min(self._limit * 2, LARGEST_BATCH)
        return True

    async def _objects(self, session: AsyncSession, replay: Any) -> None:
        """Hand objects in as deliveries: those are processed like any other."""
        ids = await replays.objects(session, replay.position, replay.high, LARGEST_BATCH)
        for id_ in ids:
            await objects.replay(session, id_, id_)
        position = ids[-1] if ids else replay.high
        await replays.advance(session, replay.id, position, replayed=len(ids), done=not ids)

    async def _deliveries(
        self, session: AsyncSession, replay: Any, events: Sequence[WaitingEvent]
    ) -> None:
        result = await take(session, events, again=True)
        taken = [event.id for event in events]
        if result.late:  # the first one never is
            taken = [id_ for id_ in taken if id_ < min(result.late)]
        position = taken[-1] if taken else replay.high
        await replays.advance(session, replay.id, position, replayed=len(taken), done=not events)

    async def _trouble(self, replay: Any, events: Sequence[WaitingEvent], error: Exception) -> None:
        """For a lock or a deadlock smaller steps; one that fails alone is left as it is, and counted."""
        log.warning("a replay met %s %s", type(error).__name__, faults.sqlstate(error))
        if len(events) > 1:
            self._limit = max(1, len(events) // 4)
            return
        cause = f"{Reason.NOT_APPLIED} {type(error).__name__} {faults.sqlstate(error)}".strip()
        async with self._sessions.begin() as session:
            await replays.advance(session, replay.id, events[0].id, failed=1)
            if not faults.is_busy(error):
                await deliveries.dead(session, events[0].id, cause)
