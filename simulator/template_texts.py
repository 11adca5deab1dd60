"""Meta's checks on the texts of a template: lengths, marks, variables and their examples."""

import re
from typing import Any, NamedTuple

from simulator.emoji import has_emoji
from simulator.errors import GraphError
from simulator.plans import BODY_LIMIT, CARD_BODY, OFFER_BODY, VARIABLE
from simulator.readings import text_of

_SHORT = 60
_SUBCODES = {"HEADER": 2388047, "BODY": 2388072, "FOOTER": 2388073}
_MARKS = re.compile(r"\*|```|(?<!\w)_\S(?:.*\S)?_(?!\w)|(?<!\w)~\S(?:.*\S)?~(?!\w)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")


class BodyRules(NamedTuple):
    """The maximum length of a body, and whether variables may be at its ends and among few words."""

    limit: int = BODY_LIMIT
    edges: bool = False
    few_words: bool = False


PLAIN_BODY = BodyRules()
BODY_OF_OFFER = BodyRules(OFFER_BODY, few_words=True)
BODY_OF_CARD = BodyRules(CARD_BODY, edges=True, few_words=True)


def refusal(subcode: int, title: str, message: str) -> GraphError:
    """Meta's error for an invalid template."""
    return GraphError(
        100,
        message="Invalid parameter",
        error_subcode=subcode,
        is_transient=False,
        error_user_title=title,
        error_user_msg=message,
    )


def check_text(component: dict[str, Any], *, named: bool, rules: BodyRules = PLAIN_BODY) -> None:
    """One header, body or footer with a text."""
    kind, text = component["type"], component.get("text")
    subcode, word = _SUBCODES[kind], kind.title()
    if not isinstance(text, str) or not text.strip():
        raise refusal(subcode, f"{word} is empty", f"The {word.lower()} needs a text.")
    most = rules.limit if kind == "BODY" else _SHORT
    if len(text) > most:
        raise refusal(2388040, "Text too long", f"The {word.lower()} is longer than {most}.")
    _check_layout(kind, VARIABLE.sub("", text), subcode)
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    if not names:
        return
    if kind == "FOOTER" or (kind == "HEADER" and len(names) > 1):
        raise refusal(subcode, "Too many variables", f"The {word.lower()} has too many variables.")
    _check_names(names, named=named)
    if kind == "BODY":
        _check_places(names, text, rules)
    _check_example(component, kind, names, named=named)


def _check_layout(kind: str, text: str, subcode: int) -> None:
    word = kind.title()
    if "{{" in text or "}}" in text:
        raise refusal(subcode, "Variable not readable", "A variable is written {{1}} or {{name}}.")
    if kind == "HEADER" and not plain(text):
        raise refusal(
            subcode,
            "Header has invalid characters",
            "The header can't have any new lines, formatting characters, emojis or asterisks.",
        )
    if kind == "FOOTER" and (_LINE_BREAK.search(text) or has_emoji(text)):
        raise refusal(
            subcode,
            "Footer has invalid characters",
            "The footer can't have any new lines or emojis.",
        )
    if "\n\n\n" in text or "\t" in text or "     " in text:
        raise refusal(
            subcode,
            f"{word} has too much space",
            f"The {word.lower()} can't have tabs, more than two new lines or four spaces in a row.",
        )


def plain(text: str) -> bool:
    """Whether a text is one line without emojis and formatting."""
    return not _LINE_BREAK.search(text) and not _MARKS.search(text) and not has_emoji(text)


def _check_names(names: list[str], *, named: bool) -> None:
    if named:
        if not all(map(_NAME.fullmatch, names)):
            raise GraphError(100, "Named parameters are lower-case letters and underscores.")
    elif names != [str(place) for place in range(1, len(names) + 1)]:
        raise refusal(2388072, "Variables out of order", "Number variables {{1}}, {{2}} and so on.")


def _check_places(names: list[str], text: str, rules: BodyRules) -> None:
    stripped = text.strip()
    if not rules.edges and (VARIABLE.match(stripped) or stripped.endswith("}}")):
        raise refusal(2388299, "Variable at the edge", "A variable may not start or end the body.")
    words = len(VARIABLE.sub("", text).split())
    if not rules.few_words and words < 2 * len(names) + 1:
        raise refusal(
            2388293, "Too many variables", "The body is too short for that many variables."
        )


def _check_example(component: dict[str, Any], kind: str, names: list[str], *, named: bool) -> None:
    key = f"{kind.lower()}_text" + ("_named_params" if named else "")
    example = component.get("example")
    values = example.get(key) if isinstance(example, dict) else None
    if isinstance(values, list) and values and isinstance(values[0], list):
        values = values[0]
    given = values if isinstance(values, list) else []
    if named:
        told = {
            text_of(item.get("param_name")): item.get("example")
            for item in given
            if isinstance(item, dict)
        }
        fits = len(given) == len(told) and sorted(told) == sorted(names)
        given = list(told.values())
    else:
        fits = len(given) == len(names)
    fits = fits and all(text_of(value).strip() for value in given)
    if not fits:
        raise refusal(2388043, "Sample is missing", f"Add one example for each {key} variable.")
