"""Process waiting webhook deliveries: claim, apply, mark done, all in one transaction."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import DOCUMENTED_FIELDS, Reason
from services.channels import webhooks as channel_webhooks
from services.receiving import inbound, preferences, scope, statuses, wishes
from services.receiving.following import Following, Processed
from services.receiving.known import Known
from services.receiving.people import People, recognise
from services.templates import webhooks as template_webhooks
from store import faults
from store.receiving import deliveries, objects
from store.receiving import inbound as rows
from store.receiving.deliveries import WaitingEvent
from store.receiving.objects import LoggedObject
from whatsapp.pieces import Delivery, Piece, body_of, take_apart
from whatsapp.webhooks import Change, Malformed

LARGEST_BATCH = 20
LONGEST_SEARCH_S = 3.0
"""A search for poison ends its transaction after this; what it did not reach is taken by the next."""


@dataclass(slots=True, eq=False)
class Taken:
    """One object and the delivery it came in."""

    event: WaitingEvent
    piece: Piece


async def process(
    session: AsyncSession, limit: int = LARGEST_BATCH, skip: Collection[int] = ()
) -> Processed:
    """Claim the oldest deliveries and take them."""
    return await take(session, await deliveries.claim(session, limit, skip))


async def take(
    session: AsyncSession, events: Sequence[WaitingEvent], known: Known | None = None
) -> Processed:
    """Take a batch together; what fails in it by its own fault is found by halving and put aside.

    ``known`` are people found lately, and spares looking for them; add ``tied`` after the commit.

    Raises only what means that the database is away, or that this batch did not get through.
    """
    result = Processed(taken=len(events))
    if events:
        await deliveries.by_index(session)
        await _take(session, events, result, known or Known())
    return result


async def _take(
    session: AsyncSession, events: Sequence[WaitingEvent], result: Processed, known: Known
) -> None:
    taken: list[Taken] = []
    dead: set[int] = set()
    for event in events:
        try:
            taken += [Taken(event, piece) for piece in take_apart(event.body, event.received_at)]
        except Malformed:
            dead.add(event.id)
            await deliveries.dead(session, event.id, Reason.NOT_JSON)
        await asyncio.sleep(0)  # a body of a thousand statuses takes milliseconds: let senders on
    ours, log = await _sorted(session, taken)
    left = await Application(session, ours, result, log, known).run()
    await objects.keep(session, log)
    done = [event.id for event in events if event.id not in dead and event.id not in left]
    await deliveries.done(session, done)


async def _sorted(
    session: AsyncSession, taken: Sequence[Taken]
) -> tuple[list[Taken], list[LoggedObject]]:
    """What may be applied, and the log of what may not or is only for the record."""
    places = scope.Places(await deliveries.places(session))
    ours: list[Taken] = []
    refusals: dict[tuple[int, str], Reason | None] = {}
    strange: dict[tuple[object, ...], list[Taken]] = {}
    log = []
    for item in taken:
        piece = item.piece
        if piece.items:
            place = id(piece.value), piece.key  # all objects of a list are about one number
            if place not in refusals:
                refusals[place] = places.refuses(piece, item.event.signed_for)
            if (reason := refusals[place]) is not None:
                strange.setdefault((reason, *place), []).append(item)
                continue
            ours.append(item)
        if item.piece.note is not None:
            log.append(logged([item], item.piece.note))
    log += [logged(items, Reason(str(key[0]))) for key, items in strange.items()]
    return ours, log


def logged(items: Sequence[Taken], reason: Reason, error: str = "") -> LoggedObject:
    """Some objects of one change as they stand in the log; handed in again, they are a delivery."""
    first = items[0]
    return LoggedObject(
        event_id=first.event.id,
        signed_for=first.event.signed_for,
        phone_number_id=first.piece.phone_number_id,
        field=first.piece.field[: objects.FIELD_LIMIT],
        kind=first.piece.kind,
        reason=reason,
        error=error,
        count=len(items),
        body=body_of([item.piece for item in items]),
        received_at=first.event.received_at,
    )


class Application:
    """Applies objects together; halves what fails until only the one at fault is left."""

    def __init__(
        self,
        session: AsyncSession,
        ours: Sequence[Taken],
        result: Processed,
        log: list[LoggedObject],
        known: Known,
    ) -> None:
        self._session, self._result, self._log, self._known = session, result, log, known
        self._parts = [list(ours)] if ours else []  # the next one is last

    async def run(self) -> set[int]:
        """The deliveries that were not finished in time; at least the first one always is."""
        until = time.monotonic() + LONGEST_SEARCH_S
        first = self._parts[0][0].event.id if self._parts else 0
        while self._parts:
            if time.monotonic() > until and self._parts[-1][0].event.id != first:
                return {item.event.id for part in self._parts for item in part}
            await self._attempt(self._parts.pop())
        return set()

    async def _attempt(self, part: list[Taken]) -> None:
        following = Following()
        try:
            async with self._session.begin_nested():
                ignored = await _apply(self._session, part, following, self._known)
        except Exception as error:
            if faults.is_away(error):
                raise
            self._divide(part, error)
            return
        self._result.join(following)
        for item in part if ignored else ():
            for change in item.piece.items:
                if isinstance(change, Change) and id(change) in ignored:
                    self._log.append(logged([item], _why_ignored(change.field)))

    def _divide(self, part: list[Taken], error: Exception) -> None:
        if len(part) > 1:
            middle = len(part) // 2
            self._parts += [part[middle:], part[:middle]]
        else:
            cause = f"{type(error).__name__} {faults.sqlstate(error)}".strip()
            self._log.append(logged(part, Reason.NOT_APPLIED, cause))


def _why_ignored(field: str) -> Reason:
    if field in template_webhooks.FIELDS or field in channel_webhooks.FIELDS:
        return Reason.NO_EFFECT
    return Reason.NOT_USED if field in DOCUMENTED_FIELDS else Reason.UNKNOWN_FIELD


async def _apply(
    session: AsyncSession, part: Sequence[Taken], following: Following, known: Known
) -> set[int]:
    """Apply some objects; the ``id()`` of changes that changed nothing."""
    delivery = Delivery.of(item.piece for item in part)
    channels = await rows.channel_ids(session, sorted(delivery.phone_number_ids))
    people = await _people(session, delivery, channels, known)
    following.windows += people.windows
    following.tied += people.tied
    following.windows += await inbound.keep(session, delivery.inbound, channels, people)
    if delivery.inbound:
        following.messages += await wishes.obey(session, delivery.inbound, channels)
    if delivery.statuses:
        await statuses.keep(session, delivery.statuses, channels, people)
    if delivery.preferences:
        await preferences.keep(session, delivery.preferences, people)
    ignored = set()
    for item in part:
        for change in () if item.piece.key else item.piece.items:
            if isinstance(change, Change) and not await _change(
                session, change, scope.account_of(item.piece), item.event, following
            ):
                ignored.add(id(change))
    if channels:
        await deliveries.seen(session, sorted(channels))
    return ignored


async def _people(
    session: AsyncSession, delivery: Delivery, channels: Mapping[str, UUID], known: Known
) -> People:
    """Who is who comes before anything else: two objects of one delivery may speak of one person."""
    ours = [status for status in delivery.statuses if status.phone_number_id in channels]
    claims = [
        *(item.claim for item in delivery.inbound if item.phone_number_id in channels),
        *(item.claim for item in delivery.preferences if item.phone_number_id in channels),
        *delivery.claims,
        *(claim for status in ours if (claim := statuses.claim_of(status)) is not None),
    ]
    return await recognise(session, claims, statuses.passing(ours, known))


async def _change(
    session: AsyncSession,
    change: Change,
    account_id: str,
    event: WaitingEvent,
    following: Following,
) -> bool:
    """Template and number news; whether it changed anything. Without a time it is as old as its delivery.

    ``account_id`` is the one whose secret was looked at: a body can name two.
    """
    value, at = dict(change.value), change.at or event.received_at
    if "template" in change.field:
        news = await template_webhooks.apply(session, account_id, change.field, value, at)
        following.syncs += [news.sync] if news.sync else []
        return news.applied or news.sync is not None
    return await channel_webhooks.apply(
        session, account_id, change.field, value, at, only=event.signed_for
    )
