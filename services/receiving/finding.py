"""The webhook log: deliveries by what they mention, one of them with its objects, and rejected ones as counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.errors import NotFound
from domain.masking import HIDDEN, masked
from domain.webhook_log import DeliveryFilter, DeliveryLine, RejectedMinute
from domain.webhooks import LogLine
from services.receiving.effects import kind_of
from store.receiving import about, deliveries, finding, log
from store.receiving.about import MessageRef, Named, RunRef
from whatsapp import bodies
from whatsapp.pieces import Piece, take_apart
from whatsapp.webhooks import Inbound, Malformed, Status

SHOWN_BYTES = 200_000
MOST_OBJECTS = 100
MOST_REPEATS = 20
MOST_LINES = 100
NEWEST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of deliveries; ``next_cursor`` is "" on the last one."""

    lines: list[DeliveryLine]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ObjectView:
    """One object of a delivery, the message it is about, and the runs that this concerns.

    ``person`` is who WhatsApp says it is about.
    """

    kind: str
    at: datetime | None
    wamid: str
    person: str
    message: MessageRef | None
    runs: Sequence[RunRef]


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery with its objects (``count`` in all), those without effect, and its body."""

    line: DeliveryLine
    count: int
    objects: list[ObjectView]
    lines: list[LogLine]
    repeats: list[datetime]
    raw: str


@dataclass(frozen=True, slots=True)
class RejectedPage:
    """A page of counts of rejected deliveries."""

    minutes: list[RejectedMinute]
    next_cursor: str


async def page(
    session: AsyncSession, wanted: DeliveryFilter, *, cursor: str = "", limit: int = 50
) -> DeliveryPage:
    """Deliveries that match, newest first; raises Invalid for a cursor that is not one of ours."""
    found = await finding.page(session, wanted, _before(cursor), limit)
    return DeliveryPage(
        found.lines, "" if found.before is None else cursors.encode((str(found.before),))
    )


def _before(cursor: str) -> int | None:
    key = cursors.decode(cursor, 1)
    if key is None:
        return None
    if not (key[0].isascii() and key[0].isdecimal() and len(key[0]) < 20):
        raise cursors.wrong()
    return min(int(key[0]), finding.LARGEST_ID)


async def names(session: AsyncSession) -> dict[UUID, str]:
    """The names of numbers, removed ones too, as they signed."""
    return await about.channels(session)


async def delivery(session: AsyncSession, id_: int, *, personal: bool) -> DeliveryView:
    """A delivery; without ``personal``, what people wrote and who they are is hidden. Raises NotFound once it expired."""
    found = await finding.one(session, id_)
    if found is None:
        raise NotFound("webhook_gone")
    line, body = found
    pieces = _pieces(body, line.received_at)
    places = {place.phone_number_id: place.channel_id for place in await deliveries.places(session)}
    return DeliveryView(
        line,
        len(pieces),
        await _objects(session, pieces[:MOST_OBJECTS], places, personal=personal),
        await log.of_event(session, id_, MOST_LINES),
        await finding.repeats(session, id_, MOST_REPEATS),
        shown(body, personal=personal),
    )


def _pieces(body: bytes, at: datetime) -> list[Piece]:
    try:
        return take_apart(body, at)
    except Malformed:
        return []


async def _objects(
    session: AsyncSession, pieces: Sequence[Piece], places: Mapping[str, UUID], *, personal: bool
) -> list[ObjectView]:
    named = [_named(piece, places) for piece in pieces]
    refs = await about.messages(session, named)
    runs = await about.runs(session, [ref.id for ref in refs.values()]) if refs else {}
    return [
        _view(piece, named[place].wamid, refs.get(place), runs, personal=personal)
        for place, piece in enumerate(pieces)
    ]


def _named(piece: Piece, places: Mapping[str, UUID]) -> Named:
    item = next((one for one in piece.items if isinstance(one, Inbound | Status)), None)
    if isinstance(item, Status):
        return Named(item.message_id, None, item.wamid)
    if item is not None:
        return Named(None, places.get(item.phone_number_id), item.wamid)
    wamid = piece.raw.get("id") if piece.frame.key and isinstance(piece.raw, dict) else None
    return Named(None, None, bodies.clean(wamid) if isinstance(wamid, str) else "")


def _view(
    piece: Piece,
    wamid: str,
    ref: MessageRef | None,
    runs: Mapping[UUID, Sequence[RunRef]],
    *,
    personal: bool,
) -> ObjectView:
    item = next((one for one in piece.items if isinstance(one, Inbound | Status)), None)
    person = ""
    if isinstance(item, Status):
        person = item.wa_id or item.bsuid or ""
    elif item is not None:
        person = item.claim.phone or next(iter(item.claim.users), "")
    if not personal:
        person = HIDDEN if person else ""
        wamid = str(masked(wamid, "id")) if wamid else ""
    concerned = runs.get(ref.id, ()) if ref else ()
    return ObjectView(kind_of(piece), item.at if item else None, wamid, person, ref, concerned)


def shown(body: bytes, *, personal: bool) -> str:
    """A body, formatted if it is JSON; without ``personal`` only its structure and technical values."""
    try:
        value = bodies.read(body)
        text = orjson.dumps(
            value if personal else masked(value), option=orjson.OPT_INDENT_2
        ).decode()
    except (ValueError, RecursionError, TypeError):
        text = bodies.clean(body.decode("utf-8", "replace")) if personal else HIDDEN
    return text if len(text) <= SHOWN_BYTES else text[:SHOWN_BYTES] + "…"


async def rejected(session: AsyncSession, *, cursor: str = "", limit: int = 50) -> RejectedPage:
    """How many deliveries were rejected, by minute and reason, newest first."""
    rows = await finding.rejected(session, _minute(cursor), limit)
    minutes = [RejectedMinute(row.minute, row.reason, row.count) for row in rows]
    last = minutes[-1] if len(minutes) == limit else None
    after = cursors.encode((last.minute.isoformat(), last.reason)) if last else ""
    return RejectedPage(minutes, after)


def _minute(cursor: str) -> tuple[datetime, str]:
    key = cursors.decode(cursor, 2)
    if key is None:
        return NEWEST, ""
    try:
        at = datetime.fromisoformat(key[0])
    except ValueError:
        raise cursors.wrong() from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), key[1].replace("\x00", "")
