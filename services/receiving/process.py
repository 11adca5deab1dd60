"""Process waiting webhook deliveries: claim, apply, mark done, all in one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from domain.webhooks import Reason, outcome_of
from services.receiving import scope
from services.receiving.applying import Application, Origins, logged
from services.receiving.effects import Tally
from services.receiving.known import Known, Pair
from store.receiving import deliveries, marks, objects
from store.receiving.deliveries import WaitingEvent
from store.receiving.objects import LoggedObject
from whatsapp.pieces import Frame, Piece, take_apart
from whatsapp.webhooks import Malformed

LARGEST_BATCH = 20


@dataclass(slots=True)
class Processed:
    """How many deliveries a transaction took, whether more may wait for the next one, and numbers and ids found to be
    one person's.
    """

    taken: int = 0
    more: bool = False
    tied: list[Pair] = field(default_factory=list)
    spoken: bool = False
    """Customers wrote something."""
    late: frozenset[int] = frozenset()
    """Deliveries that did not fit into the transaction."""


async def process(
    session: AsyncSession, limit: int = LARGEST_BATCH, skip: Collection[int] = ()
) -> Processed:
    """Claim the oldest deliveries and process them."""
    return await take(session, await deliveries.claim(session, limit, skip))


async def take(
    session: AsyncSession,
    events: Sequence[WaitingEvent],
    known: Known | None = None,
    *,
    again: bool = False,
) -> Processed:
    """Process a batch together; what fails by its own fault is found by halving and set aside.

    ``known`` are recently found people, who need no look-up; add ``tied`` after the commit. ``again``: these were
    processed before, so nobody was heard from. Raises only when the database is unavailable or this batch did not get
    through.
    """
    result = Processed(taken=len(events))
    if events:
        await deliveries.by_index(session)
        await _take(session, events, result, known or Known(), again)
    return result


async def _take(
    session: AsyncSession,
    events: Sequence[WaitingEvent],
    result: Processed,
    known: Known,
    again: bool,
) -> None:
    taken: list[Piece] = []
    origins: dict[Frame, WaitingEvent] = {}
    dead: set[int] = set()
    for event in events:
        try:
            pieces = take_apart(event.body, event.received_at)
        except Malformed:
            dead.add(event.id)
            await deliveries.dead(session, event.id, Reason.NOT_JSON)
        else:
            taken += pieces
            origins |= dict.fromkeys({piece.frame for piece in pieces}, event)
        await asyncio.sleep(
            0
        )  # a body with a thousand statuses takes milliseconds: let senders run
    places = scope.Places(await deliveries.places(session))
    ours, log = _sorted(taken, origins, places)
    result.spoken = any(piece.frame.key == "messages" for piece in ours)
    tally = Tally(events)
    application = Application(session, origins, places.channels, result.tied, log, known, tally)
    left = await application.run(ours)
    for event_id, until in application.waiting.items():
        await deliveries.later(session, event_id, until)
    result.late = frozenset(left - application.waiting.keys())
    # The rest is processed again as a whole, and logged when done.
    await objects.keep(session, [one for one in log if one.event_id not in left])
    for piece in taken:
        tally.met(origins[piece.frame].id, piece)
    for line in log:
        tally.did(line.event_id, outcome_of(line.reason))
    done = [event.id for event in events if event.id not in dead and event.id not in left]
    numbers = {piece.frame.phone_number_id for piece in ours}
    await _finish(session, tally, done, set() if again else numbers - {""}, again)


async def _finish(
    session: AsyncSession, tally: Tally, done: Sequence[int], heard: Collection[str], again: bool
) -> None:
    """Mark deliveries as processed, with what is told of them in the log."""
    told = tally.told(done)
    await deliveries.done(session, told, heard)
    if told and not again:
        await marks.add(session, tally.marks(told))


def _sorted(
    taken: Sequence[Piece], origins: Origins, places: scope.Places
) -> tuple[list[Piece], list[LoggedObject]]:
    """What may be applied, and log entries for what may not or is only recorded."""
    ours: list[Piece] = []
    refusals: dict[Frame, Reason | None] = {}
    strange: defaultdict[Frame, list[Piece]] = defaultdict(list)
    log = []
    for piece in taken:
        frame = piece.frame
        if piece.items:
            if frame not in refusals:  # all objects in a list are about one number
                refusals[frame] = places.refuses(piece, origins[frame].signed_for)
            if refusals[frame] is not None:
                strange[frame].append(piece)
                continue
            ours.append(piece)
        if piece.note is not None:
            log.append(logged([piece], origins[frame], piece.note))
    for frame, pieces in strange.items():
        if (reason := refusals[frame]) is not None:
            log.append(logged(pieces, origins[frame], reason))
    return ours, log
