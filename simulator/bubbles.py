"""Turns call log rows into chat bubbles as a phone shows them; rendered on demand only."""

from collections.abc import Callable
from typing import Any

from simulator.errors import TABLE
from simulator.identifiers import INBOUND, OUTBOUND
from simulator.ledger import INBOUND_CODE, READ_BY_BUSINESS
from simulator.plans import VARIABLE
from simulator.readings import index_of, json_of, text_of
from simulator.statuses import STATUS_NAMES
from simulator.taps import interactive_taps, template_taps
from simulator.wheel import FAILED
from simulator.world import World

_MEDIA = ("image", "video", "document", "audio", "sticker")
_EMPTY = "This message is no longer kept"
_CODE_TEXT = "*{{1}}* is your verification code."


def thread(world: World, customer: int, limit: int) -> list[dict[str, Any]]:
    """The customer's newest messages, oldest first."""
    rows: list[int] = []
    row = world.people.last[customer]
    while row >= 0 and len(rows) < limit:
        rows.append(row)
        row = world.ledger.previous[row]
    bubbles = [bubble(world, found) for found in reversed(rows)]
    return _folded(bubbles)


def _folded(bubbles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events about another bubble are shown on that one."""
    by_id = {found["id"]: found for found in bubbles}
    kept: list[dict[str, Any]] = []
    for found in bubbles:
        target = by_id.get(text_of(found.get("about")))
        if target is None:
            kept.append(found)
        elif found["kind"] == "reaction":
            target["reaction"] = found["body"]
        elif found["kind"] == "edit":
            target |= {"body": found["body"], "edited": True}
        else:
            target |= {"body": "You deleted this message", "deleted": True, "header": None}
    return kept


def bubble(world: World, row: int) -> dict[str, Any]:
    """One message."""
    ledger = world.ledger
    inbound = ledger.codes[row] == INBOUND_CODE
    shown: dict[str, Any] = {
        "id": world.ids.encode(row, INBOUND if inbound else OUTBOUND),
        "from": "customer" if inbound else "business",
        "number": world.numbers[ledger.numbers[row]].id,
        "time": ledger.moments[row],
        "state": STATUS_NAMES[ledger.states[row]],
    }
    if inbound:
        shown["state"] = "read" if ledger.flags[row] & READ_BY_BUSINESS else "delivered"
    elif ledger.states[row] == FAILED:
        code = ledger.failures.get(row, 0)
        shown["error"] = {"code": code, "title": TABLE.get(code, (0, "Failed"))[1]}
    content = ledger.content(row)
    if content is None:
        return shown | {"kind": "text", "body": _EMPTY}
    kind = content[0]
    if kind == "template":
        return shown | _template(world, *content[1])
    if isinstance(content[2], str) and content[2]:
        shown["quoted"] = quote(world, content[2])
    if inbound and len(content) > 3:
        shown |= _beside(content[3])
    return shown | {"kind": kind} | _free_form(kind, content[1])


def _beside(extra: dict[str, Any]) -> dict[str, Any]:
    """What is shown above one's own bubble."""
    notes = []
    if "group_id" in extra:
        notes.append(f"in the group {extra['group_id']}")
    if "referral" in extra:
        notes.append(f"from the ad “{extra['referral'].get('headline', '')}”")
    if (extra.get("context") or {}).keys() & {"forwarded", "frequently_forwarded"}:
        notes.append("forwarded")
    return {"note": ", ".join(notes)} if notes else {}


def quote(world: World, wamid: str) -> dict[str, str] | None:
    """The short form of a quoted message."""
    found = world.ids.decode(wamid)
    if found is None or found[0] >= len(world.ledger):
        return None
    content = world.ledger.content(found[0])
    return {"id": wamid, "text": preview_text(world, content)}


def preview(world: World, row: int) -> str:
    """One line for the list of chats."""
    return preview_text(world, world.ledger.content(row))


def preview_text(world: World, content: Any) -> str:
    """One line for a message."""
    if content is None:
        return ""
    kind, value = content[0], content[1]
    if kind == "template":
        return str(_template(world, *value)["body"])
    shown = _free_form(kind, value)
    return str(shown.get("body") or kind.capitalize())


def _free_form(kind: str, value: Any) -> dict[str, Any]:
    try:
        return _drawn(kind, value)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return {
            "body": f"[{kind}]"
        }  # a customer may send any shape: it must not affect other messages


def _drawn(kind: str, value: Any) -> dict[str, Any]:
    if kind in _MEDIA:
        media = {"kind": kind, "url": media_url(value), "filename": value.get("filename", "")}
        return {"header": media, "body": value.get("caption", "")}
    render = _RENDER.get(kind)
    return render(value) if render else {"body": f"[{kind}]"}


def _card(value: Any) -> str:
    """A shared contact's name, if it has one."""
    name = (value.get("name") or {}).get("formatted_name")
    company = (value.get("org") or {}).get("company")
    phones = [text_of(phone.get("phone")) for phone in value.get("phones") or []]
    return name or company or ", ".join(phones) or "Contact"


def media_url(value: Any) -> str:
    """Where the phone page loads a media object from."""
    identifier = value.get("id")
    return f"/_sim/media/{identifier}" if identifier else text_of(value.get("link"))


def _location(value: Any) -> dict[str, Any]:
    place = {
        "name": value.get("name") or "Location",
        "address": value.get("address") or f"{value['latitude']}, {value['longitude']}",
    }
    return {"header": {"kind": "location", **place}, "body": ""}


def _answers(reply: Any) -> str:
    """An answered form, one line per field."""
    found = json_of(text_of(reply.get("response_json")) or "{}")
    lines = [f"{name}: {given}" for name, given in found.items() if name != "flow_token"]
    return "\n".join(lines) or str(reply.get("body", ""))


def _interactive(value: Any) -> dict[str, Any]:
    for reply in ("button_reply", "list_reply"):
        if reply in value:
            return {"body": value[reply].get("title", "")}
    if "nfm_reply" in value:
        return {"body": _answers(value["nfm_reply"])}
    if "call_permission_reply" in value:
        return {"body": f"Calls: {value['call_permission_reply'].get('response', '')}"}
    header = value.get("header") or {}
    shown: dict[str, Any] = {"body": value.get("body", {}).get("text", "")}
    if header.get("type") == "text":
        shown["header"] = {"kind": "text", "text": header["text"]}
    elif header.get("type") in _MEDIA:
        shown["header"] = {"kind": header["type"], "url": media_url(header[header["type"]])}
    shown["footer"] = (value.get("footer") or {}).get("text", "")
    shown["buttons"] = interactive_taps(value)
    cards = (value.get("action") or {}).get("cards") or ()
    shown["cards"] = [_interactive(card) for card in cards]
    return shown


_RENDER: dict[str, Callable[[Any], dict[str, Any]]] = {
    "text": lambda value: {"body": value.get("body", "")},
    "button": lambda value: {"body": value.get("text", "")},
    "location": _location,
    "interactive": _interactive,
    "contacts": lambda value: {"body": ", ".join(map(_card, value))},
    "reaction": lambda value: {
        "body": value.get("emoji", ""),
        "about": value.get("message_id", ""),
    },
    "order": lambda value: {"body": f"Order of {len(value.get('product_items', []))} items"},
    "system": lambda value: {"body": value.get("body", "")},
    "unsupported": lambda value: {"body": f"Not for businesses: {value.get('type', 'a message')}"},
    "revoke": lambda value: {"body": "Deleted", "about": value.get("original_message_id", "")},
    "edit": lambda value: {
        "body": _free_form(*_edited(value["message"])).get("body", ""),
        "about": value.get("original_message_id", ""),
    },
}


def _edited(message: Any) -> tuple[str, Any]:
    kind = text_of(message.get("type", "text"))
    return kind, message.get(kind) or {}


def _template(world: World, key: str, given: Any) -> dict[str, Any]:
    _, components = world.catalog.revisions.get(key, ("", []))
    return _shown(components, given)


def _shown(components: list[dict[str, Any]], given: Any) -> dict[str, Any]:
    parameters = _parameters(given)
    shown: dict[str, Any] = {"kind": "template", "body": "", "buttons": []}
    for component in components:
        kind = component["type"]
        if kind == "HEADER":
            shown["header"] = _template_header(component, parameters.get("header", []))
        elif kind == "BODY":
            text = component.get("text", _CODE_TEXT)
            shown["body"] = filled(text, parameters.get("body", []))
        elif kind == "FOOTER":
            minutes = component.get("code_expiration_minutes")
            expiry = f"This code expires in {minutes} minutes."
            shown["footer"] = component.get("text", expiry if minutes else "")
        elif kind == "BUTTONS":
            shown["buttons"] = template_taps(component["buttons"], given)
        elif kind == "CAROUSEL":
            shown["cards"] = _cards(component["cards"], given)
    return shown


def _cards(cards: list[dict[str, Any]], given: Any) -> list[dict[str, Any]]:
    sent: dict[int | None, Any] = {}
    for component in given or []:
        if text_of(component.get("type")).lower() == "carousel":
            sent = {
                index_of(card["card_index"]): card.get("components") for card in component["cards"]
            }
    return [_shown(card["components"], sent.get(place)) for place, card in enumerate(cards)]


def _parameters(given: Any) -> dict[str, list[dict[str, Any]]]:
    return {
        kind: component.get("parameters") or []
        for component in given or []
        if (kind := text_of(component.get("type")).lower()) in ("header", "body")
    }


def filled(text: str, parameters: list[dict[str, Any]]) -> str:
    """A template text with its variables replaced."""
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    values: dict[str, str] = {}
    for place, parameter in enumerate(parameters):
        name = parameter.get("parameter_name") or (names[place] if place < len(names) else "")
        kind = parameter.get("type", "text")
        raw = parameter.get(kind, "")
        values[name] = raw if isinstance(raw, str) else str(raw.get("fallback_value", ""))
    return VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)


def _template_header(component: dict[str, Any], parameters: list[Any]) -> dict[str, Any]:
    kind = component.get("format", "TEXT").lower()
    if kind == "text":
        return {"kind": "text", "text": filled(component.get("text", ""), parameters)}
    value = parameters[0].get(parameters[0].get("type", kind), {}) if parameters else {}
    if kind == "location":
        return dict(_location(value)["header"]) if value else {"kind": kind, "name": "Location"}
    return {"kind": kind, "url": media_url(value), "filename": value.get("filename", "")}
