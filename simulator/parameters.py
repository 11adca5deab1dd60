"""Checks the parameters of a template send against the template's plan, with Meta's error codes."""

import re
from collections.abc import Callable
from typing import Any

from simulator.button_parameters import check_button
from simulator.errors import GraphError
from simulator.plans import BODY_LIMIT, Plan, TextPlan
from simulator.readings import index_of, text_of
from simulator.shapes import a_location, a_text, an_address, an_object, objects, only

KnownMedia = Callable[[str, str], bool]
"""Whether an id is media of a kind the sending number may use."""

HEADER_LIMIT = 60
OTP_LIMIT = 15
_FORBIDDEN_TEXT = re.compile(r"[\r\n\t]| {5,}")
_COMPONENT_KEYS = {
    "button": frozenset({"type", "sub_type", "index", "parameters"}),
    "carousel": frozenset({"type", "cards"}),
}
_OTHER_KEYS = frozenset({"type", "parameters"})
_OF_TEXT = frozenset({"type", "parameter_name", "text"})
_MEDIA_KEYS = frozenset({"id", "link", "filename", "caption"})
_TEXT_KEYS: dict[str, tuple[str, ...]] = {
    "currency": ("fallback_value", "code", "amount_1000"),
    "date_time": (
        "fallback_value", "day_of_week", "year", "month", "day_of_month", "hour", "minute",
        "calendar",
    ),
}  # fmt: skip


def check(plan: Plan, components: Any, known_media: KnownMedia) -> None:
    """Raises Meta's error when the parameters do not fit."""
    seen: set[str] = set()
    buttons: set[int] = set()
    for component in objects(components, "components"):
        kind = text_of(component.get("type")).lower()
        only(component, _COMPONENT_KEYS.get(kind, _OTHER_KEYS), "components[]")
        if kind == "button":
            index = check_button(plan, component)
            _once(index, buttons, f"Button {index}")
        else:
            _once(kind, seen, f"The component '{kind}'")
            _check_component(plan, component, kind, known_media)
    _check_missing(plan, seen, buttons)


def _once(place: Any, seen: set[Any], what: str) -> None:
    if place in seen:
        raise GraphError(100, f"{what} is given twice.")
    seen.add(place)


def _check_component(
    plan: Plan, component: dict[str, Any], kind: str, known_media: KnownMedia
) -> None:
    given = component.get("parameters")
    if kind == "body":
        check_text("body", plan.body, given, plan.body_limit)
        if plan.otp:
            _check_otp(given)
    elif kind == "header":
        _check_header(plan, given, known_media)
    elif kind == "limited_time_offer":
        _check_offer(plan, given)
    elif kind == "carousel":
        _check_cards(plan, component.get("cards"), known_media)
    elif kind != "tap_target_configuration":
        raise GraphError(100, f"Unexpected component type '{kind}'.")


def _check_otp(given: Any) -> None:
    if any(len(text_of(parameter.get("text"))) > OTP_LIMIT for parameter in given or []):
        raise GraphError(132005, f"body: a code has at most {OTP_LIMIT} characters")


def _check_missing(plan: Plan, seen: set[str], buttons: set[int]) -> None:
    if plan.body.names and "body" not in seen:
        raise _count_error("body", 0, len(plan.body.names))
    if "header" not in seen:
        if plan.header_media:
            raise _media_error(plan.header_media, "UNKNOWN")
        if plan.header_text and plan.header_text.names:
            raise _count_error("header", 0, len(plan.header_text.names))
    missing = plan.required_buttons - buttons
    if missing:
        index = min(missing)
        kind = plan.buttons[index].kind.title()
        raise GraphError(
            131008, f"buttons: Button at index {index} of type {kind} requires a parameter"
        )
    if plan.limited_time and "limited_time_offer" not in seen:
        raise GraphError(132012, "limited_time_offer: parameter is missing")
    if plan.cards and "carousel" not in seen:
        raise GraphError(132012, "carousel: cards are missing")


def _count_error(where: str, got: int, expected: int) -> GraphError:
    return GraphError(
        132000,
        f"{where}: number of localizable_params ({got}) does not match "
        f"the expected number of params ({expected})",
    )


def _media_error(expected: str, got: str) -> GraphError:
    return GraphError(
        132012, f"header: Format mismatch, expected {expected.upper()}, received {got.upper()}"
    )


