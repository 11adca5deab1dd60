"""What interactive messages do: buttons, rows, links, forms, products and cards, with their limits."""

from collections.abc import Callable
from typing import Any

from simulator.emoji import has_emoji
from simulator.errors import GraphError
from simulator.parameters import KnownMedia, check_media
from simulator.readings import index_of, text_of
from simulator.shapes import (
    a_count,
    a_text,
    a_word,
    an_address,
    an_index,
    an_object,
    objects,
    unique,
)

ACTION = "interactive['action']"

Action = dict[str, Any]


def check_picture(part: dict[str, Any], style: str, known_media: KnownMedia) -> None:
    """The media in a header."""
    keys = ("id", "link", "filename") if style == "document" else ("id", "link")
    check_media(an_object(part.get(style), style, keys), style, known_media)


def check_reply_buttons(action: Action, _: KnownMedia) -> None:
    """One to three reply buttons."""
    an_object(action, ACTION, ("buttons",))
    buttons = objects(action.get("buttons"), "buttons")
    if not 1 <= len(buttons) <= 3:
        raise GraphError(131009, "Invalid buttons count. Min allowed buttons: 1, Max: 3.")
    replies = []
    for button in buttons:
        an_object(button, "button", ("type", "reply"))
        if button.get("type") != "reply":
            raise GraphError(131009, "A button must be of type 'reply'.")
        reply = an_object(button.get("reply"), "reply", ("id", "title"))
        a_text(reply.get("id"), "button reply id", 256)
        a_text(reply.get("title"), "button reply title", 20)
        replies.append(reply)
    unique([reply["id"] for reply in replies], "button id")
    unique([reply["title"] for reply in replies], "button title")


def _sections(action: Action, items: str) -> list[dict[str, Any]]:
    """What is in the sections of a list, none of which may be empty."""
    sections = objects(action.get("sections"), "sections")
    if not 1 <= len(sections) <= 10:
        raise GraphError(131009, "A list has 1 to 10 sections.")
    found: list[dict[str, Any]] = []
    for section in sections:
        an_object(section, "section", ("title", items))
        a_text(section.get("title"), "section title", 24, required=len(sections) > 1)
        inside = objects(section.get(items), items)
        if not inside:
            raise GraphError(131009, f"A section needs at least one of '{items}'.")
        found.extend(inside)
    return found


def check_list(action: Action, _: KnownMedia) -> None:
    """Rows in sections."""
    an_object(action, ACTION, ("button", "sections"))
    a_text(action.get("button"), f"{ACTION}['button']", 20)
    rows = _sections(action, "rows")
    if len(rows) > 10:
        raise GraphError(131009, "Total row count exceed max allowed count: 10.")
    for row in rows:
        an_object(row, "row", ("id", "title", "description"))
        a_text(row.get("id"), "row id", 200)
        a_text(row.get("title"), "row title", 24)
        a_text(row.get("description"), "row description", 72, required=False)
    unique([row["id"] for row in rows], "row id")


def _named(action: Action, name: str, *known: str, required: bool = True) -> dict[str, Any]:
    """The parameters of a named action."""
    an_object(action, ACTION, ("name", *(("parameters",) if known else ())))
    a_text(action.get("name"), f"{ACTION}['name']", 60)
    if action["name"] != name:
        raise GraphError(131009, f"Parameter '{ACTION}['name']' must be '{name}'.")
    parameters = action.get("parameters")
    if parameters is None and not required:
        return {}
    return an_object(parameters, f"{ACTION}['parameters']", known)


def check_link(action: Action, _: KnownMedia) -> None:
    """A button that opens an address."""
    parameters = _named(action, "cta_url", "display_text", "url")
    a_text(parameters.get("display_text"), "display_text", 20)
    a_text(parameters.get("url"), "url", 2_000)
    an_address(parameters["url"], "url")


_FLOW = (
    "flow_message_version", "flow_token", "flow_id", "flow_name", "flow_cta", "mode",
    "flow_action", "flow_action_payload",
)  # fmt: skip


def check_flow(action: Action, _: KnownMedia) -> None:
    """A button that opens a form."""
    parameters = _named(action, "flow", *_FLOW)
    version = parameters.get("flow_message_version")
    a_text(text_of(version) if type(version) is int else version, "flow_message_version", 10)
    a_text(parameters.get("flow_cta"), "flow_cta", 30)
    if has_emoji(parameters["flow_cta"]):
        raise GraphError(131009, "Parameter 'flow_cta' cannot have emojis.")
    if ("flow_id" in parameters) == ("flow_name" in parameters):
        raise GraphError(131008, "Exactly one of 'flow_id' and 'flow_name' is required.")
    if parameters.get("mode", "published") not in ("draft", "published"):
        raise GraphError(131009, "Parameter 'mode' must be 'draft' or 'published'.")
    a_word(parameters.get("flow_token"), "flow_token")
    a_text(text_of(parameters.get("flow_id", parameters.get("flow_name"))), "flow_id", 200)
    _check_flow_action(parameters.get("flow_action"), parameters)


