"""Free-form messages: the required shape of each type, and Meta's limits on texts."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from simulator.errors import GraphError
from simulator.interactive import check_interactive
from simulator.parameters import KnownMedia, check_media
from simulator.shapes import a_location, a_text, a_truth, an_object, objects, only

Check = Callable[[Any, KnownMedia], None]

_NAME_KEYS = frozenset(
    {"formatted_name", "first_name", "last_name", "middle_name", "suffix", "prefix"}
)
_CARD_LISTS = {
    "phones": frozenset({"phone", "type", "wa_id"}),
    "emails": frozenset({"email", "type"}),
    "urls": frozenset({"url", "type"}),
    "addresses": frozenset({"street", "city", "state", "zip", "country", "country_code", "type"}),
}
_CARD_KEYS = frozenset({"name", "org", "birthday", *_CARD_LISTS})
_ORG_KEYS = frozenset({"company", "department", "title"})
_BIRTHDAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

_WORDS = re.compile(r"[A-Za-z\s]")


def _a_day(value: Any) -> bool:
    """Whether it is a valid date."""
    if not isinstance(value, str) or not _BIRTHDAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check_plain_text(payload: Any, _: KnownMedia) -> None:
    text = an_object(payload.get("text"), "text", ("body", "preview_url"))
    a_text(text.get("body"), "text['body']", 4_096)
    a_truth(text.get("preview_url"), "text['preview_url']")


def _media(kind: str, *extra: str) -> Check:
    known = frozenset({"id", "link", *extra})

    def check(payload: Any, known_media: KnownMedia) -> None:
        media = an_object(payload.get(kind), kind, known)
        check_media(media, kind, known_media)
        a_truth(media.get("voice"), f"{kind}['voice']")
        a_text(media.get("caption"), f"{kind}['caption']", 1_024, required=False)
        a_text(media.get("filename"), f"{kind}['filename']", 240, required=False)

    return check


def _check_location(payload: Any, _: KnownMedia) -> None:
    a_location(payload.get("location"), "location")


def _check_contacts(payload: Any, _: KnownMedia) -> None:
    contacts = payload.get("contacts")
    if not isinstance(contacts, list) or not contacts:
        raise GraphError(131008, "Parameter 'contacts' is missing.")
    if len(contacts) > 257:
        raise GraphError(100, "At most 257 contacts per message.")
    for contact in contacts:
        _check_card(an_object(contact, "contacts[]", _CARD_KEYS))


def _check_card(card: dict[str, Any]) -> None:
    name = an_object(card.get("name"), "contacts[name]", _NAME_KEYS)
    a_text(name.get("formatted_name"), "contacts[name][formatted_name]", 1_024)
    if len(name) < 2:
        raise GraphError(131008, "A contact needs one more part of the name.")
    for part, known in _CARD_LISTS.items():
        for item in objects(card.get(part), f"contacts[{part}]"):
            only(item, known, f"contacts[{part}]")
    if card.get("org") is not None:
        an_object(card["org"], "contacts[org]", _ORG_KEYS)
    birthday = card.get("birthday")
    if birthday is not None and not _a_day(birthday):
        raise GraphError(131009, "Parameter 'contacts[birthday]' must be YYYY-MM-DD.")


def _check_reaction(payload: Any, _: KnownMedia) -> None:
    reaction = an_object(payload.get("reaction"), "reaction", ("message_id", "emoji"))
    a_text(reaction.get("message_id"), "reaction['message_id']", 512)
    emoji = reaction.get("emoji", "")
    if not isinstance(emoji, str) or _WORDS.search(emoji):
        raise GraphError(131009, "Parameter 'reaction[emoji]' must be an emoji.")


CHECKS: dict[str, Check] = {
    "text": _check_plain_text,
    "image": _media("image", "caption"),
    "video": _media("video", "caption"),
    "document": _media("document", "caption", "filename"),
    "audio": _media("audio", "voice"),
    "sticker": _media("sticker"),
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "interactive": check_interactive,
}
