"""What can be tapped in a message: buttons, rows, links, and the phone page's answer to each."""

from typing import Any

from simulator.inbound import payload_of
from simulator.plans import VARIABLE
from simulator.readings import index_of, text_of

Taps = list[dict[str, Any]]

_ONE: dict[str, tuple[str, str]] = {
    "location_request_message": ("send_location", "Send location"),
    "request_contact_info": ("share_contact", "Share phone number"),
    "address_message": ("address", "Provide address"),
    "voice_call": ("call", "Call"),
    "catalog_message": ("order", "View catalog"),
    "product": ("order", "View"),
    "product_list": ("order", "View items"),
}
_TEMPLATE_KINDS = {
    "REQUEST_CONTACT_INFO": ("share_contact", "Share phone number"),
    "CATALOG": ("order", "View catalog"),
    "MPM": ("order", "View items"),
    "SPM": ("order", "View"),
}


def interactive_taps(value: Any) -> Taps:
    """The buttons of an interactive message or one of its cards."""
    action, kind = value.get("action") or {}, value.get("type")
    if "buttons" in action:
        replies = [button.get("reply") or button.get("quick_reply") for button in action["buttons"]]
        return [{"kind": "reply", **reply} for reply in replies]
    if kind == "list":
        rows = [row for section in action.get("sections", []) for row in section.get("rows", [])]
        return [{"kind": "list", "label": action.get("button", ""), **row} for row in rows]
    if kind == "call_permission_request":
        return [
            {"kind": "call_reply", "id": "accept", "title": "Allow calls"},
            {"kind": "call_reply", "id": "reject", "title": "Not now"},
        ]
    if kind in _ONE:
        name, title = _ONE[kind]
        return [{"kind": name, "title": title, **_products(action)}]
    parameters = action.get("parameters") or {}
    if kind == "flow":
        token = parameters.get("flow_token", "unused")
        return [{"kind": "flow", "title": parameters.get("flow_cta", "Open"), "token": token}]
    if "display_text" in parameters:
        url = parameters.get("url", "")
        return [{"kind": "url", "title": parameters["display_text"], "url": url}]
    return []


def _products(action: dict[str, Any]) -> dict[str, Any]:
    """What would be ordered: the product shown, or the first in a list."""
    sections = action.get("sections") or [{}]
    items = sections[0].get("product_items") or [action]
    product = items[0].get("product_retailer_id")
    found = {"catalog_id": action.get("catalog_id"), "product": product}
    return {key: value for key, value in found.items() if value}


def template_taps(buttons: list[dict[str, Any]], given: Any) -> Taps:
    """The buttons of a template message, with the values it was sent with."""
    return [_template_tap(place, button, given) for place, button in enumerate(buttons)]


def _template_tap(place: int, button: dict[str, Any], given: Any) -> dict[str, Any]:
    kind = button["type"]
    name, fallback = _TEMPLATE_KINDS.get(kind, (kind.lower(), "Copy code"))
    item: dict[str, Any] = {"kind": name, "title": button.get("text") or fallback}
    if kind == "QUICK_REPLY":
        item["id"] = payload_of(given, place, button["text"])
    elif kind == "URL":
        suffix = _parameter(given, place).get("text", "")
        item["url"] = VARIABLE.sub(lambda _: text_of(suffix), button["url"])
    elif kind == "PHONE_NUMBER":
        item["url"] = f"tel:{button['phone_number']}"
    elif kind == "FLOW":
        action = _parameter(given, place).get("action") or {}
        item["token"] = action.get("flow_token", "unused")
    return item


def _parameter(given: Any, place: int) -> dict[str, Any]:
    for component in given or []:
        if text_of(component.get("type")).lower() != "button":
            continue
        if index_of(component.get("index")) == place and component.get("parameters"):
            found: dict[str, Any] = component["parameters"][0]
            return found
    return {}
