"""Splits webhook bodies into objects, each read on its own so that a bad one never affects others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from domain.identity import Claim
from domain.webhooks import KIND_LIMIT, Reason
from whatsapp import bodies
from whatsapp.bodies import clean
from whatsapp.people import Card, cards_of, updated
from whatsapp.webhooks import (
    KNOWN_KINDS,
    STATUSES,
    Change,
    Inbound,
    Malformed,
    Preference,
    Status,
    identifier,
    inbound_of,
    moment,
    objects,
    preference_of,
    status_of,
)

Item = Inbound | Status | Preference | Change | Claim


@dataclass(slots=True, eq=False)
class Frame:
    """Where the objects of one list came from; ``key`` is the list's name, "" for a whole value."""

    entry: Mapping[str, Any]
    field: str
    value: Mapping[str, Any]
    key: str
    phone_number_id: str

    @property
    def account_id(self) -> str:
        """The account the entry names."""
        return identifier(self.entry.get("id")) or ""


@dataclass(slots=True, eq=False)  # a thousand per body: frozen ones cost three times as much
class Piece:
    """One object of a body and how it was read: applied, or set aside, on its own.

    ``note`` says why the log shows it.
    """

    frame: Frame
    raw: Any
    items: tuple[Item, ...] = ()
    note: Reason | None = None

    @property
    def kind(self) -> str:
        """What it is, in a word or two for the log."""
        kind = self.raw.get("type") if isinstance(self.raw, dict) else None
        name = self.frame.key or ("change" if self.frame.field else "delivery")
        return f"{name}: {clean(str(kind))}"[:KIND_LIMIT] if kind else name[:KIND_LIMIT]


@dataclass(slots=True)
class Delivery:
    """One body, or several joined, by kind of content."""

    inbound: list[Inbound] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    """Changes of user ids that come without a message."""

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> "Delivery":
        """What was read from some objects, in order."""
        made = cls()
        lists: dict[type, list[Any]] = {
            Inbound: made.inbound,
            Status: made.statuses,
            Preference: made.preferences,
            Change: made.changes,
            Claim: made.claims,
        }
        for piece in pieces:
            for item in piece.items:
                lists[type(item)].append(item)
        return made


def parse(body: bytes) -> Delivery:
    """Everything read from one body; raises Malformed if it is not JSON."""
    return Delivery.of(take_apart(body))


def take_apart(body: bytes, received_at: datetime | None = None) -> list[Piece]:
    """Every object of a body; raises Malformed when it is not JSON.

    A time after ``received_at`` (default: now) counts as that.
    """
    try:
        document = bodies.read(body)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    return _pieces(document, received_at or datetime.now(UTC))


def body_of(pieces: Sequence[Piece]) -> bytes:
    """A delivery with only these objects, which were in one change."""
    frame, value = pieces[0].frame, pieces[0].raw
    if not frame.field and not frame.key:
        return bodies.written(value)
    if frame.key:
        profiles = objects(frame.value.get("contacts"))
        people = {id_ for piece in pieces for id_ in _named(piece.raw)}
        value = {name: frame.value[name] for name in _KEPT if name in frame.value}
        if shown := [p for p in profiles if people & set(_named(p)) or len(profiles) == 1]:
            value["contacts"] = shown
        value[frame.key] = [piece.raw for piece in pieces]
    entry = dict(frame.entry) | {"changes": [{"field": frame.field, "value": value}]}
    return bodies.written({"object": "whatsapp_business_account", "entry": [entry]})


_KEPT = ("messaging_product", "metadata")
_PEOPLE = (
    "from", "from_user_id", "to", "to_user_id", "wa_id", "user_id", "recipient_id",
    "recipient_user_id",
)  # fmt: skip


def _named(item: Any) -> list[str]:
    """The people an object names."""
    found = (item.get(name) for name in _PEOPLE) if isinstance(item, dict) else ()
    return [id_ for id_ in map(identifier, found) if id_]


def _lone(raw: Any) -> Piece:
    """Objects that are in no list of any change."""
    return Piece(Frame({}, "", {}, "", ""), raw, note=Reason.NOT_A_WEBHOOK)


def _pieces(document: Any, now: datetime) -> list[Piece]:
    """Every object with its place; anything without an envelope is one piece."""
    if not isinstance(document, dict) or not isinstance(document.get("entry"), list):
        return [_lone(document)]
    made: list[Piece] = []
    for entry in document["entry"]:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            made.append(_lone({"entry": [entry]}))
            continue
        head = {name: entry[name] for name in ("id", "time") if name in entry}
        for change in changes:
            name = change.get("field") if isinstance(change, dict) else None
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(name, str) and name and isinstance(value, dict):
                made += _Change(head, name, value, now).pieces()
            else:
                made.append(_lone({"entry": [head | {"changes": [change]}]}))
    return made


