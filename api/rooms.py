"""Which live rooms exist and what a person needs to listen in one."""

from api.security import Principal
from domain.errors import Forbidden
from domain.ids import parse_id
from domain.permissions import Permission

WHOLE = {
    "dashboard": Permission.DASHBOARD_READ,
    "inbox": Permission.CONVERSATIONS_READ,
    "campaigns": Permission.CAMPAIGNS_READ,
    "contacts": Permission.CONTACTS_READ,
    "templates": Permission.TEMPLATES_READ,
    "channels": Permission.CHANNELS_READ,
    "webhooks": Permission.WEBHOOKS_READ,
}
"""Rooms about everything of a kind."""

SINGLE = {
    "campaign": Permission.CAMPAIGNS_READ,
    "conversation": Permission.CONVERSATIONS_READ,
    "contact": Permission.CONTACTS_READ,
    "import": Permission.CONTACTS_WRITE,
    "channel": Permission.CHANNELS_READ,
    "thread": Permission.CONVERSATIONS_READ,
}
"""Rooms about one thing: ``campaign:<id>``; a thread is named by ``<channel id>:<contact id>``."""


def check_room(principal: Principal, room: str) -> None:
    """Raise Forbidden unless the room exists and this person may see what it is about."""
    kind, colon, thing = room.partition(":")
    permission = SINGLE.get(kind) if colon else WHOLE.get(kind)
    ids = [parse_id(part) for part in thing.split(":")]
    wanted = 2 if kind == "thread" else 1
    if permission is None or (colon and (None in ids or len(ids) != wanted)):
        raise Forbidden("room_unknown")
    principal.require(permission)
