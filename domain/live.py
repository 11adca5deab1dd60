"""The vocabulary of live pages: the rooms a client can join and the events sent there."""

from enum import StrEnum

from domain.permissions import Permission

ACCESS = "access.changed"
"""Somebody's rights, sessions or tokens changed: their open sockets are checked again."""


class Room(StrEnum):
    """A room: about everything of a kind or, with ``:<id>`` appended, about one thing."""

    DASHBOARD = "dashboard"
    INBOX = "inbox"
    CAMPAIGNS = "campaigns"
    CONTACTS = "contacts"
    TEMPLATES = "templates"
    CHANNELS = "channels"
    CAMPAIGN = "campaign"
    CONVERSATION = "conversation"
    CONTACT = "contact"
    IMPORT = "import"
    CHANNEL = "channel"
    AUTOMATIONS = "automations"
    AUTOMATION = "automation"
    RUN = "run"
    ALERTS = "alerts"

    def of(self, thing: object) -> str:
        """The room about one thing."""
        return f"{self}:{thing}"


WHOLE = {
    Room.DASHBOARD: Permission.DASHBOARD_READ,
    Room.INBOX: Permission.CONVERSATIONS_READ,
    Room.CAMPAIGNS: Permission.CAMPAIGNS_READ,
    Room.CONTACTS: Permission.CONTACTS_READ,
    Room.TEMPLATES: Permission.TEMPLATES_READ,
    Room.CHANNELS: Permission.CHANNELS_READ,
    Room.AUTOMATIONS: Permission.AUTOMATIONS_READ,
    Room.ALERTS: Permission.SIGNED_IN,
}
"""Rooms about everything of a kind, with the permission needed to listen."""

SINGLE = {
    Room.CAMPAIGN: Permission.CAMPAIGNS_READ,
    Room.CONVERSATION: Permission.CONVERSATIONS_READ,
    Room.CONTACT: Permission.CONTACTS_READ,
    Room.IMPORT: Permission.CONTACTS_WRITE,
    Room.CHANNEL: Permission.CHANNELS_READ,
    Room.AUTOMATION: Permission.AUTOMATIONS_READ,
    Room.RUN: Permission.AUTOMATIONS_READ,
}
"""Rooms about one thing, with the permission needed to listen."""

TICKING = (Room.CAMPAIGN, Room.IMPORT, Room.DASHBOARD, Room.AUTOMATION)
"""Rooms with rapid repeats of equal events: pages get a few per second, always including the last."""


EVERY = "*"
"""In place of an id: all rooms of a kind, for changes to more things than can be named."""


def every(room: str) -> str:
    """The name for all rooms of this one's kind."""
    return f"{room.partition(':')[0]}:{EVERY}"


def thread_of(channel_id: object, contact_id: object) -> str:
    """Sent about a conversation by code that knows only its channel and contact."""
    return f"thread:{channel_id}:{contact_id}"


def moved_thread(thread: str, contact_id: object) -> str:
    """The room after its contact was merged into another."""
    return thread_of(thread.split(":")[1], contact_id)


class Event(StrEnum):
    """Events sent to a page; the first four are the specification's."""

    NEW_MESSAGE = "new_message"
    MESSAGE_STATUS = "message_status"
    CONVERSATION_UPDATE = "conversation_update"
    USER_ACTIVITY = "user_activity"

    WINDOW_EXPIRED = "window_expired"
    CAMPAIGN_UPDATE = "campaign_update"
    CAMPAIGN_PROGRESS = "campaign_progress"
    FILE_PROGRESS = "file_progress"
    IMPORT_UPDATE = "import_update"
    CONTACT_UPDATE = "contact_update"
    CHANNEL_UPDATE = "channel_update"
    TEMPLATE_UPDATE = "template_update"
    AUTOMATION_UPDATE = "automation_update"
    RUN_UPDATE = "run_update"
    ALERT_UPDATE = "alert_update"
    ALERT_SEEN = "alert_seen"


class FromPage(StrEnum):
    """Messages from a page; the first five are the specification's."""

    JOIN_CONVERSATION = "join_conversation"
    SEND_MESSAGE = "send_message"
    MARK_READ = "mark_read"
    TYPING_START = "typing_start"
    TYPING_STOP = "typing_stop"

    JOIN = "join"
    LEAVE = "leave"
    PING = "ping"