def check_text(where: str, plan: TextPlan, parameters: Any, limit: int) -> None:
    """Counts, names, kinds and the length of the filled text."""
    given = objects(parameters, "parameters")
    if len(given) != len(plan.names):
        raise _count_error(where, len(given), len(plan.names))
    length = plan.fixed
    names: list[str] = []
    for parameter in given:
        length += _check_parameter(where, parameter)
        if "parameter_name" in parameter:
            names.append(text_of(parameter["parameter_name"]))
    if plan.named and sorted(names) != sorted(plan.names):
        raise GraphError(
            132000, f"{where}: parameter names {names} do not match {list(plan.names)}"
        )
    if names and not plan.named:
        raise GraphError(132000, f"{where}: this template has positional parameters")
    if length > limit:
        raise GraphError(132005, f"{where}: translated text is too long ({length} > {limit})")


def _check_parameter(where: str, parameter: dict[str, Any]) -> int:
    kind = text_of(parameter.get("type"))
    known = _OF_TEXT if kind == "text" else ("type", "parameter_name", kind)
    only(parameter, known, where)
    if kind == "text":
        text = parameter.get("text")
        if not isinstance(text, str) or not text:
            raise GraphError(131008, f"{where}: a text parameter is empty or missing")
        if _FORBIDDEN_TEXT.search(text):
            raise GraphError(
                132012,
                f"{where}: param text cannot have new-line/tab characters "
                "or more than 4 consecutive spaces",
            )
        return len(text)
    if kind not in _TEXT_KEYS:
        raise GraphError(132012, f"{where}: expected a text parameter, received {kind}")
    value = an_object(parameter.get(kind), kind, _TEXT_KEYS[kind])
    a_text(value.get("fallback_value"), f"{kind}['fallback_value']", BODY_LIMIT)
    if kind == "currency":
        a_text(value.get("code"), "currency['code']", 3)
        if type(value.get("amount_1000")) is not int:
            raise GraphError(131008, "Parameter 'currency['amount_1000']' is missing.")
    return len(value["fallback_value"])


def _check_header(plan: Plan, parameters: Any, known_media: Any) -> None:
    if plan.header_media is None:
        text = plan.header_text or TextPlan((), named=False, fixed=0)
        check_text("header", text, parameters, HEADER_LIMIT)
        return
    given = objects(parameters, "parameters")
    if len(given) != 1:
        raise _count_error("header", len(given), 1)
    kind = text_of(given[0].get("type", "unknown")).lower()
    if kind != plan.header_media:
        raise _media_error(plan.header_media, kind)
    only(given[0], ("type", kind), "header['parameters']")
    if kind == "location":
        a_location(given[0].get(kind), "location")
    elif kind == "product":
        product = an_object(given[0].get(kind), kind, ("product_retailer_id", "catalog_id"))
        a_text(product.get("product_retailer_id"), "product_retailer_id", 256)
    else:
        check_media(an_object(given[0].get(kind), kind, _MEDIA_KEYS), kind, known_media)


def check_media(media: dict[str, Any], kind: str, known_media: Any) -> None:
    """Exactly one of a known id or an http(s) link."""
    identifier, link = media.get("id"), media.get("link")
    if (identifier is None) == (link is None):
        raise GraphError(131008, f"{kind}: exactly one of 'id' and 'link' is required")
    if link is not None:
        an_address(link, f"{kind}['link']")
    elif not known_media(text_of(identifier), kind):
        raise GraphError(
            131053,
            f"Media id '{text_of(identifier)}' is not an uploaded {kind} of this number.",
        )


def _check_offer(plan: Plan, parameters: Any) -> None:
    given = objects(parameters, "parameters")
    if not plan.limited_time or len(given) != 1:
        raise GraphError(132012, "limited_time_offer: one expiration_time_ms, where it is wanted")
    only(given[0], ("type", "limited_time_offer"), "limited_time_offer['parameters']")
    known = ("expiration_time_ms",)
    offer = an_object(given[0].get("limited_time_offer"), "limited_time_offer", known)
    moment = offer.get("expiration_time_ms")
    if not isinstance(moment, int) or isinstance(moment, bool) or moment <= 0:
        raise GraphError(132012, "limited_time_offer: expiration_time_ms is missing")


def _check_cards(plan: Plan, cards: Any, known_media: KnownMedia) -> None:
    given = objects(cards, "cards")
    if not plan.cards or len(given) != len(plan.cards):
        raise GraphError(
            132012, f"carousel: {len(given)} cards given, {len(plan.cards)} are in the template"
        )
    seen: set[int] = set()
    for card in given:
        only(card, ("card_index", "components"), "cards[]")
        index = index_of(card.get("card_index"))
        if index is None or index >= len(plan.cards):
            raise GraphError(131009, "Parameter 'card_index' is not one of the template's cards.")
        _once(index, seen, f"Card {index}")
        check(plan.cards[index], card.get("components"), known_media)
