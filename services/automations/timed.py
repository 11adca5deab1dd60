"""What the clock does: whoever is due enters, in portions; what nothing could start in time waits for a decision."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.actors import SYSTEM, Actor
from domain.automations import times, timing
from domain.automations.timing import LATE, Due
from domain.automations.triggers import TimeTrigger, Timing, WindowTrigger
from domain.errors import Conflict
from domain.ids import parse_id
from domain.journal.automations import AutomationStartDecided, AutomationStartMissed
from services import clock, journal
from services.automations import candidates, schedules, starting, zones
from services.automations.candidates import Acting
from services.automations.starting import Person
from store.automations import audience, triggers
from store.automations.audience import LAST, Audience

PORTION = 500
"""The most contacts who enter in one transaction."""

DAY = timedelta(hours=24)
"""How long a window stays open after a message."""

WINDOWS_AGAIN = timedelta(minutes=10)
WINDOWS_SOON = timedelta(seconds=5)
"""The clock looks for closing windows when the next one is due, but at least and at most so often."""

INSTANT = timedelta(microseconds=1)

log = logging.getLogger(__name__)

Sessions = async_sessionmaker[AsyncSession]
Beat = Callable[[], None]
"""Called after each portion."""


def _quietly() -> None:
    pass


async def tick(sessions: Sessions, beat: Beat = _quietly) -> datetime | None:
    """Start whatever is due; returns when to look again, None if nothing is planned.

    Killed half-way, the next one does the rest: everybody who entered is known by the cause.
    """
    async with sessions() as session:
        await clock.measure(session)
        due = await triggers.due(session, clock.now())
    for row in due:
        by = candidates.acting(row)
        if by is not None:
            await _Turn(sessions, by, clock.now(), beat).take()
    async with sessions() as session:
        return await triggers.next_moment(session)


async def decide_missed(
    session: AsyncSession, actor: Actor, automation_id: UUID, trigger_id: str, *, start: bool
) -> None:
    """Start the people of a missed start after all, as they are now, or let it be; raises Conflict if none is missed."""
    due = await triggers.decide(session, automation_id, trigger_id, clock.now(), start=start)
    if due is None:
        raise Conflict("start_decided")
    fact = AutomationStartDecided(
        automation_id=automation_id, trigger_id=trigger_id, due=due, started=start
    )
    await journal.note(session, actor, fact)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One look at one trigger."""

    sessions: Sessions
    by: Acting
    now: datetime
    beat: Beat

    async def take(self) -> None:
        match self.by.trigger:
            case TimeTrigger() as trigger:
                await self._time(trigger)
            case WindowTrigger(lead=lead) as trigger if lead is not None:
                await self._window(trigger, times.add(self.now, lead, zones.ours()) - self.now)
            case _:
                await self._done(None)

    async def _time(self, trigger: TimeTrigger) -> None:
        if (decided := self.by.row.decided) is not None:
            for one in self._due(trigger, decided - INSTANT):
                if one.name in self._names(trigger, decided):
                    await self._people(trigger, one)
            await self._carried_out()
        missed = dict[str, datetime]()
        for one in self._due(trigger, self.by.row.done_until or self.now):
            if one.at >= self.now - LATE:
                await self._people(trigger, one)
            elif one.name not in missed and await self._is_for_anybody(trigger, one):
                missed[one.name] = one.at  # in the first zone that has people
        last = missed[max(missed)] if missed else None
        await self._done(schedules.next_at(trigger, self.now), last)

    def _due(self, trigger: TimeTrigger, after: datetime) -> list[Due]:
        return timing.due(trigger, after, self.now, zones.ours(), schedules.every_zone())

    def _names(self, trigger: TimeTrigger, moment: datetime) -> set[str]:
        """The local times at which it fired at a moment."""
        before = moment - INSTANT
        found = timing.due(trigger, before, moment, zones.ours(), schedules.every_zone())
        return {one.name for one in found}

    async def _people(self, trigger: TimeTrigger, due: Due) -> None:
        """Everybody an occurrence is for."""
        wanted, after = _audience(trigger, due), None
        while True:
            async with self.sessions.begin() as session:
                part = await audience.people(session, wanted, after, PORTION)
                people = [Person(contact_id=one, cause=self._cause(due.name)) for one in part]
                await starting.enter(session, SYSTEM, self.by, people)
            self.beat()
            if len(part) < PORTION:
                return
            after = part[-1]

    async def _is_for_anybody(self, trigger: TimeTrigger, due: Due) -> bool:
        async with self.sessions() as session:
            return bool(await audience.people(session, _audience(trigger, due), None, 1))

    async def _window(self, trigger: WindowTrigger, lead: timedelta) -> None:
        """Those whose window closes within the lead, and did not when the clock last looked."""
        until = self.now + lead
        after = (self.by.row.done_until or self.now) + lead
        missed = None
        if (decided := self.by.row.decided) is not None:
            await self._closing(trigger, max(decided + lead - INSTANT, self.now), until)
            await self._carried_out()
        elif after < until - LATE:
            missed = await self._first_closing(trigger, max(after, self.now), until - LATE)
        await self._closing(trigger, max(after, until - LATE), until)
        async with self.sessions() as session:
            closes_at = await audience.next_closing(session, until)
        soon = closes_at - lead if closes_at else self.now + DAY - lead
        next_at = min(max(soon, self.now + WINDOWS_SOON), self.now + WINDOWS_AGAIN)
        await self._done(next_at, missed - lead if missed else None)

    async def _closing(self, trigger: WindowTrigger, after: datetime, until: datetime) -> None:
        passed = LAST
        while True:
            async with self.sessions.begin() as session:
                part = await audience.closing(
                    session, after, until, _numbers(trigger), PORTION, passed
                )
                people = [
                    Person(
                        contact_id=one.contact_id,
                        channel_id=one.channel_id,
                        cause=self._cause(one.closes_at.isoformat()),
                    )
                    for one in part
                ]
                await starting.enter(session, SYSTEM, self.by, people)
            self.beat()
            if len(part) < PORTION:
                return
            after, passed = part[-1].closes_at, part[-1].conversation_id

    async def _first_closing(
        self, trigger: WindowTrigger, after: datetime, until: datetime
    ) -> datetime | None:
        async with self.sessions() as session:
            part = await audience.closing(session, after, until, _numbers(trigger), 1)
        return part[0].closes_at if part else None

    def _cause(self, what: str) -> str:
        return f"time:{self.by.row.trigger_id}:{what}"

    async def _carried_out(self) -> None:
        async with self.sessions.begin() as session:
            await triggers.carried_out(session, self.by.row)

    async def _done(self, next_at: datetime | None, missed: datetime | None = None) -> None:
        row = self.by.row
        async with self.sessions.begin() as session:
            await triggers.move(session, row, self.now, next_at, missed)
            if missed is None:
                return
            log.warning("a start of automation %s was missed", row.automation_id)
            fact = AutomationStartMissed(
                automation_id=row.automation_id, trigger_id=row.trigger_id, due=missed
            )
            await journal.note(session, SYSTEM, fact)


def _audience(trigger: TimeTrigger, due: Due) -> Audience:
    of_field = trigger.timing is Timing.FIELD
    return Audience(
        groups=[found for one in trigger.groups if (found := parse_id(one)) is not None],
        everybody=trigger.everybody,
        zones=due.zones,
        unzoned=due.zones is not None and "" in due.zones,
        field=trigger.field if of_field else "",
        day=timing.day_of_field(trigger, due.local) if of_field else None,
    )


def _numbers(trigger: WindowTrigger) -> list[UUID]:
    return [found for one in trigger.channels if (found := parse_id(one)) is not None]
