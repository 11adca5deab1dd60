"""What a template requires of a send, compiled once so that checking a message is cheap."""

import re
from dataclasses import dataclass, field
from typing import Any

from simulator.readings import truth_of

VARIABLE = re.compile(r"\{\{([A-Za-z0-9_]+)\}\}")

MEDIA_FORMATS = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document", "GIF": "gif"}


@dataclass(frozen=True, slots=True)
class TextPlan:
    """The variables of one text, in order; `fixed` is its length without them."""

    names: tuple[str, ...]
    named: bool
    fixed: int


@dataclass(frozen=True, slots=True)
class ButtonPlan:
    """One button: its type, its required parameter, and those allowed."""

    kind: str
    required: str | None
    accepted: tuple[str, ...] = ()
    otp: bool = False


BODY_LIMIT, OFFER_BODY, CARD_BODY = 1_024, 600, 160


@dataclass(frozen=True, slots=True)
class Plan:
    """All requirements of a template or one carousel card."""

    header_text: TextPlan | None = None
    header_media: str | None = None
    body: TextPlan = field(default_factory=lambda: TextPlan((), named=False, fixed=0))
    body_limit: int = BODY_LIMIT
    buttons: tuple[ButtonPlan, ...] = ()
    required_buttons: frozenset[int] = frozenset()
    limited_time: bool = False
    otp: bool = False
    cards: tuple["Plan", ...] = ()


def text_plan(text: str, *, named: bool) -> TextPlan:
    """The variables of a text, each once."""
    names = tuple(dict.fromkeys(VARIABLE.findall(text)))
    return TextPlan(names, named=named, fixed=len(VARIABLE.sub("", text)))


_BUTTON_DEMANDS = {"COPY_CODE": "coupon_code", "OTP": "text", "MPM": "action"}
_SUB_TYPES = {"OTP": "url"}
_ACCEPTED: dict[str, tuple[str, ...]] = {
    "QUICK_REPLY": ("payload",),
    "FLOW": ("action",),
    "CATALOG": ("action",),
    "VOICE_CALL": ("ttl_minutes", "payload"),
}
_OTP_URL = "https://www.whatsapp.com/otp/"


def _button_plan(button: dict[str, Any]) -> ButtonPlan:
    kind = str(button.get("type", "")).upper()
    demand = _BUTTON_DEMANDS.get(kind)
    url = str(button.get("url", ""))
    if kind == "URL" and VARIABLE.search(url):
        demand = "text"
    otp = kind == "OTP" or url.startswith(_OTP_URL)
    sub_type = _SUB_TYPES.get(kind, kind.lower())
    return ButtonPlan(sub_type, demand, _ACCEPTED.get(kind, ()), otp)


def compile_plan(
    components: list[dict[str, Any]], *, named: bool, body_limit: int = BODY_LIMIT
) -> Plan:
    """The plan of a template's components, or of a card's."""
    parts: dict[str, Any] = {"body_limit": body_limit}
    for component in components:
        kind = str(component.get("type", "")).upper()
        if kind == "HEADER":
            header_format = str(component.get("format", "TEXT")).upper()
            if header_format == "TEXT":
                parts["header_text"] = text_plan(component.get("text", ""), named=named)
            else:
                parts["header_media"] = MEDIA_FORMATS.get(header_format, header_format.lower())
        elif kind == "BODY":
            parts["body"] = _body_plan(component, named=named)
        elif kind == "BUTTONS":
            buttons = tuple(_button_plan(button) for button in component.get("buttons", ()))
            parts["buttons"] = buttons
            parts["otp"] = any(button.otp for button in buttons)
            parts["required_buttons"] = frozenset(
                index for index, button in enumerate(buttons) if button.required
            )
        elif kind == "LIMITED_TIME_OFFER":
            parts["body_limit"] = OFFER_BODY
            ends = component.get("limited_time_offer", {}).get("has_expiration", True)
            parts["limited_time"] = truth_of(ends) is not False
        elif kind == "CAROUSEL":
            parts["cards"] = tuple(
                compile_plan(card.get("components", []), named=named, body_limit=CARD_BODY)
                for card in component.get("cards", ())
            )
    return Plan(**parts)


def _body_plan(component: dict[str, Any], *, named: bool) -> TextPlan:
    if "text" not in component:  # authentication templates have Meta's own text with one code
        return TextPlan(("1",), named=False, fixed=40)
    return text_plan(component["text"], named=named)
