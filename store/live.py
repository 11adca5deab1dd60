"""Tell open pages that something changed: ids only, delivered when the transaction commits.

The journal tells what happened; these are the ticks of streams, and presence.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.live import ACCESS, Event
from store.together import together

CHANNEL = "live"


async def tick(session: AsyncSession, room: str, event: Event, **ids: str | int) -> None:
    """Send one event to a room; PostgreSQL merges identical ones within a transaction."""
    await together(session, _notify, [_payload(room=room, event=event, **ids)])


async def tick_all(session: AsyncSession, rooms: Sequence[str], event: Event) -> None:
    """Send one event to several rooms."""
    if rooms:
        await together(session, _notify, [_payload(room=room, event=event) for room in rooms])


def event(room: str, event: Event) -> str:
    """The payload of a tick, for statements that send it themselves."""
    return _payload(room=room, event=event)


async def access_changed(session: AsyncSession, user_id: UUID) -> None:
    """Make every process check again, at commit, what this person's open pages may do."""
    await together(session, _notify, [_payload(event=ACCESS, user_id=str(user_id))])


_NOTIFY = text(
    "SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload"
)


async def _notify(session: AsyncSession, told: Sequence[Sequence[str]]) -> Sequence[None]:
    payloads = [payload for some in told for payload in some]
    await session.execute(_NOTIFY, {"channel": CHANNEL, "payloads": payloads})
    return [None] * len(told)


def _payload(**values: str | int) -> str:
    return json.dumps(values, separators=(",", ":"))
