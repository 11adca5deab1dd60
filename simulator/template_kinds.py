"""Templates of a special kind: authentication, limited-time offer, carousel."""

from collections.abc import Callable
from typing import Any

from simulator.errors import GraphError
from simulator.readings import host_of, truth_of
from simulator.shapes import a_truth, an_object, only
from simulator.template_texts import BODY_OF_OFFER, PLAIN_BODY, BodyRules, refusal

Components = list[dict[str, Any]]

OFFER_TEXT = 16


def check_kind(components: Components, category: str) -> None:
    """Which parts belong together, and which must not be combined."""
    kinds = {component["type"]: component for component in components}
    if category == "AUTHENTICATION":
        _check_authentication(kinds)
    else:
        _check_no_code(kinds)
    _check_product(kinds)
    if "LIMITED_TIME_OFFER" in kinds:
        _check_offer(kinds, category)
    if "CAROUSEL" in kinds and (set(kinds) != {"BODY", "CAROUSEL"} or category == "AUTHENTICATION"):
        raise GraphError(100, "Beside the cards of a carousel stands a body and nothing else.")


def body_rules(components: Components) -> BodyRules:
    """The rules for the body: an offer's is shorter and freer."""
    offer = any(component["type"] == "LIMITED_TIME_OFFER" for component in components)
    return BODY_OF_OFFER if offer else PLAIN_BODY


def _buttons(kinds: dict[str, Any]) -> list[str]:
    return [button["type"] for button in (kinds.get("BUTTONS") or {}).get("buttons") or ()]


def _check_authentication(kinds: dict[str, Any]) -> None:
    if not set(kinds) <= {"BODY", "FOOTER", "BUTTONS"}:
        raise GraphError(100, "An authentication template has a body, a footer and one button.")
    a_truth(kinds["BODY"].get("add_security_recommendation"), "add_security_recommendation")
    if "text" in kinds["BODY"] or "text" in kinds.get("FOOTER", {}):
        raise refusal(2388072, "Text is fixed", "Authentication templates have Meta's own text.")
    if _buttons(kinds) != ["OTP"]:
        raise GraphError(100, "An authentication template has exactly one OTP button.")
    minutes = kinds.get("FOOTER", {}).get("code_expiration_minutes", 1)
    if type(minutes) is not int or not 1 <= minutes <= 90:
        raise GraphError(100, "Param code_expiration_minutes must be from 1 to 90.")


def _check_no_code(kinds: dict[str, Any]) -> None:
    for kind, key in (
        ("BODY", "add_security_recommendation"),
        ("FOOTER", "code_expiration_minutes"),
    ):
        if key in kinds.get(kind, {}):
            raise GraphError(100, f"{key} is for templates of category AUTHENTICATION only.")


def _check_product(kinds: dict[str, Any]) -> None:
    shown = kinds.get("HEADER", {}).get("format") == "PRODUCT"
    if shown != ("SPM" in _buttons(kinds)):
        raise GraphError(100, "A product header and a button of type SPM go together.")


def _check_offer(kinds: dict[str, Any], category: str) -> None:
    if category != "MARKETING":
        raise GraphError(100, "A limited-time offer is of category MARKETING.")
    offer = an_object(
        kinds["LIMITED_TIME_OFFER"].get("limited_time_offer"),
        "limited_time_offer",
        ("text", "has_expiration"),
    )
    text = offer.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= OFFER_TEXT:
        raise refusal(
            2388040, "Text too long", f"The offer's text has 1 to {OFFER_TEXT} characters."
        )
    if "FOOTER" in kinds:
        raise GraphError(100, "A limited-time offer has no footer.")
    if kinds.get("HEADER", {}).get("format", "IMAGE") not in ("IMAGE", "VIDEO"):
        raise GraphError(100, "The header of a limited-time offer is a picture or a video.")
    buttons = _buttons(kinds)
    if not buttons or not {"COPY_CODE", "URL"} >= set(buttons):
        raise GraphError(100, "A limited-time offer has a copy code button and a URL button.")
    ends = offer.get("has_expiration")
    a_truth(ends, "has_expiration")
    if buttons[0] != "COPY_CODE" and (truth_of(ends) or "COPY_CODE" in buttons):
        raise GraphError(100, "The copy code button stands first; an offer that ends needs one.")


Check = Callable[[dict[str, Any]], None]


def check_carousel(cards: Any, check_component: Check) -> None:
    """Two to ten cards that all have the same parts; `check_component` checks each part."""
    if not isinstance(cards, list) or not 2 <= len(cards) <= 10:
        raise GraphError(100, "A carousel has 2 to 10 cards.")
    shapes = []
    for card in cards:
        parts = an_object(card, "cards[]", ("components",)).get("components")
        if not isinstance(parts, list) or not parts:
            raise GraphError(100, "Param cards[]['components'] must be a non-empty array.")
        for part in parts:
            check_component(part)
        shapes.append(_card_shape(parts))
    if len(set(shapes)) > 1:
        raise refusal(
            2388196, "Cards differ", "All cards must have the same components and buttons."
        )


def _card_shape(parts: Components) -> tuple[Any, ...]:
    kinds = [part["type"] for part in parts]
    if len(set(kinds)) != len(kinds) or not set(kinds) <= {"HEADER", "BODY", "BUTTONS"}:
        raise GraphError(100, "A card has a header, a body and buttons, each once.")
    by_kind = dict(zip(kinds, parts, strict=True))
    style = by_kind.get("HEADER", {}).get("format")
    if style not in ("IMAGE", "VIDEO", "PRODUCT"):
        raise GraphError(100, "The header of a card is a picture, a video or a product.")
    buttons = _buttons(by_kind)
    if not 1 <= len(buttons) <= 2:
        raise GraphError(100, "A card has one or two buttons.")
    return (style, tuple(sorted(kinds)), tuple(buttons))


LIFETIMES = {"AUTHENTICATION": (30, 900), "UTILITY": (30, 43_200), "MARKETING": (43_200, 2_592_000)}


def check_lifetime(seconds: Any, category: str) -> None:
    """`message_send_ttl_seconds` within the category's range; -1 is 30 days."""
    if seconds is None or (seconds == -1 and category != "MARKETING"):
        return
    least, most = LIFETIMES[category]
    if type(seconds) is not int or not least <= seconds <= most:
        raise GraphError(100, f"Param message_send_ttl_seconds must be from {least} to {most}.")


def check_examples_are_handles(component: dict[str, Any]) -> None:
    """The sample of a media header: an upload handle, not an address."""
    example = component.get("example")
    handles = example.get("header_handle") if isinstance(example, dict) else None
    handle = handles[0] if isinstance(handles, list) and len(handles) == 1 else handles
    if not isinstance(handle, str) or not handle.strip() or host_of(handle):
        raise refusal(
            2388043, "Sample is missing", "Media headers need one example, the handle of an upload."
        )
    only(component, ("type", "format", "example"), "components[]")
