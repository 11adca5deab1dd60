"""What Meta checks when a template is created or edited, and the verdict of its later review."""

import re
from itertools import pairwise
from typing import Any

from simulator.errors import GraphError
from simulator.plans import VARIABLE

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,4})?")
_CATEGORIES = frozenset({"MARKETING", "UTILITY", "AUTHENTICATION"})
_BUTTON_LIMITS = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "QUICK_REPLY": 10}
_LENGTHS = {"HEADER": 60, "BODY": 1_024, "FOOTER": 60}
_SUBCODES = {"HEADER": 2388047, "BODY": 2388072, "FOOTER": 2388073}


def _invalid(subcode: int, title: str, message: str) -> GraphError:
    return GraphError(
        100,
        message="Invalid parameter",
        error_subcode=subcode,
        is_transient=False,
        error_user_title=title,
        error_user_msg=message,
    )


def check_identity(name: Any, language: Any, category: Any) -> None:
    """Name, language and category of a new template."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _invalid(
            2388023, "Invalid template name", "Use lower-case letters, digits and underscores."
        )
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        raise GraphError(100, "Param language is not a supported language code.")
    if str(category).upper() not in _CATEGORIES:
        raise GraphError(100, "Param category must be one of {UTILITY, MARKETING, AUTHENTICATION}.")


def checked_components(components: Any, *, named: bool, category: str) -> list[dict[str, Any]]:
    """The components with upper-case types, or Meta's refusal."""
    if not isinstance(components, list) or not components:
        raise GraphError(100, "Param components must be a non-empty array.")
    tidy: list[dict[str, Any]] = []
    for component in components:
        if not isinstance(component, dict) or "type" not in component:
            raise GraphError(100, "Param components[] must be objects with a type.")
        tidy.append(_tidy(component))
    kinds = [component["type"] for component in tidy]
    if "BODY" not in kinds:
        raise _invalid(2388072, "Body is missing", "A template needs a body.")
    if len(kinds) != len(set(kinds)):
        raise GraphError(100, "Each component type may appear once.")
    for component in tidy:
        _check_component(component, named=named, category=category)
    return tidy


def _tidy(component: dict[str, Any]) -> dict[str, Any]:
    tidy = {**component, "type": str(component["type"]).upper()}
    if "format" in tidy:
        tidy["format"] = str(tidy["format"]).upper()
    if isinstance(tidy.get("buttons"), list):
        tidy["buttons"] = [
            {**button, "type": str(button.get("type", "")).upper()}
            for button in tidy["buttons"]
            if isinstance(button, dict)
        ]
    return tidy


def _check_component(component: dict[str, Any], *, named: bool, category: str) -> None:
    kind = component["type"]
    if kind == "BUTTONS":
        _check_buttons(component.get("buttons"))
    elif kind == "CAROUSEL":
        _check_carousel(component.get("cards"))
    elif kind == "HEADER" and component.get("format", "TEXT") != "TEXT":
        _check_media_header(component)
    elif kind in _LENGTHS and not (category == "AUTHENTICATION" and "text" not in component):
        _check_text(component, named=named)


def _check_media_header(component: dict[str, Any]) -> None:
    if component["format"] in ("LOCATION", "PRODUCT"):
        return
    if not component.get("example", {}).get("header_handle"):
        raise _invalid(2388043, "Sample is missing", "Media headers need an example header_handle.")


def _check_text(component: dict[str, Any], *, named: bool) -> None:
    kind, text = component["type"], component.get("text")
    subcode = _SUBCODES[kind]
    if not isinstance(text, str) or not text.strip():
        raise _invalid(subcode, f"{kind.title()} is empty", f"The {kind.lower()} needs a text.")
    if len(text) > _LENGTHS[kind]:
        raise _invalid(
            2388040, "Text too long", f"The {kind.lower()} is longer than {_LENGTHS[kind]}."
        )
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    if not names:
        return
    if kind == "FOOTER" or (kind == "HEADER" and len(names) > 1):
        raise _invalid(subcode, "Too many variables", f"The {kind.lower()} has too many variables.")
    _check_variables(names, text, kind, named=named)
    _check_example(component, kind, len(names), named=named)


def _check_variables(names: list[str], text: str, kind: str, *, named: bool) -> None:
    if named:
        if not all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names):
            raise GraphError(100, "Named parameters are lower-case letters and underscores.")
    elif names != [str(place) for place in range(1, len(names) + 1)]:
        raise _invalid(
            2388072, "Variables out of order", "Number variables {{1}}, {{2}} and so on."
        )
    if kind == "BODY":
        stripped = text.strip()
        if VARIABLE.match(stripped) or stripped.endswith("}}"):
            raise _invalid(
                2388299, "Variable at the edge", "A variable may not start or end the body."
            )
        words = len(VARIABLE.sub("", text).split())
        if words < 2 * len(names) + 1:
            raise _invalid(
                2388293, "Too many variables", "The body is too short for that many variables."
            )


def _check_example(component: dict[str, Any], kind: str, count: int, *, named: bool) -> None:
    key = f"{kind.lower()}_text" + ("_named_params" if named else "")
    values = component.get("example", {}).get(key)
    if isinstance(values, list) and values and isinstance(values[0], list):
        values = values[0]
    if not isinstance(values, list) or len(values) < count:
        raise _invalid(2388043, "Sample is missing", f"Add an example for every {key} variable.")


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10:
        raise GraphError(100, "A template may have up to 10 buttons.")
    kinds = [button["type"] for button in buttons]
    for kind, limit in _BUTTON_LIMITS.items():
        if kinds.count(kind) > limit:
            raise GraphError(100, f"Too many {kind} buttons.")
    runs = [kind == "QUICK_REPLY" for kind in kinds]
    switches = sum(first != second for first, second in pairwise(runs))
    if switches > 1:
        raise GraphError(100, "Quick replies must stand together.")
    for button in buttons:
        _check_button(button)


def _check_button(button: dict[str, Any]) -> None:
    text = button.get("text", "")
    if not isinstance(text, str) or len(text) > 25:
        raise GraphError(100, "A button label has at most 25 characters.")
    if button["type"] == "URL":
        url = str(button.get("url", ""))
        if not url.startswith(("http://", "https://")) or len(url) > 2_000:
            raise GraphError(100, "A URL button needs a full URL.")
        if VARIABLE.search(url) and (not url.endswith("}}") or not button.get("example")):
            raise GraphError(100, "A URL variable stands at the end and needs an example.")


def _check_carousel(cards: Any) -> None:
    if not isinstance(cards, list) or not 2 <= len(cards) <= 10:
        raise GraphError(100, "A carousel has 2 to 10 cards.")


def verdict(name: str, components: list[dict[str, Any]]) -> tuple[str, str]:
    """`(status, reason)` of the review: names with `reject` and adjacent variables are refused."""
    if "reject" in name:
        return "REJECTED", "PROMOTIONAL"
    text = " ".join(str(component.get("text", "")) for component in components)
    if "}}{{" in text:
        return "REJECTED", "INVALID_FORMAT"
    return "APPROVED", "NONE"
