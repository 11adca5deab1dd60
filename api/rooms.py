"""Whether a person may listen in a room."""

from api.security import Principal
from domain.errors import Forbidden
from domain.ids import parse_id
from domain.live import SINGLE, WHOLE, Room


def check_room(principal: Principal, room: str) -> None:
    """Raise Forbidden unless the room exists and this person may see what it is about."""
    name, colon, thing = room.partition(":")
    rooms = SINGLE if colon else WHOLE
    permission = rooms.get(Room(name)) if name in set(Room) else None
    if permission is None or (colon and parse_id(thing) is None):
        raise Forbidden("room_unknown", "There is no such room, or you may not listen in it.")
    principal.require(permission)
