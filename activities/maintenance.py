"""Clean-up that runs every hour: expired sessions, old deliveries, stored answers, uploaded files."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.dependencies import Dependencies
from services import calendars, clock, lives, maintenance, sessions
from services.alerts import watching
from services.automations import upkeep as runs
from services.campaigns.drafts import write
from services.imports import upkeep
from services.messages.shelf import Shelf
from services.vault import forget_removed_secrets

FIRST = UUID(int=0)


class Maintenance:
    """Activities of maintenance."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._sessions = dependencies.sessions
        self._data_dir = dependencies.data_dir
        self._shelf = Shelf(dependencies.data_dir)
        self._media_days = dependencies.media_days
        self._audit_days = dependencies.audit_days
        self._journal_days = dependencies.journal_days
        self._months = dependencies.message_months
        self._erased_on: date | None = None

    @activity.defn(name="maintenance.purge")
    async def purge(self) -> None:
        """Delete expired data, a bounded number of rows per transaction."""
        now = clock.now()
        async with self._sessions.begin() as session:
            await lives.prepare_months(session)
        async with self._sessions.begin() as session:
            await sessions.purge(session, now)
            await write.forget_blank(session)
            await forget_removed_secrets(session)
        async with self._sessions.begin() as session:
            await maintenance.settle_merges(session, now)
        async with self._sessions.begin() as session:
            await calendars.renew(session, now)
        await self._repeat(lambda session: maintenance.renew_numbers(session, now))
        await self._repeat(lambda session: maintenance.purge_webhooks(session, now))
        await self._repeat(lambda session: maintenance.purge_webhook_log(session, now))
        await self._repeat(lambda session: maintenance.purge_reactions(session, now))
        await self._repeat(maintenance.purge_limits)
        await self._repeat(lambda session: maintenance.purge_campaigns(session, now))
        await self._repeat(lambda session: maintenance.purge_tokens(session, now))
        await self._repeat(lambda session: watching.purge(session, now))
        async with self._sessions.begin() as session:
            await maintenance.turn_journal(session, self._audit_days, self._journal_days)
        await self._end_messages(now)
        await self._end_runs(now)
        if self._erased_on != now.date():  # even if it is switched off at night
            await self._look_through(now)
            self._erased_on = now.date()
        await self._repeat(lambda session: upkeep.remove_abandoned(session, now, self._data_dir))
        await self._repeat(lambda session: upkeep.purge_rows(session, now))
        async with self._sessions() as session:
            await upkeep.remove_strays(session, now, self._data_dir)
        await self._purge_media(now)

    async def _repeat(self, step: Callable[[AsyncSession], Awaitable[bool]]) -> None:
        """Repeat a step, each time in a separate transaction, until there is nothing more to do."""
        more = True
        while more:
            async with self._sessions.begin() as session:
                more = await step(session)
            activity.heartbeat()

    async def _end_messages(self, now: datetime) -> None:
        """Forget old campaigns' recipients, then delete messages of that age, then drop whole months."""
        await self._repeat(lambda session: lives.let_people_go(session, now, self._months))
        await self._walk(
            lambda session, after: lives.purge_messages(session, now, self._months, after)
        )
        async with self._sessions.begin() as session:
            await lives.drop_months(session)
        activity.heartbeat()

    async def _end_runs(self, now: datetime) -> None:
        """Count the steps of automations, all of a week once a day; then delete the runs of long ago."""
        whole = self._erased_on != now.date()
        async with self._sessions.begin() as session:
            await runs.add_up(session, now, whole=whole)
        activity.heartbeat()
        async with self._sessions.begin() as session:
            await runs.fold_counts(session, now)
        await self._repeat(lambda session: runs.purge_runs(session, now, self._months))

    async def _look_through(self, now: datetime) -> None:
        """Take the steps that scan a whole table for leftovers."""
        await self._repeat(lambda session: maintenance.erase_rest(session, now))
        await self._repeat(lives.purge_people)
        await self._walk(
            lambda session, after: lives.purge_attempts(session, now, self._months, after)
        )

    async def _walk(self, step: Callable[[AsyncSession, UUID], Awaitable[UUID | None]]) -> None:
        """Repeat a step from where the last one ended, each time in a separate transaction, for a while."""
        after = FIRST
        for _ in range(lives.STEPS_AT_ONCE):
            async with self._sessions.begin() as session:
                reached = await step(session, after)
            activity.heartbeat()
            if reached is None:
                return
            after = reached

    async def _purge_media(self, now: datetime) -> None:
        await self._repeat(lambda session: maintenance.purge_media(session, now, self._media_days))
        await self._repeat(lambda session: maintenance.purge_outgoing_files(session, now))
        for part in maintenance.parts_of_hour(now.hour):
            async with self._sessions() as session:
                await maintenance.sweep_shelf(session, self._shelf, part, now)
            activity.heartbeat()
