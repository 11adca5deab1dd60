"""Sentences for people as a key and parameters, which the edges put into words (``api.wording``)."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Union

from typing_extensions import override

Value = Union[str, int, float, date, "Sentence", Sequence["Value"]]
"""A parameter; numbers, dates and countries are formatted for the reader."""

PLAIN = "plain"
"""Key of a sentence that is only its parameter ``text``: stored by an earlier release, or written elsewhere."""


class Text(str):
    """English words marked with ``N_`` as a parameter, which the edge translates."""

    __slots__ = ()


class Region(str):
    """The ISO code of a country as a parameter, which the edge turns into a name."""

    __slots__ = ()


class Language(str):
    """The code of a language as a parameter, which the edge turns into a name."""

    __slots__ = ()


class Zone(str):
    """The name of a time zone as a parameter, which the edge makes readable."""

    __slots__ = ()


_MARKED = {mark.__name__: mark for mark in (Text, Region, Language, Zone)}


def N_(text: str) -> str:  # noqa: N802 - the usual name, which ``make words`` looks for
    """Mark a text for translators; it is translated where it is shown."""
    return text


class Sentence:
    """One sentence, with ``code.variant`` as its key; variants word the same problem differently."""

    __slots__ = ("key", "params")

    def __init__(self, key: str, /, **params: Value) -> None:
        self.key = key
        self.params: Mapping[str, Value] = params

    @property
    def code(self) -> str:
        """What programs rely on; the variant only changes the words."""
        return self.key.partition(".")[0]

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.key, self.params) == (other.key, other.params)

    @override
    def __hash__(self) -> int:
        return hash((self.key, json.dumps(_plain(self), sort_keys=True)))

    @override
    def __repr__(self) -> str:
        return f"Sentence({self.key!r})"

    def packed(self) -> str:
        """The sentence as text, to store in a column or pass to another process."""
        return json.dumps(_plain(self), ensure_ascii=False, separators=(",", ":"))


Say = Callable[[Sentence], str]
"""Puts a sentence into words; the edge passes it down where a file needs them."""


def unpacked(text: str) -> Sentence:
    """The sentence that was packed; words from an earlier release stay as they are."""
    if text.startswith('{"key":'):
        try:
            found = _whole(json.loads(text))
        except (ValueError, KeyError, TypeError):
            found = None
        if isinstance(found, Sentence):
            return found
    return Sentence(PLAIN, text=text)


def _plain(value: Value) -> Any:
    if isinstance(value, Sentence):
        return {"key": value.key, **{name: _plain(one) for name, one in value.params.items()}}
    if isinstance(value, tuple(_MARKED.values())):
        return {type(value).__name__: str(value)}
    if isinstance(value, date):  # a datetime is one, too
        return {"at": value.isoformat()}
    if isinstance(value, (str, int, float)):
        return value
    return [_plain(one) for one in value]


def _whole(value: Any) -> Value:
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]
    if "key" in value:
        params = {name: _whole(one) for name, one in value.items() if name != "key"}
        return Sentence(value["key"], **params)
    for name, mark in _MARKED.items():
        if name in value:
            return mark(value[name])
    moment = datetime.fromisoformat(value["at"])
    return moment if "T" in value["at"] else moment.date()
