"""The webhook log: the state of receiving, what had no effect and why, and replaying it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.actors import Actor
from domain.errors import NotFound
from domain.journal import team
from domain.webhooks import LogLine, ObjectState, Standing
from services import journal
from services.receiving.finding import shown
from store.receiving import deliveries, log, objects

SLACK = timedelta(minutes=1)
"""How far WhatsApp's clock and ours may be apart."""

PATIENCE_S = 60
"""A delivery waiting longer than this means that nobody is processing them."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of lines; ``next_cursor`` is "" on the last one."""

    lines: list[LogLine]
    next_cursor: str


async def standing(session: AsyncSession) -> Standing:
    """The current state of receiving."""
    return await log.standing(session)


async def aside_by_number(session: AsyncSession) -> dict[str, int]:
    """How many objects are set aside, by Meta's phone number id."""
    return await log.aside_by_number(session)


async def page(
    session: AsyncSession,
    state: ObjectState,
    *,
    cursor: str = "",
    number: str = "",
    limit: int = 50,
) -> LogPage:
    """Lines in a state, newest first."""
    found = await log.lines(session, state, _after(cursor), number, limit)
    last = found[-1] if len(found) == limit else None
    return LogPage(found, cursors.encode((last.at.isoformat(), str(last.id))) if last else "")


def _after(cursor: str) -> tuple[datetime, int]:
    key = cursors.decode(cursor, 2)
    newest = datetime(9999, 1, 1, tzinfo=UTC), 0
    if not key:
        return newest
    try:
        at, id_ = datetime.fromisoformat(key[0]), int(key[1])
    except ValueError:
        return newest
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), max(0, min(id_, 2**63 - 1))


async def raw(session: AsyncSession, id_: int, *, personal: bool) -> str:
    """An object's body; without ``personal``, masked. Raises NotFound once it has expired."""
    body = await log.body(session, id_)
    if body is None:
        raise NotFound("webhook_gone")
    return shown(body, personal=personal)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as received, formatted if it is JSON."""

    id: int
    received_at: datetime
    raw: str


async def delivery(
    session: AsyncSession, wamid: str | None, written_at: datetime, *, personal: bool
) -> Delivery | None:
    """The delivery that brought a message, which was written then; without ``personal``, masked: it may be about others,
    too. None once it has expired, and for a message that was not delivered by WhatsApp.
    """
    found = await log.delivery(session, wamid, written_at - SLACK) if wamid else None
    if found is None:
        return None
    return Delivery(found.id, found.received_at, shown(found.body, personal=personal))


async def replay(session: AsyncSession, source: str, id_: int, *, actor: Actor) -> None:
    """Replay a line as a delivery; what was already applied changes nothing."""
    again = deliveries.replay if source == "delivery" else objects.replay
    fact = team.DeliveryReplayed if source == "delivery" else team.ObjectReplayed
    if not await again(session, id_, id_):
        raise NotFound("webhook_gone")
    await journal.note(session, actor, fact(webhook_id=id_))
