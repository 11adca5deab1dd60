"""What a page missed while its socket was disconnected, or before it connected."""

from api.live import RESYNC
from api.positions import Position, entry_events
from api.sockets import Socket
from domain.ids import parse_id
from domain.live import Event, Room, every
from services import journal
from services.conversations import browse

TICKS = {
    Room.CAMPAIGN: Event.CAMPAIGN_PROGRESS,
    Room.IMPORT: Event.IMPORT_UPDATE,
    Room.CONVERSATION: Event.MESSAGE_STATUS,
}
"""Events that may have streamed in the meantime, which are not in the journal."""


async def catch_up(page: Socket, room: str, since: str) -> None:
    """Tell a page what happened in a room after a position; if unknown, to reload it.

    The process that issued the position remembers; another one, or after a restart, reads the journal.
    """
    position = Position.parse(since)
    if position is None:
        page.send(RESYNC)
        return
    if page.state.hub.recall(page.client, room, await thread_of(page, room), position):
        return
    async with page.state.reads() as session:
        missed = await journal.missed(session, position.xmin) if position.xmin else None
    if missed is None:
        page.send(RESYNC)
        return
    for entry in missed:
        for event in entry_events(entry):
            if event["room"] in (room, every(room)):
                page.send({**event, "room": room})
    tick = TICKS.get(Room(room.partition(":")[0]))
    if tick is not None:
        page.send({"event": tick.value, "room": room})


async def thread_of(page: Socket, room: str) -> str:
    """The name that statuses, which do not know conversations, use for a room's conversation."""
    kind, _, thing = room.partition(":")
    conversation_id = parse_id(thing) if kind == Room.CONVERSATION else None
    if conversation_id is None:
        return ""
    async with page.state.reads() as session:
        return await browse.thread(session, conversation_id)
