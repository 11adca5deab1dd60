"""Parts of customers' messages beyond text: orders, forms, choices, cards, notices."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

MOST_LINES = 100
"""The most items of an order or answers of a form that are shown."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One line of an order; ``price`` is per piece, None when Meta sent none."""

    product: str
    quantity: int | Decimal
    price: Decimal | None
    currency: str

    @property
    def total(self) -> Decimal | None:
        """The price of the whole line."""
        return None if self.price is None else self.price * self.quantity


@dataclass(frozen=True, slots=True)
class Order:
    """A cart filled from a catalogue."""

    shape: ClassVar = "order"

    items: tuple[OrderItem, ...]
    note: str

    @property
    def totals(self) -> dict[str, Decimal]:
        """Totals by currency; empty when a price is missing."""
        sums: dict[str, Decimal] = {}
        for item in self.items:
            if item.total is None:
                return {}
            sums[item.currency] = sums.get(item.currency, Decimal(0)) + item.total
        return sums

    @property
    def text(self) -> str:
        """The order in one line, with the note below it."""
        lines = [f"{item.quantity} \N{MULTIPLICATION SIGN} {item.product}" for item in self.items]
        return "\n".join(filter(None, [", ".join(lines[:MOST_LINES]), self.note]))


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """A completed form (Flow) or address: every field with its answer; ``raw`` when it is not JSON."""

    shape: ClassVar = "form"

    name: str
    answers: tuple[tuple[str, str], ...]
    raw: str = ""

    @property
    def text(self) -> str:
        """A line for each field."""
        return "\n".join(f"{name}: {said}" for name, said in self.answers) or self.raw


@dataclass(frozen=True, slots=True)
class Choice:
    """A tapped button or list row."""

    shape: ClassVar = "choice"

    title: str
    description: str

    @property
    def text(self) -> str:
        """The words on the button."""
        return self.title


@dataclass(frozen=True, slots=True)
class CallPermission:
    """Whether we may call; ``until`` is None for always or unknown."""

    shape: ClassVar = "call"

    allowed: bool
    until: datetime | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """WhatsApp's own notice about the customer, such as a new number (``phone``, where it names it)."""

    shape: ClassVar = "notice"

    kind: str
    text: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A message that WhatsApp does not pass on: its kind, and the error text."""

    shape: ClassVar = "unsupported"

    kind: str
    code: int | None
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A shared contact."""

    name: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """Shared contacts."""

    shape: ClassVar = "cards"

    cards: tuple[Card, ...]

    @property
    def text(self) -> str:
        """The names."""
        return ", ".join(filter(None, (card.name for card in self.cards)))


@dataclass(frozen=True, slots=True)
class Place:
    """A shared location; the coordinates as Meta wrote them."""

    shape: ClassVar = "place"
    latitude: str
    longitude: str
    name: str
    address: str

    @property
    def text(self) -> str:
        """The name of the place, or else its coordinates."""
        where = f"{self.latitude}, {self.longitude}" if self.latitude else ""
        return self.name or self.address or where


Part = Place | Order | FormAnswer | Choice | CallPermission | Notice | Unsupported | Cards


@dataclass(frozen=True, slots=True)
class CameFrom:
    """Where the customer came from: an ad, a post, a product; whether the message was forwarded."""

    ad: str = ""
    ad_text: str = ""
    ad_url: str = ""
    ad_kind: str = ""
    product: str = ""
    forwarded: str = ""  # once, often
    errors: tuple[str, ...] = field(default=())
