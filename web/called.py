"""The names the inbox shows for a conversation and for the members of a group."""

from typing import Protocol

from web import filters
from web.i18n import gettext


class Conversation(Protocol):
    """The parts of a conversation's name."""

    @property
    def contact_name(self) -> str: ...
    @property
    def contact_phone(self) -> str | None: ...
    @property
    def group_id(self) -> str | None: ...
    @property
    def group_mark(self) -> str: ...


def called(conversation: Conversation) -> str:
    """The name, or else the number; for an unnamed group, the end of its id."""
    _ = gettext
    if conversation.contact_name:
        return conversation.contact_name
    if conversation.group_id is None:
        return filters.phone(conversation.contact_phone)
    return _("WhatsApp group …%(mark)s") % {"mark": conversation.group_mark}


def person(name: str) -> str:
    """A name unchanged; a number in its place formatted as a phone number."""
    return filters.phone(name) if name[:1] == "+" and name[1:].isdecimal() else name
