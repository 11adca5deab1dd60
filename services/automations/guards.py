"""Guards: they halt an automation that does more than anybody can have meant, and say whom it concerns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.actors import SYSTEM
from domain.automations.guards import (
    MESSAGES_PER_HOUR,
    STARTS_OF_ONE,
    STARTS_PER_MINUTE,
    TURNS,
    TURNS_WITHIN,
    Guard,
)
from domain.automations.status import AutomationStatus
from domain.ids import first_id
from domain.journal.automations import AutomationHalted
from services import clock, journal
from store.automations import halts, starts, triggers
from store.automations.starts import HAPPENED

NAMED = 50
"""The most contacts that a banner can list."""


@dataclass(slots=True)
class Limits:
    """The installation's limits."""

    starts_per_minute: int = STARTS_PER_MINUTE
    messages_per_hour: int = MESSAGES_PER_HOUR


_limits = Limits()


def use(starts_per_minute: int, messages_per_hour: int) -> None:
    """Make these the installation's limits; called once by the composition root of a process."""
    _limits.starts_per_minute, _limits.messages_per_hour = starts_per_minute, messages_per_hour


async def may_start(session: AsyncSession, automation_id: UUID, wanted: Sequence[UUID]) -> bool:
    """Whether so many contacts may enter now because something happened; otherwise the automation is halted.

    Only call while the automation is held (``store.automations.starts.hold``). Who entered at a time that was set, or
    was chosen by somebody, does not count.
    """
    most = _limits.starts_per_minute
    since = first_id(clock.now() - timedelta(minutes=1))
    recent = await starts.recent(session, automation_id, since, most)
    if len(recent) + len(wanted) > most:
        concerned = [*wanted, *(one.contact_id for one in recent)]
        await halt(session, automation_id, Guard.STARTS, concerned)
        return False
    often = Counter(one.contact_id for one in recent if one.by == HAPPENED)
    circling = [one for one in wanted if often[one] >= STARTS_OF_ONE]
    if circling:
        await halt(session, automation_id, Guard.CIRCLE, circling)
    return not circling


async def may_send(session: AsyncSession, automation_id: UUID, contact_id: UUID) -> bool:
    """Whether automations may send one more message to a contact; otherwise this one is halted. Commit either way."""
    since = first_id(clock.now() - timedelta(hours=1))
    if await halts.messages_sent(session, contact_id, since) < _limits.messages_per_hour:
        return True
    await halt(session, automation_id, Guard.MESSAGES, [contact_id])
    return False


async def is_person(
    session: AsyncSession, automation_id: UUID, contact_id: UUID, channel_id: UUID
) -> bool:
    """Whether a conversation goes at the pace of a person; otherwise the automation is halted."""
    since = first_id(clock.now() - TURNS_WITHIN)
    if await halts.turns(session, contact_id, channel_id, since) < TURNS:
        return True
    await halt(session, automation_id, Guard.BOTS, [contact_id])
    return False


async def halt(
    session: AsyncSession, automation_id: UUID, guard: Guard, contact_ids: Sequence[UUID]
) -> None:
    """Pause an automation; its page names the guard and whom it concerns."""
    told = _told(guard, list(dict.fromkeys(contact_ids)))
    if not await halts.halt(session, automation_id, AutomationStatus.PAUSED, told):
        return
    await triggers.rest(session, automation_id)
    await journal.note(session, SYSTEM, AutomationHalted(automation_id=automation_id, guard=guard))


async def halt_all(session: AsyncSession, guard: Guard) -> None:
    """Pause every automation: nothing starts, and whoever is inside stays where they are."""
    halted = await halts.halt_all(session, AutomationStatus.PAUSED, _told(guard, []))
    facts = (AutomationHalted(automation_id=one, guard=guard) for one in halted)
    await journal.note(session, SYSTEM, *facts)


def _told(guard: Guard, concerned: Sequence[UUID]) -> dict[str, Any]:
    """What is stored of a halt."""
    return {
        "guard": guard,
        "at": clock.now().isoformat(),
        "contacts": len(concerned),
        "contact_ids": [str(one) for one in concerned[:NAMED]],
    }
