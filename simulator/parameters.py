"""Checks the parameters of a template send against the template's plan, with Meta's error codes."""

import re
from typing import Any

from simulator.errors import GraphError
from simulator.plans import ButtonPlan, Plan, TextPlan

BODY_LIMIT = 1_024
_FORBIDDEN_TEXT = re.compile(r"[\n\t]| {5,}")
_TEXT_KINDS = frozenset({"text", "currency", "date_time"})


def check(plan: Plan, components: Any, known_media: Any) -> None:
    """Raises Meta's error when the parameters do not fit; `known_media(id, kind)` tells usable media."""
    seen: set[str] = set()
    buttons: set[int] = set()
    for component in _objects(components, "components"):
        kind = str(component.get("type", "")).lower()
        if kind == "body":
            check_text("body", plan.body, component.get("parameters"), BODY_LIMIT)
        elif kind == "header":
            _check_header(plan, component.get("parameters"), known_media)
        elif kind == "button":
            buttons.add(_check_button(plan, component))
        elif kind == "limited_time_offer":
            _check_offer(component.get("parameters"))
        elif kind == "carousel":
            _check_cards(plan, component.get("cards"), known_media)
        elif kind != "tap_target_configuration":
            raise GraphError(100, f"Unexpected component type '{kind}'.")
        seen.add(kind)
    _check_missing(plan, seen, buttons)


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


def _objects(value: Any, where: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise GraphError(100, f"'{where}' must be an array of objects.")
    for item in value:
        if not isinstance(item, dict):
            raise GraphError(100, f"'{where}' must be an array of objects.")
    return value


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
    given = _objects(parameters, "parameters")
    if len(given) != len(plan.names):
        raise _count_error(where, len(given), len(plan.names))
    length = plan.fixed
    names: list[str] = []
    for parameter in given:
        length += _check_parameter(where, parameter)
        if "parameter_name" in parameter:
            names.append(str(parameter["parameter_name"]))
    if plan.named and sorted(names) != sorted(plan.names):
        raise GraphError(
            132000, f"{where}: parameter names {names} do not match {list(plan.names)}"
        )
    if names and not plan.named:
        raise GraphError(132000, f"{where}: this template has positional parameters")
    if length > limit:
        raise GraphError(132005, f"{where}: translated text is too long ({length} > {limit})")


def _check_parameter(where: str, parameter: dict[str, Any]) -> int:
    kind = str(parameter.get("type"))
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
    if kind not in _TEXT_KINDS:
        raise GraphError(132012, f"{where}: expected a text parameter, received {kind}")
    fallback = parameter.get(kind)
    return len(str(fallback.get("fallback_value", ""))) if isinstance(fallback, dict) else 0


def _check_header(plan: Plan, parameters: Any, known_media: Any) -> None:
    if plan.header_media is None:
        text = plan.header_text or TextPlan((), named=False, fixed=0)
        check_text("header", text, parameters, 60 + BODY_LIMIT)
        return
    given = _objects(parameters, "parameters")
    if len(given) != 1:
        raise _count_error("header", len(given), 1)
    kind = str(given[0].get("type", "unknown")).lower()
    if kind != plan.header_media:
        raise _media_error(plan.header_media, kind)
    media = given[0].get(kind)
    if not isinstance(media, dict):
        raise GraphError(131008, f"header: '{kind}' is missing")
    if kind not in ("location", "product"):
        check_media(media, kind, known_media)


def check_media(media: dict[str, Any], kind: str, known_media: Any) -> None:
    """Exactly one of an id we know or an http(s) link."""
    identifier, link = media.get("id"), media.get("link")
    if (identifier is None) == (link is None):
        raise GraphError(131008, f"{kind}: exactly one of 'id' and 'link' is required")
    if link is not None:
        if not isinstance(link, str) or not link.startswith(("https://", "http://")):
            raise GraphError(131009, f"{kind}: 'link' is not a valid URL")
    elif not known_media(str(identifier), kind):
        raise GraphError(
            131053, f"Media id '{identifier}' is not an uploaded {kind} of this number."
        )


def _check_button(plan: Plan, component: dict[str, Any]) -> int:
    try:
        index = int(component.get("index", 0))
    except (TypeError, ValueError):
        raise GraphError(100, "Button index must be a number.") from None
    if not 0 <= index < len(plan.buttons):
        raise GraphError(132012, f"buttons: no button at index {index}")
    button = plan.buttons[index]
    sub_type = str(component.get("sub_type", "")).lower()
    if sub_type != button.kind:
        raise GraphError(
            132012,
            f"buttons: Format mismatch at index {index}, expected {button.kind}, got {sub_type}",
        )
    given = _objects(component.get("parameters"), "parameters")
    if button.required is None and button.kind == "url" and given:
        raise _count_error(f"buttons: index {index}", len(given), 0)
    if given:
        _check_button_parameter(button, index, given[0])
    elif button.required:
        raise GraphError(
            131008,
            f"buttons: Button at index {index} of type {sub_type.title()} requires a parameter",
        )
    return index


_PARAMETER_LIMITS = {"coupon_code": 20, "payload": 256, "text": 2_000}


def _check_button_parameter(button: ButtonPlan, index: int, parameter: dict[str, Any]) -> None:
    kind = str(parameter.get("type", ""))
    if button.required and kind != button.required:
        raise GraphError(
            132012, f"buttons: index {index} expects a {button.required} parameter, received {kind}"
        )
    limit = _PARAMETER_LIMITS.get(kind)
    if limit is None:
        return
    value = parameter.get(kind)
    if not isinstance(value, str) or not value:
        raise GraphError(131008, f"buttons: parameter of button {index} is empty or missing")
    if len(value) > limit:
        raise GraphError(132005, f"buttons: parameter of button {index} is longer than {limit}")


def _check_offer(parameters: Any) -> None:
    given = _objects(parameters, "parameters")
    offer = given[0].get("limited_time_offer") if given else None
    if not isinstance(offer, dict) or not isinstance(offer.get("expiration_time_ms"), int):
        raise GraphError(132012, "limited_time_offer: expiration_time_ms is missing")


def _check_cards(plan: Plan, cards: Any, known_media: Any) -> None:
    given = _objects(cards, "cards")
    if len(given) != len(plan.cards):
        raise GraphError(
            132012, f"carousel: {len(given)} cards given, {len(plan.cards)} are in the template"
        )
    for card_plan, card in zip(plan.cards, given, strict=True):
        check(card_plan, card.get("components"), known_media)
