"""Templates of a special kind: authentication, limited-time offer, carousel."""

from collections.abc import Callable
from typing import Any

from simulator.errors import GraphError
from simulator.shapes import an_object, only
from simulator.template_texts import refusal

Components = list[dict[str, Any]]

OFFER_TEXT, OFFER_BODY, CARD_BODY = 16, 600, 160


def check_kind(components: Components, category: str) -> None:
    """What belongs together, and what must not stand side by side."""
    kinds = {component["type"]: component for component in components}
    if category == "AUTHENTICATION":
        _check_authentication(kinds)
    if "LIMITED_TIME_OFFER" in kinds:
        _check_offer(kinds, category)
    if "CAROUSEL" in kinds and (set(kinds) != {"BODY", "CAROUSEL"} or category == "AUTHENTICATION"):
        raise GraphError(100, "Beside the cards of a carousel stands a body and nothing else.")


def body_limit(components: Components) -> int | None:
    """The shorter body of an offer."""
    offer = any(component["type"] == "LIMITED_TIME_OFFER" for component in components)
    return OFFER_BODY if offer else None


def _buttons(kinds: dict[str, Any]) -> list[str]:
    return [button["type"] for button in (kinds.get("BUTTONS") or {}).get("buttons") or ()]


def _check_authentication(kinds: dict[str, Any]) -> None:
    if not set(kinds) <= {"BODY", "FOOTER", "BUTTONS"}:
        raise GraphError(100, "An authentication template has a body, a footer and one button.")
    if "text" in kinds["BODY"] or "text" in kinds.get("FOOTER", {}):
        raise refusal(2388072, "Text is fixed", "Authentication templates have Meta's own text.")
    if _buttons(kinds) != ["OTP"]:
        raise GraphError(100, "An authentication template has exactly one OTP button.")
    minutes = kinds.get("FOOTER", {}).get("code_expiration_minutes", 1)
    if type(minutes) is not int or not 1 <= minutes <= 90:
        raise GraphError(100, "Param code_expiration_minutes must be from 1 to 90.")


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
    if "COPY_CODE" in buttons and buttons[0] != "COPY_CODE":
        raise GraphError(100, "The copy code button stands first.")


Check = Callable[[dict[str, Any]], None]


def check_carousel(cards: Any, check_component: Check) -> None:
    """Two to ten cards that all have the same parts; `check_component` looks into each part."""
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
    """`message_send_ttl_seconds` within what the category allows; -1 is 30 days."""
    if seconds is None or (seconds == -1 and category != "MARKETING"):
        return
    least, most = LIFETIMES[category]
    if type(seconds) is not int or not least <= seconds <= most:
        raise GraphError(100, f"Param message_send_ttl_seconds must be from {least} to {most}.")


def check_examples_are_handles(component: dict[str, Any]) -> None:
    """The sample of a media header: the handle of an upload, no address."""
    example = component.get("example")
    handles = example.get("header_handle") if isinstance(example, dict) else None
    handle = handles[0] if isinstance(handles, list) and handles else handles
    if not isinstance(handle, str) or not handle:
        raise refusal(2388043, "Sample is missing", "Media headers need an example header_handle.")
    only(component, ("type", "format", "example"), "components[]")
