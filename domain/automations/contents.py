"""What a node of an automation can say: the kinds of WhatsApp messages, with variables in their texts.

Every field has a default, so that a half-drawn node is a node; ``problems`` says what is missing. Texts may hold
variables such as ``{{contact.name|there}}`` (``domain.automations.texts``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text; ``preview`` shows a card for its first link."""

    kind: Literal["text"] = "text"
    text: str = ""
    preview: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file from a public https link, or of this installation (``domain.outgoing_files.FileLink``)."""

    kind: Literal["image", "video", "audio", "document", "sticker"] = "image"
    link: str = ""
    caption: str = ""
    filename: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A reply button; ``id`` names its branch and never changes."""

    id: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """A text with up to three reply buttons."""

    kind: Literal["buttons"] = "buttons"
    text: str = ""
    header: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a list; ``id`` names its branch and never changes."""

    id: str = ""
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A text with a button that opens up to ten rows."""

    kind: Literal["list"] = "list"
    text: str = ""
    header: str = ""
    footer: str = ""
    button: str = ""
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A text with a button that opens a page."""

    kind: Literal["link"] = "link"
    text: str = ""
    header: str = ""
    footer: str = ""
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place on the map, in decimal degrees."""

    kind: Literal["location"] = "location"
    latitude: str = ""
    longitude: str = ""
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A contact card."""

    kind: Literal["contact"] = "contact"
    name: str = ""
    phone: str = ""
    email: str = ""
    organization: str = ""


Content = Text | Media | Buttons | List | Link | Location | Card

KINDS: Mapping[str, type[Content]] = {
    "text": Text,
    "image": Media,
    "video": Media,
    "audio": Media,
    "document": Media,
    "sticker": Media,
    "buttons": Buttons,
    "list": List,
    "link": Link,
    "location": Location,
    "contact": Card,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a customer can tap, or type, to answer."""

    id: str
    title: str


class Limits:
    """WhatsApp's limits, in characters unless they count things."""

    TEXT: ClassVar[int] = 4096
    INTERACTIVE_TEXT: ClassVar[int] = 1024
    LIST_TEXT: ClassVar[int] = 4096
    CAPTION: ClassVar[int] = 1024
    HEADER: ClassVar[int] = 60
    FOOTER: ClassVar[int] = 60
    BUTTON_TITLE: ClassVar[int] = 20
    BUTTONS: ClassVar[int] = 3
    ROW_TITLE: ClassVar[int] = 24
    ROW_DESCRIPTION: ClassVar[int] = 72
    ROWS: ClassVar[int] = 10
    MESSAGES: ClassVar[int] = 5
    """The most messages one node sends in sequence."""


def choices(content: Content | None) -> tuple[Choice, ...]:
    """The buttons or rows of a message, in order."""
    match content:
        case Buttons():
            return tuple(Choice(button.id, button.title) for button in content.buttons)
        case List():
            return tuple(Choice(row.id, row.title) for row in content.rows)
        case _:
            return ()
