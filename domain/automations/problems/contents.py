"""Problems of messages: what is missing, and what WhatsApp would refuse."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from domain import outgoing_files
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
from domain.automations.keywords import plain
from domain.automations.problems import files as own_files
from domain.automations.problems.found import Problem, error, warning
from domain.automations.problems.values import needed, unset
from domain.automations.texts import names
from domain.sentences import Sentence

_WITHOUT_CAPTION = frozenset({"audio", "sticker"})
_ID_LIMIT = 200
_SPACE = re.compile(r"\s")


def check(at: str, content: Content, field: str, files: Mapping[str, str]) -> Iterator[Problem]:
    """Everything about one message; ``files`` are the types of our files that are here, by SHA-256."""
    if isinstance(content, Media):
        yield from _media(at, content, f"{field}.", files)
    else:
        yield from _CHECKS[type(content)](at, content, f"{field}.")


def address(at: str, url: str, field: str) -> Iterator[Problem]:
    """A page or file on the web, whose name stands in the text itself; no secret way in is left to a variable."""
    if not url.strip():
        yield unset(at, field)
    elif not url.lower().startswith(("https://", "http://")):
        yield error(at, Sentence("automation_address"), field)
    elif not _host(url) or names(_host(url)) or "{" in _host(url):
        yield error(at, Sentence("automation_address.host"), field)
    elif _SPACE.search(_spoken(url)):
        yield error(at, Sentence("automation_address"), field)


def _host(url: str) -> str:
    return re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]


def _spoken(text: str) -> str:
    """The text without what variables stand for."""
    return re.sub(r"\{\{[^{}]*\}\}", "", text)


def fits(at: str, text: str, most: int, field: str) -> Iterator[Problem]:
    """A text that is short enough, whatever its variables stand for."""
    if len(_spoken(text)) > most:
        yield error(at, Sentence("automation_long", most=most), field)


def _text(at: str, content: Text, path: str) -> Iterator[Problem]:
    yield from needed(at, content.text, f"{path}text")
    yield from fits(at, content.text, Limits.TEXT, f"{path}text")


def _media(at: str, content: Media, path: str, files: Mapping[str, str]) -> Iterator[Problem]:
    if outgoing_files.is_file(content.link):
        yield from own_files.check(at, content.link, content.kind, files, f"{path}link")
    else:
        yield from address(at, content.link, f"{path}link")
    if content.link.lower().startswith("http://"):
        yield error(at, Sentence("automation_address.plain"), f"{path}link")
    yield from fits(at, content.caption, Limits.CAPTION, f"{path}caption")
    if content.caption and content.kind in _WITHOUT_CAPTION:
        yield warning(at, Sentence("automation_caption"), f"{path}caption")


def _framed(at: str, content: Buttons | List | Link, path: str, most: int) -> Iterator[Problem]:
    yield from needed(at, content.text, f"{path}text")
    yield from fits(at, content.text, most, f"{path}text")
    yield from fits(at, content.header, Limits.HEADER, f"{path}header")
    yield from fits(at, content.footer, Limits.FOOTER, f"{path}footer")


def _buttons(at: str, content: Buttons, path: str) -> Iterator[Problem]:
    yield from _framed(at, content, path, Limits.INTERACTIVE_TEXT)
    if not 1 <= len(content.buttons) <= Limits.BUTTONS:
        yield error(at, Sentence("automation_buttons", most=Limits.BUTTONS), f"{path}buttons")
    yield from _choices(at, content.buttons, f"{path}buttons", Limits.BUTTON_TITLE)


def _list(at: str, content: List, path: str) -> Iterator[Problem]:
    yield from _framed(at, content, path, Limits.LIST_TEXT)
    yield from needed(at, content.button, f"{path}button")
    yield from fits(at, content.button, Limits.BUTTON_TITLE, f"{path}button")
    if not 1 <= len(content.rows) <= Limits.ROWS:
        yield error(at, Sentence("automation_rows", most=Limits.ROWS), f"{path}rows")
    yield from _choices(at, content.rows, f"{path}rows", Limits.ROW_TITLE)
    for place, row in enumerate(content.rows):
        description = f"{path}rows.{place}.description"
        yield from fits(at, row.description, Limits.ROW_DESCRIPTION, description)


def _choices(at: str, offered: Sequence[Button | Row], path: str, most: int) -> Iterator[Problem]:
    titles: set[str] = set()
    for place, choice in enumerate(offered):
        where = f"{path}.{place}.title"
        title = plain(choice.title)
        yield from needed(at, choice.title, where)
        yield from fits(at, choice.title, most, where)
        if title and title in titles:
            yield error(at, Sentence("automation_title_twice", title=choice.title), where)
        titles.add(title)
    yield from ids(at, [choice.id for choice in offered], path)


def ids(at: str, found: Sequence[str], path: str) -> Iterator[Problem]:
    """Names of branches: there, short, and each once."""
    bad = any(not 0 < len(one) <= _ID_LIMIT for one in found)
    if bad or len(set(found)) < len(found):
        yield error(at, Sentence("automation_choice_id"), path)


def _link(at: str, content: Link, path: str) -> Iterator[Problem]:
    yield from _framed(at, content, path, Limits.INTERACTIVE_TEXT)
    yield from needed(at, content.label, f"{path}label")
    yield from fits(at, content.label, Limits.BUTTON_TITLE, f"{path}label")
    yield from address(at, content.url, f"{path}url")


def _location(at: str, content: Location, path: str) -> Iterator[Problem]:
    for name, value, most in (
        ("latitude", content.latitude, 90),
        ("longitude", content.longitude, 180),
    ):
        if names(value):
            continue
        try:
            inside = abs(float(value)) <= most
        except ValueError:
            inside = False
        if not inside:
            yield error(at, Sentence("automation_degrees", most=most), f"{path}{name}")


def _card(at: str, content: Card, path: str) -> Iterator[Problem]:
    yield from needed(at, content.name, f"{path}name")
    if not (content.phone.strip() or content.email.strip()):
        yield unset(at, f"{path}phone")


_CHECKS: Mapping[type[Content], Callable[[str, Any, str], Iterator[Problem]]] = {
    Text: _text,
    Buttons: _buttons,
    List: _list,
    Link: _link,
    Location: _location,
    Card: _card,
}
