"""Variables in texts: ``{{contact.name}}``, ``{{answer.size|medium}}``; what stands after ``|`` is said when there is no value.

A text is filled in one pass: a value that looks like a variable stays what somebody wrote.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import date, tzinfo
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from domain.amounts import parse_number
from domain.automations.contents import (
    Button,
    Buttons,
    Card,
    Content,
    Limits,
    Link,
    List,
    Location,
    Media,
    Row,
    Text,
)
from domain.automations.states import Facts, Value

Values = Mapping[str, str]
"""What variables stand for, by their whole name: ``contact.name``, ``answer.size``."""

_VARIABLE = re.compile(
    r"\{\{\s*(?P<scope>contact|answer|secret)\.(?P<name>[\w:-]{1,80})\s*(?:\|(?P<default>[^{}]*))?\}\}"
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MARKED = re.compile(r"\x00(\w[\w:-]*)\x00")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ELLIPSIS = "…"


class Name(NamedTuple):
    """A variable in a text."""

    scope: Literal["contact", "answer", "secret"]
    name: str
    default: str | None

    @property
    def whole(self) -> str:
        """The name as ``Values`` have it."""
        return f"{self.scope}.{self.name}"


def names(text: str) -> tuple[Name, ...]:
    """The variables in a text, in order."""
    return tuple(map(_name, _VARIABLE.finditer(text)))


def values(facts: Facts, answers: Mapping[str, Value]) -> dict[str, str]:
    """What the variables of a run stand for now; of a person's name also its halves."""
    contact = {"language": facts.language, "timezone": _zone_name(facts.zone)}
    contact |= {name: said(value) for name, value in facts.fields.items()}
    first, _, last = contact.get("name", "").strip().partition(" ")
    contact = {"first_name": first, "last_name": last.strip()} | contact
    return {f"contact.{name}": value for name, value in contact.items()} | {
        f"answer.{name}": said(value) for name, value in answers.items()
    }


def spoken(facts: Facts, answers: Mapping[str, Value]) -> dict[str, str]:
    """The same as people read them: for messages, not for comparing and calculating."""
    said_so = {f"contact.{name}": said(value) for name, value in (facts.spoken or {}).items()}
    days = {
        f"answer.{name}": said(facts.day(value))
        for name, value in answers.items()
        if isinstance(value, str) and _is_day(value)
    }
    return values(facts, answers) | said_so | days


