"""Our own messages for invalid values: Pydantic's errors by type, in the reader's language."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from api.wording import say
from api.wording.speech import ENGLISH, Speech
from domain.sentences import Sentence, Value

Issue = Mapping[str, Any]
"""An error as Pydantic reports it: ``type``, ``loc``, ``ctx``."""


class Wrong(ValueError):
    """Raised by our own validators."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.key)
        self.sentence = sentence


KEYS: Mapping[str, str] = {
    "missing": "value_missing",
    "extra_forbidden": "value_unknown",
    "string_type": "value_text",
    "string_unicode": "value_text",
    "string_pattern_mismatch": "value_format",
    "bool_type": "value_yes_no",
    "bool_parsing": "value_yes_no",
    "int_type": "value_whole",
    "int_parsing": "value_whole",
    "int_from_float": "value_whole",
    "int_parsing_size": "value_large",
    "float_type": "value_number",
    "float_parsing": "value_number",
    "decimal_type": "value_number",
    "decimal_parsing": "value_number",
    "finite_number": "value_number",
    "list_type": "value_list",
    "tuple_type": "value_list",
    "set_type": "value_list",
    "frozen_set_type": "value_list",
    "dict_type": "value_object",
    "model_type": "value_object",
    "model_attributes_type": "value_object",
    "dataclass_type": "value_object",
    "uuid_type": "value_id",
    "uuid_parsing": "value_id",
    "uuid_version": "value_id",
    "date_type": "value_date",
    "date_parsing": "value_date",
    "date_from_datetime_parsing": "value_date",
    "date_from_datetime_inexact": "value_date",
    "datetime_type": "value_moment",
    "datetime_parsing": "value_moment",
    "datetime_object_invalid": "value_moment",
    "datetime_from_date_parsing": "value_moment",
    "timezone_aware": "value_offset",
    "url_type": "value_address",
    "url_parsing": "value_address",
    "url_scheme": "value_address",
    "json_type": "value_json",
    "path_not_file": "value_file",
    "json_invalid": "value_json",
}
"""Messages for errors without a limit; any other error is ``value_wrong``."""

LIMITS: Mapping[str, tuple[str, str, str]] = {
    "string_too_short": ("value_short", "min_length", "least"),
    "string_too_long": ("value_long", "max_length", "most"),
    "too_short": ("value_few", "min_length", "least"),
    "too_long": ("value_many", "max_length", "most"),
    "greater_than": ("value_above", "gt", "limit"),
    "greater_than_equal": ("value_least", "ge", "least"),
    "less_than": ("value_below", "lt", "limit"),
    "less_than_equal": ("value_most", "le", "most"),
}
"""Errors with a limit: the message's key, Pydantic's name for the limit, and ours."""

CHOICES = {"enum", "literal_error"}
_QUOTED = re.compile(r"'([^']*)'")


def fields(issues: Iterable[Issue], speech: Speech = ENGLISH) -> dict[str, str]:
    """Map the path of each invalid value to its message."""
    return {_name(issue["loc"]): say(sentence(issue), speech) for issue in issues}


def sentence(issue: Issue) -> Sentence:
    """The message for one error."""
    kind, context = str(issue["type"]), issue.get("ctx") or {}
    if isinstance(own := context.get("error"), Wrong):
        return own.sentence
    if kind in CHOICES and (choices := _QUOTED.findall(str(context.get("expected", "")))):
        return Sentence("value_choice", choices=[choice for choice in choices if choice])
    if kind in LIMITS:
        key, theirs, ours = LIMITS[kind]
        limit: dict[str, Value] = {ours: context[theirs]}
        return Sentence(key, **limit)
    return Sentence(KEYS.get(kind, "value_wrong"))


def _name(location: tuple[int | str, ...]) -> str:
    """``("body", "name")`` becomes ``name``; a problem with the whole body is ``body``."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])
