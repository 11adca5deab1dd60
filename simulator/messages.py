"""Free-form messages: what each type must look like, and the limits Meta puts on its texts."""

from collections.abc import Callable
from typing import Any

from simulator.errors import GraphError
from simulator.parameters import check_media

KnownMedia = Callable[[str, str], bool]
Check = Callable[[Any, KnownMedia], None]


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        raise GraphError(131008, f"Parameter '{name}' is missing.")
    if not isinstance(value, dict):
        raise GraphError(100, f"Parameter '{name}' must be an object.")
    return value


def _text(value: Any, name: str, limit: int, *, required: bool = True) -> None:
    if value is None and not required:
        return
    if value is None or value == "":
        raise GraphError(131008, f"Parameter '{name}' is missing.")
    if not isinstance(value, str):
        raise GraphError(100, f"Parameter '{name}' must be a string.")
    if len(value) > limit:
        raise GraphError(100, f"Param {name} must be at most {limit} characters long.")


def _check_plain_text(payload: Any, _: KnownMedia) -> None:
    text = _object(payload.get("text"), "text")
    _text(text.get("body"), "text['body']", 4_096)


def _media(kind: str, *, caption: bool = True) -> Check:
    def check(payload: Any, known_media: KnownMedia) -> None:
        media = _object(payload.get(kind), kind)
        check_media(media, kind, known_media)
        if "caption" in media:
            if not caption:
                raise GraphError(100, f"Unexpected key 'caption' on param '{kind}'.")
            _text(media["caption"], f"{kind}['caption']", 1_024)

    return check


def _check_location(payload: Any, _: KnownMedia) -> None:
    location = _object(payload.get("location"), "location")
    for axis, limit in (("latitude", 90), ("longitude", 180)):
        value = location.get(axis)
        if value is None:
            raise GraphError(131008, f"Parameter 'location[{axis}]' is missing.")
        try:
            inside = abs(float(value)) <= limit
        except (TypeError, ValueError):
            inside = False
        if not inside:
            raise GraphError(131009, f"Parameter 'location[{axis}]' is not a coordinate.")


def _check_contacts(payload: Any, _: KnownMedia) -> None:
    contacts = payload.get("contacts")
    if not isinstance(contacts, list) or not contacts:
        raise GraphError(131008, "Parameter 'contacts' is missing.")
    if len(contacts) > 257:
        raise GraphError(100, "At most 257 contacts per message.")
    for contact in contacts:
        name = _object(_object(contact, "contacts[]").get("name"), "contacts[name]")
        _text(name.get("formatted_name"), "contacts[name][formatted_name]", 1_024)
        if len(name) < 2:
            raise GraphError(131008, "A contact needs one more part of the name.")


def _check_reaction(payload: Any, _: KnownMedia) -> None:
    reaction = _object(payload.get("reaction"), "reaction")
    _text(reaction.get("message_id"), "reaction['message_id']", 512)
    if not isinstance(reaction.get("emoji", ""), str):
        raise GraphError(131009, "Parameter 'reaction[emoji]' must be a string.")


def _check_interactive(payload: Any, known_media: KnownMedia) -> None:
    interactive = _object(payload.get("interactive"), "interactive")
    kind = str(interactive.get("type"))
    body_limit = 4_096 if kind == "list" else 1_024
    if kind not in _ACTIONS:
        raise GraphError(131009, f"Interactive type '{kind}' is not supported.")
    body = _object(interactive.get("body"), "interactive['body']")
    _text(body.get("text"), "interactive['body']['text']", body_limit)
    footer = interactive.get("footer")
    if footer is not None:
        _text(_object(footer, "interactive['footer']").get("text"), "footer['text']", 60)
    _check_interactive_header(interactive.get("header"), kind, known_media)
    _ACTIONS[kind](_object(interactive.get("action"), "interactive['action']"))


def _check_interactive_header(header: Any, kind: str, known_media: KnownMedia) -> None:
    if header is None:
        return
    header_type = _object(header, "interactive['header']").get("type")
    if header_type == "text":
        _text(header.get("text"), "interactive['header']['text']", 60)
    elif kind == "list":
        raise GraphError(131009, "A list message takes a text header only.")
    elif header_type in ("image", "video", "document"):
        check_media(_object(header.get(header_type), header_type), header_type, known_media)
    else:
        raise GraphError(131009, f"Header type '{header_type}' is not supported.")


def _unique(values: list[Any], what: str) -> None:
    if len(set(values)) != len(values):
        raise GraphError(131009, f"Duplicated {what}.")


def _check_reply_buttons(action: dict[str, Any]) -> None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise GraphError(131009, "Invalid buttons count. Min allowed buttons: 1, Max: 3.")
    replies = [_object(_object(button, "button").get("reply"), "reply") for button in buttons]
    for reply in replies:
        _text(reply.get("id"), "button reply id", 256)
        _text(reply.get("title"), "button reply title", 20)
    _unique([reply["id"] for reply in replies], "button id")
    _unique([reply["title"] for reply in replies], "button title")


def _check_list(action: dict[str, Any]) -> None:
    _text(action.get("button"), "interactive['action']['button']", 20)
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= 10:
        raise GraphError(131009, "A list has 1 to 10 sections.")
    rows: list[dict[str, Any]] = []
    for section in sections:
        _object(section, "section")
        _text(section.get("title"), "section title", 24, required=len(sections) > 1)
        found = section.get("rows")
        rows.extend(found if isinstance(found, list) else [])
    if not 1 <= len(rows) <= 10:
        raise GraphError(131009, "Total row count exceed max allowed count: 10.")
    for row in rows:
        _object(row, "row")
        _text(row.get("id"), "row id", 200)
        _text(row.get("title"), "row title", 24)
        _text(row.get("description"), "row description", 72, required=False)
    _unique([row["id"] for row in rows], "row id")


def _check_link(action: dict[str, Any]) -> None:
    parameters = _object(action.get("parameters"), "interactive['action']['parameters']")
    _text(parameters.get("display_text"), "display_text", 20)
    _text(parameters.get("url"), "url", 2_000)
    if not parameters["url"].startswith(("http://", "https://")):
        raise GraphError(131009, "Parameter 'url' is not a valid URL.")


def _check_flow(action: dict[str, Any]) -> None:
    parameters = _object(action.get("parameters"), "interactive['action']['parameters']")
    _text(parameters.get("flow_message_version"), "flow_message_version", 10)
    _text(parameters.get("flow_cta"), "flow_cta", 30)
    if ("flow_id" in parameters) == ("flow_name" in parameters):
        raise GraphError(131008, "Exactly one of 'flow_id' and 'flow_name' is required.")


def _check_named_action(action: dict[str, Any]) -> None:
    _text(action.get("name"), "interactive['action']['name']", 60)


_ACTIONS: dict[str, Callable[[dict[str, Any]], None]] = {
    "button": _check_reply_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "flow": _check_flow,
    "location_request_message": _check_named_action,
    "request_contact_info": _check_named_action,
    "address_message": _check_named_action,
}

CHECKS: dict[str, Check] = {
    "text": _check_plain_text,
    "image": _media("image"),
    "video": _media("video"),
    "document": _media("document"),
    "audio": _media("audio", caption=False),
    "sticker": _media("sticker", caption=False),
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "interactive": _check_interactive,
}
