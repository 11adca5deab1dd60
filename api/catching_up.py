"""What a page missed while its socket was away, or before it was there."""

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
"""What may have streamed meanwhile, which the journal does not hold."""


async def catch_up(page: Socket, room: str, since: str) -> None:
    """Tell a page what happened in a room after a position; what nobody knows it is to read anew.

    The process that gave the position remembers; another one, or after a restart, looks into the journal.
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
    """What statuses, which know no conversation, call the one of a room."""
    kind, _, thing = room.partition(":")
    conversation_id = parse_id(thing) if kind == Room.CONVERSATION else None
    if conversation_id is None:
        return ""
    async with page.state.reads() as session:
        return await browse.thread(session, conversation_id)
