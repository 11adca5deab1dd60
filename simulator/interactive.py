"""Interactive messages: which header, body, footer and action each type takes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from simulator.actions import (
    ACTION,
    Action,
    check_address,
    check_call,
    check_carousel,
    check_catalog,
    check_flow,
    check_link,
    check_list,
    check_picture,
    check_product,
    check_products,
    check_reply_buttons,
    plain,
)
from simulator.errors import GraphError
from simulator.parameters import KnownMedia
from simulator.readings import text_of
from simulator.shapes import a_text, an_object

_MEDIA_HEADERS = frozenset({"image", "video", "document"})
_ANY_HEADER = _MEDIA_HEADERS | {"text"}
_NO_HEADER: frozenset[str] = frozenset()
_TEXT_HEADER = frozenset({"text"})


class Kind(NamedTuple):
    """One type: its action, whether the body is required and its limit, and which headers."""

    check: Callable[[Action, KnownMedia], None]
    headers: frozenset[str] = _NO_HEADER
    body_limit: int = 1_024
    body: bool = True
    footer: bool = True
    header: bool = False


def check_interactive(payload: Any, known_media: KnownMedia) -> None:
    """Raises Meta's error if an interactive message does not match its type."""
    known = ("type", "header", "body", "footer", "action")
    interactive = an_object(payload.get("interactive"), "interactive", known)
    name = text_of(interactive.get("type"))
    kind = KINDS.get(name)
    if kind is None:
        raise GraphError(131009, f"Interactive type '{name}' is not supported.")
    _check_body(interactive.get("body"), kind)
    footer = interactive.get("footer")
    if footer is not None:
        if not kind.footer:
            raise GraphError(131009, f"A message of type '{name}' has no footer.")
        part = an_object(footer, "interactive['footer']", ("text",))
        a_text(part.get("text"), "interactive['footer']['text']", 60)
    _check_header(interactive.get("header"), name, kind, known_media)
    kind.check(an_object(interactive.get("action"), ACTION), known_media)


def _check_body(body: Any, kind: Kind) -> None:
    if body is None and not kind.body:
        return
    part = an_object(body, "interactive['body']", ("text",))
    a_text(part.get("text"), "interactive['body']['text']", kind.body_limit)


def _check_header(header: Any, name: str, kind: Kind, known_media: KnownMedia) -> None:
    if header is None:
        if kind.header:
            raise GraphError(131008, "Parameter 'interactive['header']' is missing.")
        return
    known = ("type", *sorted(_ANY_HEADER))
    style = text_of(an_object(header, "interactive['header']", known).get("type"))
    if style not in kind.headers:
        raise GraphError(131009, f"A message of type '{name}' takes no '{style}' header.")
    if style == "text":
        a_text(header.get("text"), "interactive['header']['text']", 60)
    else:
        check_picture(header, style, known_media)


KINDS: dict[str, Kind] = {
    "button": Kind(check_reply_buttons, headers=_ANY_HEADER),
    "list": Kind(check_list, headers=_TEXT_HEADER, body_limit=4_096),
    "cta_url": Kind(check_link, headers=_ANY_HEADER),
    "flow": Kind(check_flow, headers=_ANY_HEADER),
    "location_request_message": Kind(plain("send_location"), footer=False),
    "request_contact_info": Kind(plain("request_contact_info"), footer=False),
    "address_message": Kind(check_address, headers=_ANY_HEADER),
    "product": Kind(check_product, body=False),
    "product_list": Kind(check_products, headers=_TEXT_HEADER, header=True),
    "catalog_message": Kind(check_catalog),
    "carousel": Kind(check_carousel, footer=False),
    "voice_call": Kind(check_call, headers=_ANY_HEADER),
    "call_permission_request": Kind(plain("call_permission_request"), body=False, footer=False),
}
