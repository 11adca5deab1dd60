"""Message templates: what they need, the object that sends them, their preview, and why one cannot be sent.

``components`` everywhere is the list as Meta returns it; types may come in either letter case.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from domain.links import ending
from domain.sentences import N_, Sentence, Text
from domain.template_components import (
    LOCATION_PARTS,
    Builder,
    button_builder,
    flow_builder,
    location_builder,
    media_builder,
    offer_builder,
    text_builder,
    url_builder,
)

SlotKind = Literal["text", "media", "code", "otp", "url", "location", "time"]

BODY_LIMIT = 1024
HEADER_LIMIT = 60
MEDIA_FORMATS = ("IMAGE", "VIDEO", "DOCUMENT")
OTP_URL = "https://www.whatsapp.com/otp/"
"""Meta returns a login code's copy-code button as a link to this address."""

COPY_OFFER = N_("Copy offer code")
COPY_CODE = N_("Copy code")
"""What WhatsApp puts on a button without text."""

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ORDER = ("HEADER", "LIMITED_TIME_OFFER", "BODY", "CAROUSEL", "BUTTONS")


@dataclass(frozen=True, slots=True)
class Slot:
    """One value to fill per recipient. ``media`` is a link or a media id, ``time`` ISO 8601 or epoch ms.

    ``base`` is what the template puts before the value of a link.
    """

    key: str
    label: Sentence
    example: str
    kind: SlotKind
    base: str = ""


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


class Compiled:
    """A template prepared for many recipients; ``payload`` costs a few microseconds."""

    __slots__ = ("_builders", "_language", "name", "slots")

    def __init__(
        self, name: str, language: str, slots: list[Slot], builders: list[Builder]
    ) -> None:
        self.name = name
        self.slots = slots
        self._language = {"code": language}
        self._builders = builders

    def payload(self, values: Sequence[str]) -> dict[str, Any]:
        """The Cloud API ``template`` object; ``values`` in the order of ``slots``, none empty.

        Raises Invalid when a ``time`` value is not a time. Parts are shared between calls: do not modify them.
        """
        template: dict[str, Any] = {"name": self.name, "language": self._language}
        if self._builders:
            template["components"] = [build(values) for build in self._builders]
        return template


def slots(components: Sequence[Mapping[str, Any]], parameter_format: str) -> list[Slot]:
    """What must be filled, in a stable order: header, offer, body, cards, buttons."""
    plan = _Plan(named=parameter_format.upper() == "NAMED")
    plan.add(components)
    return plan.slots


def examples(components: Sequence[Mapping[str, Any]], parameter_format: str) -> list[str]:
    """The sample values the template was approved with, in the order of ``slots``."""
    return [slot.example for slot in slots(components, parameter_format)]


def compile_payload(template: Mapping[str, Any]) -> Compiled:
    """Prepare ``template`` (name, language, parameter_format, components) for sending."""
    plan = _Plan(named=str(template.get("parameter_format", "")).upper() == "NAMED")
    builders = plan.add(template["components"])
    return Compiled(str(template["name"]), str(template["language"]), plan.slots, builders)


def render(template: Mapping[str, Any], values: Sequence[str]) -> Rendered:
    """The template with ``values`` (in the order of ``slots``) for previews and threads."""
    needed = slots(template["components"], str(template.get("parameter_format", "")))
    filled = {slot.key: value for slot, value in zip(needed, values, strict=False)}
    return _render(template["components"], filled, "")


def header_parameter(template: object) -> Mapping[str, Any]:
    """The parameter that fills the header of a Cloud API ``template`` object; empty when none does."""
    parts = template.get("components") if isinstance(template, Mapping) else None
    for part in parts if isinstance(parts, list) else ():
        if part.get("type") == "header":
            return next(iter(part.get("parameters") or ()), {})
    return {}


def preview_text(template: Mapping[str, Any], values: Sequence[str]) -> str:
    """One line for lists: the body or, without one, what the template contains."""
    shown = render(template, values)
    line = " ".join(shown.body.split())
    return line or shown.header_text or str(template.get("name", ""))


