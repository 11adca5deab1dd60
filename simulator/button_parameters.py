"""Checks the parameters of a template's buttons, with Meta's error codes."""

import re
from typing import Any

from simulator.errors import GraphError
from simulator.plans import ButtonPlan, Plan
from simulator.readings import count_of, index_of, text_of
from simulator.shapes import a_text, a_word, an_object, objects, only, unique

COUPON_LIMIT = 20
OTP_LIMIT = 15
_LIMITS = {"payload": 256, "text": 2_000}
_BROKEN = re.compile(r"[\r\n\t]")


def check_button(plan: Plan, component: dict[str, Any]) -> int:
    """Raises Meta's error if a button's parameters do not fit; otherwise returns its position."""
    index = index_of(component.get("index"))
    if index is None:
        raise _nowhere(component.get("index"))
    if index >= len(plan.buttons):
        raise GraphError(132012, f"buttons: no button at index {index}")
    button = plan.buttons[index]
    sub_type = text_of(component.get("sub_type")).lower()
    if sub_type != button.kind:
        raise GraphError(
            132012,
            f"buttons: Format mismatch at index {index}, expected {button.kind}, got {sub_type}",
        )
    given = objects(component.get("parameters"), "parameters")
    if len(given) > _most(button):
        raise GraphError(
            132000,
            f"buttons: index {index}: number of localizable_params ({len(given)}) does not match "
            f"the expected number of params ({_most(button)})",
        )
    if button.required and not given:
        raise GraphError(
            131008,
            f"buttons: Button at index {index} of type {sub_type.title()} requires a parameter",
        )
    for parameter in given:
        _check_parameter(button, index, parameter)
    if len(given) > 1:
        unique([parameter["type"] for parameter in given], f"parameter of button {index}")
    return index


def _nowhere(value: Any) -> GraphError:
    """What is wrong with an invalid position."""
    if value is None:
        return GraphError(131008, "Parameter 'index' of a button is missing.")
    return GraphError(100, "Button index must be a number.")


def _most(button: ButtonPlan) -> int:
    """How many parameters the button takes."""
    if button.kind == "voice_call":
        return 2
    return int(button.required is not None or bool(button.accepted))


def _check_parameter(button: ButtonPlan, index: int, parameter: dict[str, Any]) -> None:
    kind = text_of(parameter.get("type"))
    wanted = (button.required,) if button.required else button.accepted
    if kind not in wanted:
        raise GraphError(
            132012,
            f"buttons: index {index} expects a {wanted[0]} parameter, received {kind}",
        )
    only(parameter, ("type", kind), f"buttons[{index}]['parameters']")
    value = parameter.get(kind)
    where = f"parameter of button {index}"
    if kind == "ttl_minutes":
        if not count_of(value):
            raise GraphError(131009, f"buttons: {where} must be minutes")
    elif kind == "action":
        _check_action(button, value)
    else:
        _check_text(button, kind, value, where)


def _check_text(button: ButtonPlan, kind: str, value: Any, where: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise GraphError(131008, f"buttons: {where} is empty or missing")
    limit = OTP_LIMIT if button.otp else COUPON_LIMIT if kind == "coupon_code" else _LIMITS[kind]
    if len(value) > limit:
        raise GraphError(132005, f"buttons: {where} is longer than {limit}")
    if kind == "coupon_code" and not (value.isascii() and value.isalnum()):
        raise GraphError(132012, f"buttons: {where}: a coupon has letters and digits only")
    if kind == "text" and not (value.isprintable() or button.otp) and _BROKEN.search(value):
        raise GraphError(132012, f"buttons: {where} has a line break in it")
    if button.otp and any(map(str.isspace, value)):
        raise GraphError(132012, f"buttons: {where} has a space in it")


def _check_action(button: ButtonPlan, value: Any) -> None:
    known: dict[str, tuple[str, ...]] = {
        "flow": ("flow_token", "flow_action_data"),
        "catalog": ("thumbnail_product_retailer_id",),
        "mpm": ("thumbnail_product_retailer_id", "sections"),
    }
    action = an_object(value, "action", known.get(button.kind, ()))
    a_word(action.get("flow_token"), "flow_token")
    if action.get("flow_action_data") is not None:
        an_object(action["flow_action_data"], "flow_action_data")
    a_word(action.get("thumbnail_product_retailer_id"), "thumbnail_product_retailer_id")
    if button.kind == "mpm":
        _check_sections(action)


def _check_sections(action: dict[str, Any]) -> None:
    sections = objects(action.get("sections"), "sections")
    if not 1 <= len(sections) <= 10:
        raise GraphError(131009, "A list of products has 1 to 10 sections.")
    count = 0
    for section in sections:
        only(section, ("title", "product_items"), "section")
        a_text(section.get("title"), "section title", 24, required=len(sections) > 1)
        items = objects(section.get("product_items"), "product_items")
        if not items:
            raise GraphError(131009, "A section needs at least one product.")
        for item in items:
            only(item, ("product_retailer_id",), "product_items")
            a_text(item.get("product_retailer_id"), "product_retailer_id", 256)
        count += len(items)
    if count > 30:
        raise GraphError(131009, "At most 30 products in a list of products.")
