"""Meta's checks on the buttons of a template."""

import re
from itertools import pairwise
from typing import Any

from simulator.button_parameters import COUPON_LIMIT
from simulator.errors import GraphError
from simulator.plans import VARIABLE
from simulator.readings import host_of, text_of
from simulator.shapes import a_count, a_word, objects, only
from simulator.template_texts import plain, refusal

_KEYS: dict[str, tuple[str, ...]] = {
    "QUICK_REPLY": ("text",),
    "URL": ("text", "url", "example", "app_deep_link"),
    "PHONE_NUMBER": ("text", "phone_number"),
    "COPY_CODE": ("text", "example"),
    "FLOW": (
        "text", "flow_id", "flow_name", "flow_json", "flow_action", "navigate_screen", "icon",
    ),
    "CATALOG": ("text",),
    "MPM": ("text",),
    "SPM": ("text",),
    "VOICE_CALL": ("text", "ttl_minutes"),
    "REQUEST_CONTACT_INFO": ("text",),
    "OTP": (
        "text", "otp_type", "autofill_text", "supported_apps", "zero_tap_terms_accepted",
        "package_name", "signature_hash",
    ),
}  # fmt: skip
_LIMITS = dict.fromkeys(_KEYS, 1) | {"URL": 2, "QUICK_REPLY": 10}
_LABELLED = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER", "FLOW", "VOICE_CALL"})
_PHONE = re.compile(r"\+?[0-9 ()-]{3,20}")
_FEWEST_DIGITS = 3
_WHATSAPP = frozenset({"wa.me", "api.whatsapp.com", "chat.whatsapp.com"})
_APP = ("package_name", "signature_hash")
_OTP_TYPES = frozenset({"COPY_CODE", "ONE_TAP", "ZERO_TAP"})


def check_buttons(buttons: Any, category: str) -> None:
    """The buttons of a template or of a card."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10:
        raise GraphError(100, "A template may have up to 10 buttons.")
    kinds = [button["type"] for button in buttons]
    _check_kinds(kinds, category)
    for button in buttons:
        _check_button(button)
    labels = [label for button in buttons if (label := text_of(button.get("text")).strip())]
    if len(set(labels)) != len(labels):
        raise refusal(
            2388060, "Buttons are equal", "You can't enter the same text for multiple buttons."
        )


def _check_kinds(kinds: list[str], category: str) -> None:
    for kind in kinds:
        if kind not in _KEYS:
            raise GraphError(100, f"Param buttons[]['type'] must be one of {sorted(_KEYS)}.")
        if kinds.count(kind) > _LIMITS[kind]:
            raise GraphError(100, f"Too many {kind} buttons.")
    runs = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(first != second for first, second in pairwise(runs)) > 1:
        raise GraphError(100, "Quick replies must stand together.")
    if "OTP" in kinds and category != "AUTHENTICATION":
        raise GraphError(100, "OTP buttons are for templates of category AUTHENTICATION only.")


def _check_button(button: dict[str, Any]) -> None:
    kind = button["type"]
    only(button, ("type", *_KEYS[kind]), "buttons[]")
    _check_label(kind, button.get("text"))
    check = _CHECKS.get(kind)
    if check is not None:
        check(button)


def _check_label(kind: str, label: Any) -> None:
    if label is None and kind not in _LABELLED:
        return
    if not isinstance(label, str) or not label.strip():
        raise GraphError(100, f"A button of type {kind} needs a text.")
    if len(label) > 25:
        raise GraphError(100, "A button label has at most 25 characters.")
    if not plain(label) or "{{" in label:
        raise refusal(
            2388060,
            "Button has invalid characters",
            "Buttons can't have any variables, new lines, emojis or formatting characters.",
        )


def _check_url(button: dict[str, Any]) -> None:
    url = text_of(button.get("url"))
    host = host_of(url)
    if not host or len(url) > 2_000 or "{" in host:
        raise GraphError(100, "A URL button needs a full URL.")
    if host in _WHATSAPP:
        raise GraphError(100, "Direct links to WhatsApp aren't allowed for buttons.")
    names = VARIABLE.findall(url)
    bare = VARIABLE.sub("", url)
    if "{{" in bare or "}}" in bare:
        raise GraphError(100, "A URL variable is written {{1}}.")
    if names and (names != ["1"] or not url.endswith("}}") or not _example(button)):
        raise GraphError(100, "A URL variable stands at the end and needs an example.")


def _example(button: dict[str, Any]) -> str:
    """A button's single sample, alone or in a list; empty unless there is exactly one."""
    example = button.get("example")
    if isinstance(example, list):
        example = example[0] if len(example) == 1 else None
    return text_of(example).strip()


def _check_phone(button: dict[str, Any]) -> None:
    number = text_of(button.get("phone_number"))
    if not _PHONE.fullmatch(number) or sum(map(str.isdigit, number)) < _FEWEST_DIGITS:
        raise GraphError(100, "A phone button needs a number of at most 20 characters.")


def _check_coupon(button: dict[str, Any]) -> None:
    example = _example(button)
    if not example:
        raise refusal(2388043, "Sample is missing", "A copy code button needs an example.")
    if len(example) > COUPON_LIMIT or not (example.isascii() and example.isalnum()):
        raise GraphError(100, f"A coupon has up to {COUPON_LIMIT} letters and digits.")


def _check_flow(button: dict[str, Any]) -> None:
    for key in ("flow_id", "flow_name", "navigate_screen"):
        a_word(button.get(key), key)
    if sum(key in button for key in ("flow_id", "flow_name", "flow_json")) != 1:
        raise GraphError(100, "A flow button needs one of flow_id, flow_name and flow_json.")
    if text_of(button.get("flow_action", "navigate")).lower() not in ("navigate", "data_exchange"):
        raise GraphError(100, "Param flow_action must be one of navigate, data_exchange.")


def _check_otp(button: dict[str, Any]) -> None:
    style = text_of(button.get("otp_type")).upper()
    if style not in _OTP_TYPES:
        raise GraphError(100, f"Param otp_type must be one of {sorted(_OTP_TYPES)}.")
    apps = objects(button.get("supported_apps"), "supported_apps")
    for app in apps:
        only(app, _APP, "supported_apps[]")
    if not apps and button.keys() & set(_APP):
        apps = [button]
    if not all(text_of(app.get(key)).strip() for app in apps for key in _APP):
        raise GraphError(100, "An app has a package_name and a signature_hash.")
    if style != "COPY_CODE" and not apps:
        raise GraphError(100, f"A button of otp_type {style} needs supported_apps.")
    if style == "ZERO_TAP" and button.get("zero_tap_terms_accepted") is not True:
        raise GraphError(100, "Zero-tap needs zero_tap_terms_accepted.")


def _check_call(button: dict[str, Any]) -> None:
    a_count(button.get("ttl_minutes"), "ttl_minutes", 100)


_CHECKS = {
    "URL": _check_url,
    "PHONE_NUMBER": _check_phone,
    "COPY_CODE": _check_coupon,
    "FLOW": _check_flow,
    "OTP": _check_otp,
    "VOICE_CALL": _check_call,
}