SENDABLE = ("APPROVED", "REINSTATED", "FLAGGED", "UNARCHIVED")
"""States in which WhatsApp accepts messages with a template: a flagged one is only on notice."""

_STOPPED = frozenset(
    ("PENDING", "IN_APPEAL", "REJECTED", "PAUSED", "DISABLED", "LOCKED", "LIMIT_EXCEEDED", "ARCHIVED",
     "PENDING_DELETION", "DELETED")
)  # fmt: skip
"""States we have words for."""


def problem(
    status: str,
    quality: str = "UNKNOWN",
    *,
    deleted: bool = False,
    components: Sequence[Mapping[str, Any]] = (),
) -> Sentence | None:
    """Why a template cannot be sent, or None.

    Low quality alone stops nothing, but explains why WhatsApp paused a template.
    """
    word = "DELETED" if deleted else status.upper()
    if word == "PAUSED" and quality.upper() != "RED":
        return Sentence("template_paused.unsaid")
    if word in _STOPPED:
        return Sentence(f"template_{word.lower()}")
    if word not in SENDABLE:
        return Sentence("template_not_approved")
    return unsendable(components)


def unsendable(components: Sequence[Mapping[str, Any]]) -> Sentence | None:
    """Parts that need something this product does not have, such as a product catalogue."""
    for component in components:
        header = str(component.get("format", "")).upper()
        if header in {"PRODUCT", "GIF"}:
            return Sentence("template_header_unsupported", header=header.lower())
        for button in component.get("buttons") or ():
            if str(button.get("type", "")).upper() in {"MPM", "SPM"}:
                return Sentence("template_products_unsupported")
        for card in component.get("cards") or ():
            if found := unsendable(card.get("components") or ()):
                return found
    return None


def variables(text: str) -> list[str]:
    """The names of the variables in ``text``, each once; numbers in numeric order."""
    found = list(dict.fromkeys(VARIABLE.findall(text)))
    return sorted(found, key=int) if all(name.isdigit() for name in found) else found


def _of_card(card: int, label: Sentence) -> Sentence:
    """The name of a value; carousel cards count from 1."""
    return Sentence("slot.card", number=card, slot=label) if card else label