class _Change:
    """One change: its lists are read object by object, isolated from each other."""

    def __init__(
        self, entry: Mapping[str, Any], name: str, value: Mapping[str, Any], now: datetime
    ) -> None:
        metadata = value.get("metadata")
        number = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
        self.phone_number_id = identifier(number) or ""
        self.entry, self.name, self.value, self.now = entry, name, value, now

    @cached_property
    def cards(self) -> Sequence[Card]:
        """The profiles next to the objects; most statuses need none."""
        return cards_of(self.value)

    def pieces(self) -> list[Piece]:
        """The objects of the lists of this field, or the value as a whole."""
        readers = _READERS.get(self.name)
        if readers is None:
            at = moment(self.entry["time"], self.now) if self.entry.get("time") else None
            account = identifier(self.entry.get("id")) or ""
            change = Change(account, self.name, self.value, at)
            return [Piece(self._frame(""), self.value, (change,))]
        lists = {
            key: found
            for key, found in self.value.items()
            if key not in _IGNORED and found is not None and (key in readers or _listed(found))
        }
        if not lists:
            return [Piece(self._frame(""), self.value, note=Reason.NO_EFFECT)]
        made: list[Piece] = []
        for key, found in lists.items():
            made += self._read(key, found, readers.get(key, _not_known))
        return made

    def _read(self, key: str, found: Any, reader: "Reader") -> list[Piece]:
        frame, made = self._frame(key), list[Piece]()
        for item in found if isinstance(found, list) else [found]:
            try:
                if type(item) is not dict:
                    raise TypeError
                items, note = reader(self, item)
            except Exception:  # noqa: BLE001 - whatever it is, it is the fault of this one object
                items, note = (), Reason.UNREADABLE
            made.append(Piece(frame, item, items, note))
        return made

    def _frame(self, key: str) -> Frame:
        return Frame(self.entry, self.name, self.value, key, self.phone_number_id)


Read = tuple[tuple[Item, ...], Reason | None]
Reader = Callable[[_Change, Mapping[str, Any]], Read]
"""Reads one object of a list: the result, and why the log shows it."""


def _read_message(change: _Change, item: Mapping[str, Any]) -> Read:
    if not identifier(item.get("id")):
        return (), Reason.NO_ID
    return _understood(inbound_of(item, change.phone_number_id, change.cards, change.now))


def _read_echo(change: _Change, item: Mapping[str, Any]) -> Read:
    if not identifier(item.get("id")):
        return (), Reason.NO_ID
    number, cards = change.phone_number_id, change.cards
    return _understood(inbound_of(item, number, cards, change.now, ours=True))


def _understood(message: Inbound) -> Read:
    if not message.claim.anybody and message.group_id is None:
        return (), Reason.NO_SENDER
    return (message,), None if message.kind in KNOWN_KINDS else Reason.UNKNOWN_KIND


def _read_update(change: _Change, item: Mapping[str, Any]) -> Read:
    claim = updated(item, moment(item.get("timestamp"), change.now))
    return ((claim,), None) if claim.anybody else ((), Reason.UNREADABLE)


def _read_status(change: _Change, item: Mapping[str, Any]) -> Read:
    name = item.get("status")
    state = STATUSES.get(name) if type(name) is str else None
    if state is None:
        return (), Reason.UNKNOWN_STATUS
    status = status_of(item, state, change.phone_number_id, lambda: change.cards, change.now)
    return ((status,), None) if status.wamid else ((), Reason.NO_ID)


def _read_preference(change: _Change, item: Mapping[str, Any]) -> Read:
    found = preference_of(item, change.cards, change.now)
    if found is None:
        return (), Reason.UNKNOWN_KIND
    return (replace(found, phone_number_id=change.phone_number_id),), None


def _not_used(_change: _Change, _item: Mapping[str, Any]) -> Read:
    return (), Reason.NOT_USED


def _not_known(_change: _Change, _item: Mapping[str, Any]) -> Read:
    return (), Reason.UNKNOWN_FIELD


def _meta_error(_change: _Change, _item: Mapping[str, Any]) -> Read:
    return (), Reason.META_ERROR


_READERS: Mapping[str, Mapping[str, Reader]] = {
    "messages": {
        "messages": _read_message,
        "message_echoes": _read_echo,
        "statuses": _read_status,
        "user_preferences": _read_preference,
        "user_actions": _not_used,
        "errors": _meta_error,
    },
    "user_preferences": {"user_preferences": _read_preference, "errors": _meta_error},
    "smb_message_echoes": {"message_echoes": _read_echo, "errors": _meta_error},
    "message_echoes": {"message_echoes": _read_echo, "errors": _meta_error},
    "user_id_update": {"user_id_update": _read_update, "errors": _meta_error},
}
"""Fields whose values are lists of objects; every other field is one change as a whole."""

_IGNORED = frozenset({"messaging_product", "metadata", "contacts"})


def _listed(value: object) -> bool:
    """Whether it may be a list of an unknown kind."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)
