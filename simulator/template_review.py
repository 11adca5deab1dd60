"""Meta's checks when a template is created or edited, and the verdict of the later review."""

import re
from functools import partial
from typing import Any

from simulator.errors import GraphError
from simulator.readings import text_of
from simulator.shapes import only
from simulator.template_buttons import check_buttons
from simulator.template_kinds import (
    body_rules,
    check_carousel,
    check_examples_are_handles,
    check_kind,
)
from simulator.template_texts import (
    BODY_OF_CARD,
    PLAIN_BODY,
    BodyRules,
    check_text,
    refusal,
)

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_CATEGORIES = frozenset({"MARKETING", "UTILITY", "AUTHENTICATION"})
_MEDIA = frozenset({"IMAGE", "VIDEO", "DOCUMENT", "GIF"})
_KEYS: dict[str, tuple[str, ...]] = {
    "HEADER": ("format", "text", "example"),
    "BODY": ("text", "example", "add_security_recommendation"),
    "FOOTER": ("text", "code_expiration_minutes"),
    "BUTTONS": ("buttons",),
    "CAROUSEL": ("cards",),
    "LIMITED_TIME_OFFER": ("limited_time_offer",),
    "CALL_PERMISSION_REQUEST": (),
}
_LANGUAGES = """
af ar ar_AE ar_EG ar_LB ar_MA ar_QA az be_BY bg bn bn_IN ca cs da de de_AT de_CH el en en_AE en_AU
en_CA en_GB en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG en_US en_ZA es es_AR es_CL es_CO
es_CR es_DO es_EC es_ES es_HN es_MX es_PA es_PE es_UY et fa fi fil fr fr_BE fr_CA fr_CH fr_CI fr_MA
ga gu ha he hi hr hu id it ja ka kk kn ko ky_KG lo lt lv mk ml mr ms nb nl nl_BE pa pl prs_AF ps_AF
pt_BR pt_PT ro ru rw_RW si_LK sk sl sq sr sv sw ta te th tr uk ur uz vi zh_CN zh_HK zh_TW zu
"""
LANGUAGES = frozenset(_LANGUAGES.split())


def check_identity(name: Any, language: Any, category: Any) -> None:
    """Name, language and category of a new template."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise refusal(
            2388023, "Invalid template name", "Use lower-case letters, digits and underscores."
        )
    if not isinstance(language, str) or language not in LANGUAGES:
        raise GraphError(100, "Param language is not a supported language code.")
    if text_of(category).upper() not in _CATEGORIES:
        raise GraphError(100, "Param category must be one of {UTILITY, MARKETING, AUTHENTICATION}.")


def checked_components(components: Any, *, named: bool, category: str) -> list[dict[str, Any]]:
    """The components with upper-case types, or Meta's refusal."""
    if not isinstance(components, list) or not components:
        raise GraphError(100, "Param components must be a non-empty array.")
    tidy = [_tidy(component) for component in components]
    kinds = [component["type"] for component in tidy]
    if "BODY" not in kinds:
        raise refusal(2388072, "Body is missing", "A template needs a body.")
    if len(kinds) != len(set(kinds)):
        raise GraphError(100, "Each component type may appear once.")
    rules = body_rules(tidy)
    for component in tidy:
        _check_component(component, named=named, category=category, rules=rules)
    check_kind(tidy, category)
    return tidy


def _tidy(component: Any) -> dict[str, Any]:
    if not isinstance(component, dict) or "type" not in component:
        raise GraphError(100, "Param components[] must be objects with a type.")
    tidy = {**component, "type": text_of(component["type"]).upper()}
    if "format" in tidy:
        tidy["format"] = text_of(tidy["format"]).upper()
    for name, upper in (("buttons", True), ("cards", False)):
        if name in tidy:
            tidy[name] = [_tidy_item(item, upper=upper) for item in _listed(tidy[name], name)]
    return tidy


def _tidy_item(item: dict[str, Any], *, upper: bool) -> dict[str, Any]:
    if upper:
        return {**item, "type": text_of(item.get("type")).upper()}
    parts = item.get("components")
    return {**item, "components": [_tidy(part) for part in _listed(parts, "cards[]['components']")]}


def _listed(value: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise GraphError(100, f"Param {name} must be an array of objects.")
    return value


def _check_component(
    component: dict[str, Any], *, named: bool, category: str, rules: BodyRules = PLAIN_BODY
) -> None:
    kind = component["type"]
    if kind not in _KEYS:
        raise GraphError(100, f"Param components[]['type'] must be one of {sorted(_KEYS)}.")
    only(component, ("type", *_KEYS[kind]), "components[]")
    if kind == "BUTTONS":
        check_buttons(component.get("buttons"), category)
    elif kind == "CAROUSEL":
        check = partial(_check_component, named=named, category=category, rules=BODY_OF_CARD)
        check_carousel(component.get("cards"), check)
    elif kind == "HEADER":
        _check_header(component, named=named)
    elif kind in ("BODY", "FOOTER") and (category != "AUTHENTICATION" or "text" in component):
        check_text(component, named=named, rules=rules)


def _check_header(component: dict[str, Any], *, named: bool) -> None:
    style = component.get("format", "TEXT")
    if style == "TEXT":
        check_text(component, named=named)
    elif style in _MEDIA:
        check_examples_are_handles(component)
    elif style not in ("LOCATION", "PRODUCT"):
        raise GraphError(
            100, f"Param format must be one of {sorted({'TEXT', 'LOCATION', 'PRODUCT'} | _MEDIA)}."
        )
    elif "text" in component:
        raise GraphError(100, f"A header of format {style} has no text.")


def verdict(name: str, components: list[dict[str, Any]]) -> tuple[str, str]:
    """`(status, reason)` of the review: names with `reject` and adjacent variables are refused."""
    if "reject" in name:
        return "REJECTED", "PROMOTIONAL"
    if any("}}{{" in text for text in _texts(components)):
        return "REJECTED", "INVALID_FORMAT"
    return "APPROVED", "NONE"


def _texts(components: list[dict[str, Any]]) -> list[str]:
    texts = [text_of(component.get("text")) for component in components]
    for component in components:
        for card in component.get("cards") or ():
            texts += _texts(card["components"])
    return texts