class _Plan:
    """Walks the components once: collects slots and a builder for each part that has any."""

    def __init__(self, *, named: bool) -> None:
        self.named = named
        self.slots: list[Slot] = []

    def add(
        self, components: Sequence[Mapping[str, Any]], prefix: str = "", card: int = 0
    ) -> list[Builder]:
        by_type = {str(part.get("type", "")).upper(): part for part in components}
        builders: list[Builder] = []
        for kind in _ORDER:
            if kind in by_type:
                step = getattr(self, f"_{kind.lower()}")
                builders.extend(step(by_type[kind], prefix, card))
        return builders

    def _header(self, part: Mapping[str, Any], prefix: str, card: int) -> Iterator[Builder]:
        style = str(part.get("format", "TEXT")).upper()
        if style == "TEXT":
            yield from self._text("header", part, prefix, card, HEADER_LIMIT)
        elif style in MEDIA_FORMATS:
            handle = _first((part.get("example") or {}).get("header_handle"))
            label = _of_card(card, Sentence(f"slot.header_{style.lower()}"))
            at = self._slot(f"{prefix}header.{style.lower()}", label, handle, "media")
            yield media_builder(style.lower(), at)
        elif style == "LOCATION":
            at = len(self.slots)
            for name in LOCATION_PARTS:
                label = _of_card(card, Sentence(f"slot.location_{name}"))
                self._slot(f"{prefix}header.{name}", label, "", "location")
            yield location_builder(at)

    def _limited_time_offer(
        self, part: Mapping[str, Any], prefix: str, card: int
    ) -> Iterator[Builder]:
        if (part.get("limited_time_offer") or {}).get("has_expiration"):
            label = _of_card(card, Sentence("slot.offer"))
            at = self._slot(f"{prefix}offer.expires", label, "", "time")
            yield offer_builder(at)

    def _body(self, part: Mapping[str, Any], prefix: str, card: int) -> Iterator[Builder]:
        if "text" not in part:  # a login code, whose body WhatsApp provides
            part = {**part, "text": "{{1}}"}
        yield from self._text("body", part, prefix, card, BODY_LIMIT)

    def _carousel(self, part: Mapping[str, Any], prefix: str, _: int) -> Iterator[Builder]:
        cards = [
            (
                number,
                self.add(card["components"], f"{prefix}card.{number}.", number + 1),
            )
            for number, card in enumerate(part.get("cards") or ())
        ]
        yield lambda values: {
            "type": "carousel",
            "cards": [
                {"card_index": number, "components": [build(values) for build in builders]}
                for number, builders in cards
            ],
        }

    def _buttons(self, part: Mapping[str, Any], prefix: str, card: int) -> Iterator[Builder]:
        for index, button in enumerate(part.get("buttons") or ()):
            kind = str(button.get("type", "")).upper()
            key = f"{prefix}button.{index}"
            named = str(button.get("text") or "") or Text(COPY_CODE)
            url = str(button.get("url") or "")
            if kind == "OTP" or url.startswith(OTP_URL):
                yield button_builder(index, "url", "text", "text", self._code_slot(prefix))
            elif kind == "URL" and VARIABLE.search(url):
                base = VARIABLE.split(url)[0]
                label = _of_card(card, Sentence("slot.button_link", button=named))
                at = self._slot(f"{key}.1", label, _url_example(button), "url", base)
                yield url_builder(index, at, base)
            elif kind == "COPY_CODE":
                label = _of_card(card, Sentence("slot.button_code", button=named))
                at = self._slot(f"{key}.code", label, _first(button.get("example")), "code")
                yield button_builder(index, "copy_code", "coupon_code", "coupon_code", at)
            elif kind == "FLOW":
                yield flow_builder(index)

    def _text(
        self, where: str, part: Mapping[str, Any], prefix: str, card: int, limit: int
    ) -> Iterator[Builder]:
        text = str(part.get("text") or "")
        names = variables(text)
        if not names:
            return
        samples = _text_examples(part, where, names)
        at = len(self.slots)
        for name in names:
            variable = f"{{{{{name}}}}}"
            label = _of_card(card, Sentence(f"slot.{where}", variable=variable))
            self._slot(f"{prefix}{where}.{name}", label, samples.get(name, ""), "text")
        room = max(limit - len(VARIABLE.sub("", text)), 0)
        share = max(room // len(VARIABLE.findall(text)), 1)  # a repeated variable counts twice
        named = names if self.named else None
        yield text_builder(where, named, slice(at, at + len(names)), share)

    def _slot(self, key: str, label: Sentence, example: str, kind: SlotKind, base: str = "") -> int:
        self.slots.append(Slot(key, label, example, kind, base))
        return len(self.slots) - 1

    def _code_slot(self, prefix: str) -> int:
        """The body's code, which the copy button repeats: both follow the button's rules."""
        wanted = f"{prefix}body.1"
        for at, slot in enumerate(self.slots):
            if slot.key == wanted:
                self.slots[at] = replace(slot, kind="otp")
                return at
        return self._slot(wanted, Sentence("slot.code"), "", "otp")


def _first(value: object) -> str:
    while isinstance(value, list):
        value = value[0] if value else ""
    return "" if value is None else str(value)


def _text_examples(part: Mapping[str, Any], where: str, names: list[str]) -> dict[str, str]:
    example = part.get("example") or {}
    named = example.get(f"{where}_text_named_params") or ()
    found = {str(item.get("param_name")): str(item.get("example", "")) for item in named}
    samples = example.get(f"{where}_text") or []
    if samples and isinstance(samples[0], list):
        samples = samples[0]
    return found or dict(zip(names, map(str, samples), strict=False))


def _url_example(button: Mapping[str, Any]) -> str:
    """The ending alone: Meta returns the whole address as the example."""
    example = _first(button.get("example"))
    start = VARIABLE.split(str(button.get("url", "")))[0]
    return example.removeprefix(start) if start else example


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


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    """What a list shows; empty means no restriction. ``status`` DELETED shows those gone at Meta."""

    search: str = ""
    language: str = ""
    category: str = ""
    status: str = ""
    waba_id: str = ""