def _check_flow_action(does: Any, parameters: dict[str, Any]) -> None:
    if does not in (None, "navigate", "data_exchange"):
        raise GraphError(131009, "Parameter 'flow_action' is not one of navigate, data_exchange.")
    payload = parameters.get("flow_action_payload")
    if payload is None and does != "navigate":
        return
    if does == "data_exchange":
        raise GraphError(131009, "'flow_action_payload' is for flow_action 'navigate' only.")
    payload = an_object(payload, "flow_action_payload", ("screen", "data"))
    a_text(payload.get("screen"), "flow_action_payload['screen']", 200)
    if "data" in payload and not (isinstance(payload["data"], dict) and payload["data"]):
        raise GraphError(131009, "'flow_action_payload['data']' must be an object with content.")


def plain(name: str) -> Callable[[Action, KnownMedia], None]:
    """An action with only a name."""

    def check(action: Action, _: KnownMedia) -> None:
        _named(action, name, required=False)

    return check


_WITH_ADDRESSES = frozenset({"IN", "SG"})


def check_address(action: Action, _: KnownMedia) -> None:
    """A request for an address, in countries that have it."""
    known = ("country", "values", "saved_addresses", "validation_errors")
    country = _named(action, "address_message", *known).get("country")
    a_text(country, "country", 2)
    if country not in _WITH_ADDRESSES:
        raise GraphError(131009, f"Parameter 'country' must be one of {sorted(_WITH_ADDRESSES)}.")


def check_call(action: Action, _: KnownMedia) -> None:
    """A button that calls the business."""
    known = ("display_text", "ttl_minutes", "payload")
    parameters = _named(action, "voice_call", *known, required=False)
    a_text(parameters.get("display_text"), "display_text", 20, required=False)
    a_text(parameters.get("payload"), "payload", 512, required=False)
    a_count(parameters.get("ttl_minutes"), "ttl_minutes")


def check_product(action: Action, _: KnownMedia) -> None:
    """One product."""
    an_object(action, ACTION, ("catalog_id", "product_retailer_id"))
    a_text(action.get("catalog_id"), "catalog_id", 64)
    a_text(action.get("product_retailer_id"), "product_retailer_id", 256)


def check_products(action: Action, _: KnownMedia) -> None:
    """Products in sections."""
    an_object(action, ACTION, ("catalog_id", "sections"))
    a_text(action.get("catalog_id"), "catalog_id", 64)
    items = _sections(action, "product_items")
    if len(items) > 30:
        raise GraphError(131009, "At most 30 products in a list of products.")
    for item in items:
        an_object(item, "product_items", ("product_retailer_id",))
        a_text(item.get("product_retailer_id"), "product_retailer_id", 256)


def check_catalog(action: Action, _: KnownMedia) -> None:
    """A button that opens the catalog."""
    key = "thumbnail_product_retailer_id"
    a_text(
        _named(action, "catalog_message", key, required=False).get(key), key, 256, required=False
    )


def check_carousel(action: Action, known_media: KnownMedia) -> None:
    """Two to ten cards of one shape."""
    an_object(action, ACTION, ("cards",))
    cards = objects(action.get("cards"), "cards")
    if not 2 <= len(cards) <= 10:
        raise GraphError(131009, "A carousel has 2 to 10 cards.")
    shapes = [_card_shape(card, known_media) for card in cards]
    if {index_of(card["card_index"]) for card in cards} != set(range(len(cards))):
        raise GraphError(131009, "Each card needs its own 'card_index', counted from 0.")
    if len(set(shapes)) > 1:
        raise GraphError(131009, "All cards of a carousel must have the same parts and buttons.")


def _card_shape(card: dict[str, Any], known_media: KnownMedia) -> tuple[Any, ...]:
    """What a card has, to compare it with its neighbours."""
    an_object(card, "card", ("card_index", "type", "header", "body", "action"))
    an_index(card.get("card_index"), "card_index")
    action = an_object(card.get("action"), "card['action']")
    if card.get("type") == "product":
        check_product(action, known_media)
        return ("product",)
    if card.get("type") != "cta_url":
        raise GraphError(131009, "A card must be of type 'cta_url' or 'product'.")
    header = an_object(card.get("header"), "card['header']", ("type", "image", "video"))
    style = text_of(header.get("type"))
    if style not in ("image", "video"):
        raise GraphError(131009, "The header of a card is a picture or a video.")
    check_picture(header, style, known_media)
    if card.get("body") is not None:
        body = an_object(card["body"], "card['body']", ("text",))
        a_text(body.get("text"), "card['body']['text']", 160)
        if body["text"].count("\n") > 2:
            raise GraphError(131009, "The text of a card has at most two line breaks.")
    return (style, card.get("body") is not None, _card_buttons(action, known_media))


def _card_buttons(action: Action, known_media: KnownMedia) -> tuple[str, int]:
    if "buttons" not in action:
        check_link(action, known_media)
        return "cta_url", 1
    an_object(action, "card['action']", ("buttons",))
    buttons = objects(action["buttons"], "buttons")
    if not 1 <= len(buttons) <= 3:
        raise GraphError(131009, "A card has 1 to 3 quick replies.")
    replies = []
    for button in buttons:
        an_object(button, "button", ("type", "quick_reply"))
        if button.get("type") != "quick_reply":
            raise GraphError(131009, "A button of a card must be of type 'quick_reply'.")
        reply = an_object(button.get("quick_reply"), "quick_reply", ("id", "title"))
        a_text(reply.get("id"), "quick_reply id", 20)
        a_text(reply.get("title"), "quick_reply title", 20)
        replies.append(reply["title"])
    unique(replies, "button title")
    return "quick_reply", len(buttons)
