"""Looks every few seconds whether something is wrong that somebody should know, and whether it still is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain import loose
from domain.actors import SYSTEM
from domain.alerts.kinds import Due, Key
from domain.alerts.rules import REJECTED_WITHIN, SENT_WITHIN, STATUS_WITHIN, Numbered, Scene, due
from domain.journal.team import AlertCleared, AlertRaised
from domain.lives import ALERTS_KEPT
from services import clock, journal, vitals
from services.channels.probe import token_ends_at
from store import alert_facts, alerts, channels
from store.alert_facts import Sent
from store.channels import ChannelRow
from store.receiving import log as receiving

EVERY_S = 15.0
"""How often a process looks; all of them do, so that one that is gone is missed."""

TEMPLATE_NEWS = timedelta(days=7)
"""How long a template that nothing needs is news."""

STEP = 5000


async def look(sessions: async_sessionmaker[AsyncSession]) -> None:
    """Raise what is new and clear what is over; does nothing while another process is at it."""
    async with sessions.begin() as session:
        if await alerts.take_turn(session):
            known = await alerts.open_since(session)
            await settle(session, due(await _scene(session, known)))


async def settle(session: AsyncSession, wanted: Sequence[Due]) -> None:
    """Open exactly these alerts, and note what changed."""
    raised, cleared = await alerts.settle(session, wanted)
    facts = [AlertRaised(alert_id=id_, about=kind) for id_, kind in raised.items()]
    over = [AlertCleared(alert_id=id_, about=kind) for id_, kind in cleared.items()]
    await journal.note(session, SYSTEM, *facts, *over)


async def _scene(session: AsyncSession, known: dict[Key, datetime]) -> Scene:
    now = clock.now()
    sent = await alert_facts.sent(session, SENT_WITHIN, STATUS_WITHIN)
    return Scene(
        now=now,
        rejected=await alert_facts.rejected(session, REJECTED_WITHIN),
        aside=(await receiving.standing(session)).put_aside,
        numbers=[_numbered(row, sent) for row in await channels.list_all(session)],
        campaigns=await alert_facts.campaigns(session),
        automations=await alert_facts.automations(session),
        templates=await alert_facts.templates(session, (now - TEMPLATE_NEWS).isoformat()),
        processes=await vitals.every(session),
        open=known,
    )


def _numbered(row: ChannelRow, sent: dict[str, Sent]) -> Numbered:
    lately = sent.get(str(row.id), Sent(0, 0))
    ends = token_ends_at(row)
    return Numbered(
        str(row.id), row.name, row.status, row.blocked_reason, row.quality, row.restrictions,
        row.last_webhook_at, loose.moment(ends) if ends else None, lately.unheard, lately.heard,
    )  # fmt: skip


async def purge(session: AsyncSession, now: datetime) -> bool:
    """Delete a batch of alerts that were over long ago; returns whether there may be more."""
    return await alerts.purge(session, now - ALERTS_KEPT, STEP) == STEP