def _is_day(value: str) -> bool:
    """Whether a value is a day as answers keep it."""
    if not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def said(value: Value) -> str:
    """A value as text, without characters that no message may hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNPRINTABLE.sub("", value)


def fill(text: str, values: Values) -> str:
    """The text with its variables filled in."""
    return _VARIABLE.sub(lambda found: _value(_name(found), values), text)


def fill_url(url: str, values: Values) -> str:
    """An address: values are parts of it and can neither end a part nor add one."""
    return _VARIABLE.sub(lambda found: quote(_value(_name(found), values), safe=""), url).strip()


def fill_header(text: str, values: Values) -> str:
    """A header of a request on one line; its secrets are only marked (``reveal``), so that nothing somebody wrote becomes one."""

    def one(found: re.Match[str]) -> str:
        name = _name(found)
        if name.scope == "secret":
            return f"\x00{name.name}\x00"
        return " ".join(_value(name, values).split())

    return _VARIABLE.sub(one, text)


def secrets(text: str) -> frozenset[str]:
    """The names of the secrets that ``fill_header`` marked."""
    return frozenset(_MARKED.findall(text))


def reveal(text: str, secrets: Values) -> str:
    """A filled header with its secrets, by their plain names; an unknown one is nothing."""
    return _MARKED.sub(lambda found: secrets.get(found[1], ""), text)


def fill_body(body: str, values: Values) -> str:
    """The body of a request; in JSON a value stays one value, whatever it holds."""
    if not _VARIABLE.sub("", body).lstrip().startswith(("{", "[")):
        return fill(body, values)
    parts: list[str] = []
    end, quoted = 0, False
    for found in _VARIABLE.finditer(body):
        between = body[end : found.start()]
        quoted = _ends_quoted(between, quoted=quoted)
        value = _value(_name(found), values)
        parts += (between, _inside(value) if quoted else _literal(value))
        end = found.end()
    return "".join((*parts, body[end:]))


_EXACT = frozenset({"latitude", "longitude", "phone", "email"})


def fill_content(content: Content, values: Values, stored: Values | None = None) -> Content:
    """A message with its variables filled in, cut to WhatsApp's limits.

    Addresses and coordinates, which programs read, get the values as ``stored``.
    """
    exact = values if stored is None else stored

    def cut(text: str, limit: int) -> str:
        return clipped(fill(text, values), limit)

    match content:
        case Text():
            return replace(content, text=cut(content.text, Limits.TEXT))
        case Media():
            return replace(
                content,
                link=fill_url(content.link, exact),
                caption=cut(content.caption, Limits.CAPTION),
                filename=fill(content.filename, values),
            )
        case Buttons():
            return _framed(
                content,
                cut,
                Limits.INTERACTIVE_TEXT,
                buttons=tuple(_button(b, cut) for b in content.buttons),
            )
        case List():
            return _framed(
                content, cut, Limits.LIST_TEXT,
                button=cut(content.button, Limits.BUTTON_TITLE),
                rows=tuple(_row(row, cut) for row in content.rows),
            )  # fmt: skip
        case Link():
            return _framed(
                content, cut, Limits.INTERACTIVE_TEXT,
                label=cut(content.label, Limits.BUTTON_TITLE), url=fill_url(content.url, exact),
            )  # fmt: skip
        case Location() | Card():
            return _filled_fields(content, values, exact)


def _filled_fields(content: Location | Card, values: Values, exact: Values) -> Content:
    filled: dict[str, Any] = {
        f.name: fill(getattr(content, f.name), exact if f.name in _EXACT else values)
        for f in fields(content)
    }
    return replace(content, **filled | {"kind": content.kind})


def says_nothing(content: Content) -> bool:
    """Whether a filled message lacks what WhatsApp would refuse it for: its text, file, place or name."""
    match content:
        case Media():
            return not content.link.strip()
        case Location():
            return not (content.latitude.strip() and content.longitude.strip())
        case Card():
            return not (content.name.strip() and (content.phone.strip() or content.email.strip()))
        case _:
            return not content.text.strip()


def clipped(text: str, limit: int) -> str:
    """The text, with an ellipsis where it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _ELLIPSIS


_Cut = Callable[[str, int], str]


def _framed(content: Buttons | List | Link, cut: _Cut, limit: int, **more: Any) -> Content:
    return replace(
        content,
        text=cut(content.text, limit),
        header=cut(content.header, Limits.HEADER),
        footer=cut(content.footer, Limits.FOOTER),
        **more,
    )


def _button(button: Button, cut: _Cut) -> Button:
    return replace(button, title=cut(button.title, Limits.BUTTON_TITLE))


def _row(row: Row, cut: _Cut) -> Row:
    return replace(
        row,
        title=cut(row.title, Limits.ROW_TITLE),
        description=cut(row.description, Limits.ROW_DESCRIPTION),
    )


def _name(found: re.Match[str]) -> Name:
    return Name(found["scope"], found["name"], found["default"])  # type: ignore[arg-type]  # the pattern has these three


def _value(name: Name, values: Values) -> str:
    if name.scope == "secret":
        return ""
    return values.get(name.whole, "").strip() or (name.default or "").strip()


def _zone_name(zone: tzinfo) -> str:
    return str(getattr(zone, "key", "") or zone)


def _ends_quoted(text: str, *, quoted: bool) -> bool:
    """Whether a JSON text that begins inside a string or not ends inside one."""
    escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = quoted
        elif char == '"':
            quoted = not quoted
    return quoted


def _inside(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _literal(value: str) -> str:
    """A value where JSON wants one: a number, true, false or a text; nothing is null."""
    if value in {"", "true", "false"}:
        return value or "null"
    if re.fullmatch(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?", value):
        number = parse_number(value)
        return value if number is not None else json.dumps(value)
    return json.dumps(value, ensure_ascii=False)
