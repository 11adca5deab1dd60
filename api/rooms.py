"""Whether a person may listen in a room."""

from api.security import Principal
from domain.errors import Forbidden
from domain.ids import parse_id
from domain.live import SINGLE, WHOLE, Room


def entered(principal: Principal, name: str) -> str:
    """The room by its canonical name, however its id was written.

    Raises Forbidden unless the room exists and this person may see its subject.
    """
    kind, colon, thing = name.partition(":")
    room, thing_id = Room(kind) if kind in set(Room) else None, parse_id(thing)
    permission = (SINGLE if colon else WHOLE).get(room) if room else None
    if room is None or permission is None or (colon and thing_id is None):
        raise Forbidden("room_unknown")
    principal.require(permission)
    return room.of(thing_id) if colon else room.value
