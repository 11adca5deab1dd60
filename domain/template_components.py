"""Builders of a template message's parameter components: called once per message, so kept lean."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from domain.errors import Invalid
from domain.links import encoded_address, ending, parts_of

Builder = Callable[[Sequence[str]], dict[str, Any]]

VALUE_LIMIT = 1024
CODE_LIMIT = 20
OTP_LIMIT = 15
URL_LIMIT = 2000
LOCATION_PARTS = ("latitude", "longitude", "name", "address")

_LINE_BREAKS = re.compile(r"\s*[\r\n\t\v\f\x85\u2028\u2029]\s*")
_SPACES = re.compile(r" {4,}")


def clean(value: str, limit: int = VALUE_LIMIT) -> str:
    """A value as Meta takes it: no line breaks or tabs, no run of four spaces, not too long."""
    if not value.isprintable():
        value = _LINE_BREAKS.sub(" ", value).replace("\0", "")
    if "    " in value:
        value = _SPACES.sub("   ", value)
    return value if len(value) <= limit else _cut(value, limit)


def text_builder(where: str, names: list[str] | None, taken: slice, share: int) -> Builder:
    """Header or body text; ``share`` is the length each occurrence gets when the whole is too long."""
    room = share * (taken.stop - taken.start)

    def build(values: Sequence[str]) -> dict[str, Any]:
        texts = [clean(value) for value in values[taken]]
        if sum(map(len, texts)) > room:
            texts = [_cut(text, share) if len(text) > share else text for text in texts]
        parameters: list[dict[str, str]]
        if names is None:
            parameters = [{"type": "text", "text": text} for text in texts]
        else:
            parameters = [
                {"type": "text", "parameter_name": name, "text": text}
                for name, text in zip(names, texts, strict=True)
            ]
        return {"type": where, "parameters": parameters}

    return build


def media_builder(kind: str, at: int) -> Builder:
    def build(values: Sequence[str]) -> dict[str, Any]:
        value = values[at].strip()
        medium = {"id": value} if value.isdigit() else {"link": encoded_address(value)}
        if kind == "document" and "link" in medium:
            name = unquote(parts_of(value).path.rpartition("/")[2])
            medium |= {"filename": name} if name else {}
        return {"type": "header", "parameters": [{"type": kind, kind: medium}]}

    return build


def location_builder(at: int) -> Builder:
    def build(values: Sequence[str]) -> dict[str, Any]:
        texts = map(clean, values[at : at + len(LOCATION_PARTS)])
        place = dict(zip(LOCATION_PARTS, texts, strict=True))
        return {"type": "header", "parameters": [{"type": "location", "location": place}]}

    return build


def offer_builder(at: int) -> Builder:
    def build(values: Sequence[str]) -> dict[str, Any]:
        offer = {"expiration_time_ms": milliseconds(values[at])}
        parameter = {"type": "limited_time_offer", "limited_time_offer": offer}
        return {"type": "limited_time_offer", "parameters": [parameter]}

    return build


def button_builder(index: int, sub_type: str, kind: str, key: str, at: int) -> Builder:
    number = str(index)

    def build(values: Sequence[str]) -> dict[str, Any]:
        parameters = [{"type": kind, key: values[at].strip()}]
        return {"type": "button", "sub_type": sub_type, "index": number, "parameters": parameters}

    return build


def url_builder(index: int, at: int, base: str) -> Builder:
    number = str(index)

    def build(values: Sequence[str]) -> dict[str, Any]:
        parameters = [{"type": "text", "text": ending(base, values[at])}]
        return {"type": "button", "sub_type": "url", "index": number, "parameters": parameters}

    return build


def flow_builder(index: int) -> Builder:
    action = {"type": "action", "action": {"flow_token": "unused"}}
    component = {"type": "button", "sub_type": "flow", "index": str(index), "parameters": [action]}
    return lambda _: component


def _cut(text: str, limit: int) -> str:
    return f"{text[: limit - 1].rstrip()}…"


def milliseconds(value: str) -> int:
    """A moment as Meta takes it; raises Invalid when the text is not one."""
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("template_time", text=text) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
