"""How a template looks with its values in place, for previews and threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.links import ending
from domain.sentences import N_
from domain.template_slots import OTP_URL, VARIABLE, slots

COPY_OFFER = N_("Copy offer code")
"""WhatsApp's label for an offer button without its own text."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template with its values in place; ``header_url`` is None for text and for media ids."""

    header_format: str | None
    header_text: str
    header_url: str | None
    body: str
    footer: str
    buttons: list[dict[str, str]]
    cards: list["Rendered"] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The shape stored with a message and drawn by the phone preview."""
        header = (
            {"format": self.header_format, "text": self.header_text, "url": self.header_url}
            if self.header_format
            else None
        )
        shape: dict[str, Any] = {
            "header": header,
            "body": self.body,
            "footer": self.footer,
            "buttons": self.buttons,
        }
        return shape | {"cards": [card.as_dict() for card in self.cards]} if self.cards else shape


def render(template: Mapping[str, Any], values: Sequence[str]) -> Rendered:
    """The template with ``values`` (in the order of ``slots``) for previews and threads."""
    needed = slots(template["components"], str(template.get("parameter_format", "")))
    filled = {slot.key: value for slot, value in zip(needed, values, strict=False)}
    return _render(template["components"], filled, "")


def preview_text(template: Mapping[str, Any], values: Sequence[str]) -> str:
    """One line for lists: the body or, without one, what the template contains."""
    shown = render(template, values)
    line = " ".join(shown.body.split())
    return line or shown.header_text or str(template.get("name", ""))


def _render(
    components: Sequence[Mapping[str, Any]], filled: Mapping[str, str], prefix: str
) -> Rendered:
    by_type = {str(part.get("type", "")).upper(): part for part in components}

    def fill(where: str) -> str:
        text = str(by_type.get(where.upper(), {}).get("text") or "")
        return VARIABLE.sub(
            lambda hit: filled.get(f"{prefix}{where}.{hit[1]}") or gap(hit[1]), text
        )

    header = by_type.get("HEADER")
    style = str(header.get("format", "TEXT")).upper() if header else None
    medium = filled.get(f"{prefix}header.{(style or '').lower()}", "")
    body = fill("body")
    if "BODY" in by_type and "text" not in by_type["BODY"]:
        body = f"*{filled.get(f'{prefix}body.1') or '123456'}* is your verification code."
    return Rendered(
        header_format=style,
        header_text=fill("header"),
        header_url=medium if medium.startswith(("http://", "https://", "/")) else None,
        body=body,
        footer=str(by_type.get("FOOTER", {}).get("text") or ""),
        buttons=_rendered_buttons(by_type.get("BUTTONS", {}), filled, prefix),
        cards=[
            _render(card.get("components") or (), filled, f"{prefix}card.{number}.")
            for number, card in enumerate(by_type.get("CAROUSEL", {}).get("cards") or ())
        ],
    )


def _rendered_buttons(
    part: Mapping[str, Any], filled: Mapping[str, str], prefix: str
) -> list[dict[str, str]]:
    shown = []
    for index, button in enumerate(part.get("buttons") or ()):
        kind = str(button.get("type", "")).upper()
        url = str(button.get("url") or "")
        entry = {"type": "COPY_CODE" if kind == "OTP" or url.startswith(OTP_URL) else kind}
        entry["text"] = str(button.get("text") or COPY_OFFER)
        if kind == "URL" and entry["type"] == "URL":
            value = filled.get(f"{prefix}button.{index}.1")
            entry["url"] = _linked(url, value) if VARIABLE.search(url) else url
        if kind == "PHONE_NUMBER":
            entry["phone_number"] = str(button.get("phone_number") or "")
        shown.append(entry)
    return shown


def _linked(url: str, value: str | None) -> str:
    """The button's address as the person's phone opens it."""
    base = VARIABLE.split(url)[0]
    return base + ending(base, value) if value else VARIABLE.sub(lambda hit: gap(hit[1]), url)


def gap(name: str) -> str:
    """What stands in for a variable without a value: its name or dots, never its bare number."""
    return "[…]" if name.isdecimal() else f"[{name}]"
