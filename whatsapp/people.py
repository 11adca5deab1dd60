"""Who a webhook object is about: numbers, user ids, and notices that they changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain import phone
from domain.identity import Claim
from domain.webhooks import USER_ID_LIMIT
from whatsapp.bodies import clean

NAME_LIMIT = 200
_LONGEST_NUMBER = 20


@dataclass(frozen=True, slots=True)
class Card:
    """An entry of a value's ``contacts``: a profile, not matched by position to the messages."""

    wa_id: str | None
    users: tuple[str, ...]
    name: str


def cards_of(value: Mapping[str, Any]) -> list[Card]:
    """The profiles in a value."""
    found = value.get("contacts")
    return (
        [_card(item) for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    )


def _card(item: Mapping[str, Any]) -> Card:
    profile = item.get("profile")
    name = profile.get("name") if isinstance(profile, dict) else ""
    users = _ids(item.get("user_id"), item.get("parent_user_id"))
    return Card(digits(item.get("wa_id")), users, _plain(name)[:NAME_LIMIT])


def sender(item: Mapping[str, Any], cards: Sequence[Card], at: datetime) -> Claim:
    """Who wrote a message; for a system notice, who it is about."""
    system = item.get("system")
    if item.get("type") == "system" and isinstance(system, dict):
        return _notice(item, system, cards, at)
    users = _ids(item.get("from_user_id"), item.get("from_parent_user_id"))
    claim = _claim(digits(item.get("from")), users, cards, at)
    if claim.key is None and claim.users and (shared := _shared_number(item)):
        return replace(claim, phone=phone.from_wa_id(shared), key=_key(shared))
    return claim


def receiver(item: Mapping[str, Any], cards: Sequence[Card], at: datetime) -> Claim:
    """The recipient of a message written in the Business app."""
    users = _ids(
        item.get("to_user_id"), item.get("recipient_user_id"), item.get("to_parent_user_id")
    )
    number = digits(item.get("to")) or digits(item.get("recipient_id"))
    return _claim(number, users, cards, at)


def subscriber(item: Mapping[str, Any], cards: Sequence[Card], at: datetime) -> Claim:
    """Whose preference it is."""
    users = _ids(item.get("user_id"), item.get("parent_user_id"))
    return _claim(digits(item.get("wa_id")), users, cards, at)


def recipient(
    item: Mapping[str, Any], cards: Callable[[], Sequence[Card]]
) -> tuple[str | None, str | None, bool]:
    """The number and user id of a status, and whether it is about a message to a group.

    ``cards`` are read only if the status itself is incomplete: there are thousands a second.
    """
    group = item.get("recipient_type") == "group" or bool(item.get("recipient_participant_id"))
    if group:
        number = item.get("recipient_participant_id") or item.get("participant_recipient_id")
        user = item.get("recipient_participant_user_id")
    else:
        number, user = item.get("recipient_id"), item.get("recipient_user_id")
    wa_id, user_id = digits(number), _id(user)
    if not group and (wa_id is None or user_id is None):
        card = _matching(wa_id, (user_id,) if user_id else (), cards())
        if card is not None:
            wa_id, user_id = wa_id or card.wa_id, user_id or next(iter(card.users), None)
    return wa_id, user_id, group


def updated(item: Mapping[str, Any], at: datetime) -> Claim:
    """An entry of ``user_id_update``: the old id, the new one, and the number if shared."""
    old, new = _change(item.get("user_id"), item.get("previous_user_id"))
    wa_id = digits(item.get("wa_id"))
    claim = _claim(wa_id, _ids(new), (), at)
    left = next(iter(_ids(old)), None)
    return replace(claim, left_user=left if left not in claim.users else None)


def _change(value: object, previous: object) -> tuple[object, object]:
    if isinstance(value, dict):
        return value.get("previous") or value.get("old"), value.get("current") or value.get("new")
    return previous, value


def _notice(
    item: Mapping[str, Any], system: Mapping[str, Any], cards: Sequence[Card], at: datetime
) -> Claim:
    """A change of number or id; the new number is the person's from then on."""
    old = digits(item.get("from")) or digits(system.get("customer"))
    new = digits(system.get("wa_id")) or digits(system.get("new_wa_id"))
    users = _ids(system.get("user_id"), system.get("parent_user_id"))
    before = _ids(system.get("previous_user_id")) or _ids(item.get("from_user_id"))
    left_user = before[0] if users and before and before[0] not in users else None
    if not users and before:
        users = before
    changed = "changed_number" in str(system.get("type")) or bool(new and old)
    claim = _claim(new if changed and new else old, users, cards, at)
    left_key = _key(old) if changed and new and old and _key(old) != claim.key else None
    return replace(claim, left_key=left_key, left_user=left_user)


def _claim(wa_id: str | None, users: tuple[str, ...], cards: Sequence[Card], at: datetime) -> Claim:
    card = _matching(wa_id, users, cards)
    if card is not None:
        wa_id = wa_id or card.wa_id
        users = (*users, *(user for user in card.users if user not in users))
    return Claim(
        at=at,
        phone=phone.from_wa_id(wa_id) if wa_id else None,
        key=_key(wa_id) if wa_id else None,
        users=users,
        name=card.name if card else "",
        creates=True,
    )


def _matching(wa_id: str | None, users: Sequence[str], cards: Sequence[Card]) -> Card | None:
    """The profile of a person; an object that names nobody matches no profile in the same delivery."""
    for card in cards:
        if any(user in card.users for user in users):
            return card
    key = _key(wa_id) if wa_id else None
    return next((card for card in cards if key and card.wa_id and _key(card.wa_id) == key), None)


def _shared_number(item: Mapping[str, Any]) -> str | None:
    """The number a person shared by tapping WhatsApp's button for that."""
    shared = item.get("contacts")
    if item.get("type") != "contacts" or not isinstance(shared, list):
        return None
    for card in shared:
        if not isinstance(card, dict) or card.get("origin") != "contact_request":
            continue
        numbers = card.get("phones")
        for number in numbers if isinstance(numbers, list) else []:
            if isinstance(number, dict):
                found = digits(number.get("wa_id")) or _international(number.get("phone"))
                if found:
                    return found
    return None


def _international(value: object) -> str | None:
    """The digits of a written number, if it has a country code."""
    text = str(value or "").strip()
    return digits("".join(c for c in text if c.isdecimal())) if text.startswith("+") else None


def digits(value: object) -> str | None:
    """A ``wa_id``: digits, with or without a plus sign; None for anything else."""
    if type(value) is str and value.isdigit() and value.isascii():  # nearly always
        return value if len(value) <= _LONGEST_NUMBER else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip().removeprefix("+").replace(" ", "")
    good = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return text if good else None


def _key(wa_id: str) -> str:
    return phone.key(phone.from_wa_id(wa_id))


def _ids(*values: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for value in values if (found := _id(value)) is not None))


def _id(value: object) -> str | None:
    found = _plain(value) if value is not None else ""
    return found if 0 < len(found) <= USER_ID_LIMIT else None


def _plain(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if text.isascii() and text.isprintable() else clean(text)
