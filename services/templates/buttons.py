"""Template buttons as named in the webhook for changed components."""

from collections.abc import Mapping, Sequence
from typing import Any

_PARTS = {
    "text": "message_template_button_text",
    "url": "message_template_button_url",
    "phone_number": "message_template_button_phone_number",
}


def changed_buttons(parts: Sequence[Any], told: object) -> tuple[list[Any], bool]:
    """The components with Meta's buttons, and whether they are complete.

    A button of the same type in the same position keeps what the webhook omits, such as its link's example; others are
    new, and need a sync for the rest.
    """
    if not isinstance(told, list):
        return list(parts), True
    found = [item for item in told if isinstance(item, Mapping)]
    present = next((part for part in parts if _is_buttons(part)), None)
    old = [item for item in (present or {}).get("buttons") or () if isinstance(item, dict)]
    same = [_type(item) for item in found] == [str(item.get("type", "")).upper() for item in old]
    made = [_button(item, old[place] if same else {}) for place, item in enumerate(found)]
    rest = [part for part in parts if not _is_buttons(part)]
    if not made:
        return rest, True
    whole = {**(present or {}), "type": "BUTTONS", "buttons": made}
    place = list(parts).index(present) if present is not None else len(rest)
    return [*rest[:place], whole, *rest[place:]], same


def _is_buttons(part: object) -> bool:
    return isinstance(part, Mapping) and str(part.get("type", "")).upper() == "BUTTONS"


def _type(item: Mapping[str, Any]) -> str:
    return str(item.get("message_template_button_type") or "").upper()


def _button(item: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: str(item[key]).replace("\0", "") for name, key in _PARTS.items() if item.get(key)
    }
    return {**old, "type": _type(item), **values}
