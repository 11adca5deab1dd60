"""Process waiting webhook deliveries: claim, apply, mark done, all in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import phone
from domain.identity import Claim
from services.channels import webhooks as channel_webhooks
from services.receiving import inbound, statuses
from services.receiving.people import recognise
from services.receiving.windows import OpenedWindow
from services.templates import webhooks as template_webhooks
from store.receiving import deliveries
from store.receiving import inbound as rows
from whatsapp.webhooks import Change, Delivery, Malformed, Preference, Status, parse

LARGEST_BATCH = 20


@dataclass(slots=True)
class Processed:
    """What a transaction took: how many deliveries, and windows that need their workflow."""

    taken: int = 0
    windows: list[OpenedWindow] = field(default_factory=list)


async def process(session: AsyncSession) -> Processed:
    """Take a batch together; when one of it is poison, take them one by one and put it aside."""
    events = await deliveries.claim(session, LARGEST_BATCH)
    result = Processed(taken=len(events))
    if not events:
        return result
    try:
        async with session.begin_nested():
            result.windows = await _apply(session, [body for _, body in events])
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
                result.windows += await _apply(session, [body])
        except (Malformed, DataError, IntegrityError, ValueError, KeyError, TypeError) as error:
            await deliveries.dead(session, event_id, f"{type(error).__name__}: {_reason(error)}")
        else:
            await deliveries.done(session, [event_id])


def _reason(error: Exception) -> str:
    """Why, without the values: they may be personal."""
    return str(error) if isinstance(error, Malformed) else type(error).__name__


async def _apply(session: AsyncSession, bodies: Sequence[bytes]) -> list[OpenedWindow]:
    delivery = Delivery()
    for body in bodies:
        delivery.extend(parse(body))
        await asyncio.sleep(0)  # a body of a thousand statuses takes milliseconds: let senders on
    channels = await rows.channel_ids(session, sorted(delivery.phone_number_ids))
    ours = [status for status in delivery.statuses if status.phone_number_id in channels]
    people = await recognise(session, _claims(delivery, channels, ours), statuses.passing(ours))
    opened = people.windows + await inbound.keep(session, delivery.inbound, channels, people)
    if delivery.statuses:
        await statuses.keep(session, delivery.statuses, people)
    if delivery.preferences:
        await _prefer(session, delivery.preferences)
    for change in delivery.changes:
        await _change(session, change)
    if channels:
        await deliveries.seen(session, sorted(channels))
    return opened


def _claims(
    delivery: Delivery, channels: Mapping[str, UUID], ours: Sequence[Status]
) -> list[Claim]:
    return [
        *(item.claim for item in delivery.inbound if item.phone_number_id in channels),
        *(preference.claim for preference in delivery.preferences),
        *delivery.claims,
        *(claim for status in ours if (claim := statuses.claim_of(status)) is not None),
    ]


async def _prefer(session: AsyncSession, preferences: Sequence[Preference]) -> None:
    keys = [phone.key(phone.from_wa_id(p.wa_id)) if p.wa_id else None for p in preferences]
    latest = {key or p.bsuid: (key, p) for key, p in zip(keys, preferences, strict=True)}
    await rows.set_preferences(
        session,
        [key for key, _ in latest.values()],
        [p.bsuid for _, p in latest.values()],
        [p.stopped for _, p in latest.values()],
        [p.at for _, p in latest.values()],
    )


async def _change(session: AsyncSession, change: Change) -> None:
    """Template and number news; a field we do not know stays in the event log and changes nothing."""
    if "template" in change.field:
        await template_webhooks.apply(session, change.account_id, change.field, dict(change.value))
    else:
        await channel_webhooks.apply(session, change.account_id, change.field, dict(change.value))
