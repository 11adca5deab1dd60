"""What a message template needs from each recipient, and the object that sends it.

``components`` everywhere is the list as Meta returns it; types may come in either letter case.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

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

COPY_CODE = N_("Copy code")
"""WhatsApp's label for a copy-code button without its own text."""

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


def header_parameter(template: object) -> Mapping[str, Any]:
    """The parameter that fills the header of a Cloud API ``template`` object; empty when none does."""
    parts = template.get("components") if isinstance(template, Mapping) else None
    for part in parts if isinstance(parts, list) else ():
        if part.get("type") == "header":
            return next(iter(part.get("parameters") or ()), {})
    return {}


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
        if "text" not in part:  # a login code whose body WhatsApp words itself
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
