"""Process waiting webhook deliveries: claim, apply, mark done, all in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.channels import webhooks as channel_webhooks
from services.receiving import inbound, preferences, statuses, wishes
from services.receiving.inbound import OpenedWindow
from services.templates import webhooks as template_webhooks
from store.receiving import deliveries
from store.receiving import inbound as rows
from whatsapp.webhooks import Change, Delivery, Malformed, parse

LARGEST_BATCH = 20


@dataclass(slots=True)
class Processed:
    """What a transaction took: how many deliveries, and what must be started after its commit.

    ``windows`` need their workflow, ``messages`` are queued and wait for their sending, ``syncs`` are
    channels whose templates must be fetched.
    """

    taken: int = 0
    windows: list[OpenedWindow] = field(default_factory=list)
    messages: list[UUID] = field(default_factory=list)
    syncs: list[UUID] = field(default_factory=list)

    def add(self, other: "Processed") -> None:
        """Take over what another part wants started."""
        self.windows += other.windows
        self.messages += other.messages
        self.syncs += other.syncs


async def process(session: AsyncSession) -> Processed:
    """Take a batch together; when one of it is poison, take them one by one and put it aside."""
    events = await deliveries.claim(session, LARGEST_BATCH)
    result = Processed(taken=len(events))
    if not events:
        return result
    try:
        async with session.begin_nested():
            result.add(await _apply(session, [body for _, body in events]))
    except (Malformed, DataError, IntegrityError, ValueError, KeyError, TypeError):
        await _one_by_one(session, events, result)
    else:
        await deliveries.done(session, [event_id for event_id, _ in events])
    return result


async def _one_by_one(
    session: AsyncSession, events: Sequence[tuple[int, bytes]], result: Processed
) -> None:
    for event_id, body in events:
        try:
            async with session.begin_nested():
                result.add(await _apply(session, [body]))
        except (Malformed, DataError, IntegrityError, ValueError, KeyError, TypeError) as error:
            await deliveries.dead(session, event_id, f"{type(error).__name__}: {_reason(error)}")
        else:
            await deliveries.done(session, [event_id])


def _reason(error: Exception) -> str:
    """Why, without the values: they may be personal."""
    return str(error) if isinstance(error, Malformed) else type(error).__name__


async def _apply(session: AsyncSession, bodies: Sequence[bytes]) -> Processed:
    delivery = Delivery()
    for body in bodies:
        delivery.extend(parse(body))
        await asyncio.sleep(0)  # a body of a thousand statuses takes milliseconds: let senders on
    channels = await rows.channel_ids(session, sorted(delivery.phone_number_ids))
    begun = Processed(windows=await inbound.keep(session, delivery.inbound, channels))
    if delivery.inbound:
        begun.messages += await wishes.obey(session, delivery.inbound, channels)
    if delivery.statuses:
        await statuses.keep(session, delivery.statuses)
    if delivery.preferences:
        await preferences.keep(session, delivery.preferences, channels)
    for change in delivery.changes:
        begun.syncs += await _change(session, change)
    if channels:
        await deliveries.seen(session, sorted(channels))
    return begun


async def _change(session: AsyncSession, change: Change) -> list[UUID]:
    """Template and number news; a field we do not know stays in the event log and changes nothing."""
    value = dict(change.value)
    if "template" in change.field:
        news = await template_webhooks.apply(
            session, change.account_id, change.field, value, change.at
        )
        return [news.sync] if news.sync else []
    await channel_webhooks.apply(session, change.account_id, change.field, value, change.at)
    return []
