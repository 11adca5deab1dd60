"""Apply objects of deliveries together; what fails by its own fault is found by halving, and set aside."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import DOCUMENTED_FIELDS, Reason
from services.channels import webhooks as channel_webhooks
from services.receiving import inbound, preferences, scope, statuses, wishes
from services.receiving.effects import Effect, Tally
from services.receiving.known import Known, Pair
from services.receiving.people import People, recognise
from services.templates import webhooks as template_webhooks
from store import faults
from store.receiving import objects
from store.receiving.deliveries import WaitingEvent
from store.receiving.objects import LoggedObject
from whatsapp.pieces import Delivery, Frame, Piece, body_of
from whatsapp.webhooks import Change

LONGEST_SEARCH_S = 3.0
"""A search for bad objects ends its transaction after this; the next one takes the rest."""

Origins = Mapping[Frame, WaitingEvent]
"""The delivery that each list of objects came from."""


def logged(
    pieces: Sequence[Piece], event: WaitingEvent, reason: Reason, error: str = ""
) -> LoggedObject:
    """Some objects of one list as log entries; replayed, they are a delivery."""
    frame = pieces[0].frame
    return LoggedObject(
        event_id=event.id,
        signed_for=event.signed_for,
        phone_number_id=frame.phone_number_id,
        field=frame.field[: objects.FIELD_LIMIT],
        kind=pieces[0].kind,
        reason=reason,
        error=error,
        count=len(pieces),
        body=body_of(pieces),
        received_at=event.received_at,
    )


class Application:
    """Applies objects together; halves what fails until only the faulty one is left.

    ``waiting`` are deliveries about people whose deletion can still be undone, with the time until then.
    """

    def __init__(
        self,
        session: AsyncSession,
        origins: Origins,
        channels: Mapping[str, UUID],
        tied: list[Pair],
        log: list[LoggedObject],
        known: Known,
        tally: Tally,
    ) -> None:
        self._session, self._origins, self._channels = session, origins, channels
        self._tied, self._log, self._known, self._tally = tied, log, known, tally
        self._parts: list[list[Piece]] = []  # the next one is last
        self.waiting: dict[int, datetime] = {}

    async def run(self, ours: list[Piece]) -> set[int]:
        """The deliveries that were not finished in time; at least the first one always is."""
        until = time.monotonic() + LONGEST_SEARCH_S
        first = self._event(ours[0]).id if ours else None
        self._parts += [ours] if ours else []
        while self._parts:
            if time.monotonic() > until and self._event(self._parts[-1][0]).id != first:
                late = {self._event(piece).id for part in self._parts for piece in part}
                return late.union(self.waiting)
            await self._attempt(self._parts.pop())
        return set(self.waiting)

    def _event(self, piece: Piece) -> WaitingEvent:
        return self._origins[piece.frame]

    async def _attempt(self, part: list[Piece]) -> None:
        tied: list[Pair] = []
        effect = Effect()
        try:
            async with self._session.begin_nested():
                ignored = await self._apply(part, tied, effect)
        except faults.Undecided as waits:
            if len(part) > 1:
                self._halve(part)
            else:
                event_id = self._event(part[0]).id
                self.waiting[event_id] = max(waits.until, self.waiting.get(event_id, waits.until))
            return
        except Exception as error:
            if faults.is_away(error):
                raise
            self._divide(part, error)
            return
        self._tied.extend(tied)
        for piece in ignored:
            reason = _why_ignored(piece.frame.field)
            self._log.append(logged([piece], self._event(piece), reason))
        idle = set(map(id, ignored))
        for piece in part:
            if id(piece) not in idle:
                self._tally.did(self._event(piece).id, effect.of(piece))

    def _divide(self, part: list[Piece], error: Exception) -> None:
        if len(part) > 1:
            self._halve(part)
        else:
            cause = f"{type(error).__name__} {faults.sqlstate(error)}".strip()
            self._log.append(logged(part, self._event(part[0]), Reason.NOT_APPLIED, cause))

    def _halve(self, part: list[Piece]) -> None:
        middle = len(part) // 2
        self._parts += [part[middle:], part[:middle]]

    async def _apply(self, part: Sequence[Piece], tied: list[Pair], effect: Effect) -> list[Piece]:
        """Apply some objects; returns those that named nothing of ours."""
        tied += await _apply(self._session, Delivery.of(part), self._channels, self._known, effect)
        return [
            piece
            for piece in part
            if not piece.frame.key
            for change in piece.items
            if isinstance(change, Change)
            and not await _change(self._session, change, piece.frame, self._event(piece))
        ]


def _why_ignored(field: str) -> Reason:
    if field in template_webhooks.FIELDS or field in channel_webhooks.FIELDS:
        return Reason.NO_EFFECT
    return Reason.NOT_USED if field in DOCUMENTED_FIELDS else Reason.UNKNOWN_FIELD


async def _apply(
    session: AsyncSession,
    delivery: Delivery,
    channels: Mapping[str, UUID],
    known: Known,
    effect: Effect,
) -> list[Pair]:
    """Store what a delivery contains; returns numbers and ids now known as one person's."""
    people = await _people(session, delivery, channels, known)
    await inbound.keep(session, delivery.inbound, channels, people, effect)
    if delivery.inbound:
        await wishes.obey(session, delivery.inbound, channels)
    if delivery.statuses:
        await statuses.keep(session, delivery.statuses, channels, people, effect)
    if delivery.preferences:
        await preferences.keep(session, delivery.preferences, people)
    return people.tied


async def _people(
    session: AsyncSession, delivery: Delivery, channels: Mapping[str, UUID], known: Known
) -> People:
    """Identities come first: two objects in one delivery may be about one person."""
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
    frame: Frame,
    event: WaitingEvent,
) -> bool:
    """Apply a template or number update; returns whether it changed anything. Without a time, its delivery's counts.

    The account is the one whose secret was checked: a body can name two.
    """
    account_id, value = scope.account_of(frame), dict(change.value)
    at = change.at or event.received_at
    if "template" in change.field:
        return await template_webhooks.apply(session, account_id, change.field, value, at)
    return await channel_webhooks.apply(
        session, account_id, change.field, value, at, only=event.signed_for
    )
