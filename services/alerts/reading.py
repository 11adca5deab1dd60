"""Alerts as one person sees them: those about what they may see, and what they did with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain import cursors
from domain.alerts.kinds import Alert, AlertKind
from domain.errors import NotFound
from domain.ids import parse_id
from domain.live import Event, Room
from domain.permissions import Permission
from domain.system import Tone
from store import alerts, live

MOST_OPEN = 200
NEWEST = datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose alerts are read."""

    user_id: UUID
    permissions: Collection[Permission]

    @property
    def kinds(self) -> frozenset[AlertKind]:
        """The kinds this person is told about."""
        return frozenset(kind for kind in AlertKind if kind.sees in self.permissions)


@dataclass(frozen=True, slots=True)
class Open:
    """The open alerts, the worst first; those that this person dismissed are apart."""

    shown: Sequence[Alert]
    dismissed: Sequence[Alert]

    @property
    def new(self) -> int:
        """How many this person has not seen."""
        return sum(one.is_new for one in self.shown)

    @property
    def worst(self) -> Tone:
        """How bad it is."""
        return next(
            (tone for tone in Tone if any(one.due.kind.tone is tone for one in self.shown)), Tone.OK
        )


@dataclass(frozen=True, slots=True)
class Past:
    """A page of alerts that are over; ``next_cursor`` is "" on the last one."""

    items: Sequence[Alert]
    next_cursor: str


async def opened(session: AsyncSession, reader: Reader) -> Open:
    """The open alerts."""
    found = await alerts.list_open(session, reader.user_id, reader.kinds, MOST_OPEN)
    order = list(Tone)
    found.sort(key=lambda one: order.index(one.due.kind.tone))
    return Open(
        [one for one in found if not one.is_dismissed], [one for one in found if one.is_dismissed]
    )


async def past(session: AsyncSession, reader: Reader, cursor: str = "", limit: int = 50) -> Past:
    """Alerts that are over, the last one first."""
    before = _before(cursor)
    found = await alerts.list_cleared(session, reader.user_id, reader.kinds, before, limit)
    last = found[-1] if len(found) == limit else None
    key = (last.cleared_at.isoformat(), str(last.id)) if last and last.cleared_at else None
    return Past(found, cursors.encode(key) if key else "")


def _before(cursor: str) -> tuple[datetime, UUID]:
    key = cursors.decode(cursor, 2)
    if not key:
        return NEWEST
    id_ = parse_id(key[1])
    try:
        at = datetime.fromisoformat(key[0])
    except ValueError:
        raise cursors.wrong() from None
    if id_ is None or at.tzinfo is None:
        raise cursors.wrong()
    return at, id_


async def see(session: AsyncSession, reader: Reader, ids: Sequence[UUID]) -> None:
    """This person has seen these; their other pages hear about it."""
    if await alerts.mark_seen(session, reader.user_id, reader.kinds, ids):
        await live.tick(session, Room.ALERTS, Event.ALERT_SEEN)


async def dismiss(
    session: AsyncSession, reader: Reader, alert_id: UUID, *, dismissed: bool = True
) -> None:
    """Leave an alert out of this person's list until it is raised again, or take that back; raises NotFound."""
    kinds, user_id = reader.kinds, reader.user_id
    if not await alerts.dismiss(session, user_id, kinds, alert_id, dismissed=dismissed):
        raise NotFound("alert_gone")
    await live.tick(session, Room.ALERTS, Event.ALERT_UPDATE)
