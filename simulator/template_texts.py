"""What Meta checks in the texts of a template: lengths, marks, variables and their examples."""

import re
from typing import Any

from simulator.emoji import has_emoji
from simulator.errors import GraphError
from simulator.plans import VARIABLE

LENGTHS = {"HEADER": 60, "BODY": 1_024, "FOOTER": 60}
_SUBCODES = {"HEADER": 2388047, "BODY": 2388072, "FOOTER": 2388073}
_MARKS = re.compile(r"\*|```|(?<!\w)_\S(?:.*\S)?_(?!\w)|(?<!\w)~\S(?:.*\S)?~(?!\w)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def refusal(subcode: int, title: str, message: str) -> GraphError:
    """Meta's error for a template that cannot be as it is."""
    return GraphError(
        100,
        message="Invalid parameter",
        error_subcode=subcode,
        is_transient=False,
        error_user_title=title,
        error_user_msg=message,
    )


def check_text(component: dict[str, Any], *, named: bool, limit: int | None = None) -> None:
    """One header, body or footer with a text."""
    kind, text = component["type"], component.get("text")
    subcode, word = _SUBCODES[kind], kind.title()
    if not isinstance(text, str) or not text.strip():
        raise refusal(subcode, f"{word} is empty", f"The {word.lower()} needs a text.")
    most = limit or LENGTHS[kind]
    if len(text) > most:
        raise refusal(2388040, "Text too long", f"The {word.lower()} is longer than {most}.")
    _check_layout(kind, VARIABLE.sub("", text), subcode)
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    if not names:
        return
    if kind == "FOOTER" or (kind == "HEADER" and len(names) > 1):
        raise refusal(subcode, "Too many variables", f"The {word.lower()} has too many variables.")
    _check_variables(names, text, kind, named=named)
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
    if kind == "FOOTER" and "\n" in text:
        raise refusal(subcode, "Footer has a new line", "The footer is one line.")
    if "\n\n\n" in text or "\t" in text or "     " in text:
        raise refusal(
            subcode,
            f"{word} has too much space",
            f"The {word.lower()} can't have tabs, more than two new lines or four spaces in a row.",
        )


def plain(text: str) -> bool:
    """Whether a text is one line without emojis and formatting."""
    return "\n" not in text and not _MARKS.search(text) and not has_emoji(text)


def _check_variables(names: list[str], text: str, kind: str, *, named: bool) -> None:
    if named:
        if not all(map(_NAME.fullmatch, names)):
            raise GraphError(100, "Named parameters are lower-case letters and underscores.")
    elif names != [str(place) for place in range(1, len(names) + 1)]:
        raise refusal(2388072, "Variables out of order", "Number variables {{1}}, {{2}} and so on.")
    if kind == "BODY":
        stripped = text.strip()
        if VARIABLE.match(stripped) or stripped.endswith("}}"):
            raise refusal(
                2388299, "Variable at the edge", "A variable may not start or end the body."
            )
        words = len(VARIABLE.sub("", text).split())
        if words < 2 * len(names) + 1:
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
        told = [str(item.get("param_name")) for item in given if isinstance(item, dict)]
        fits = sorted(told) == sorted(names)
    else:
        fits = len(given) == len(names) and all(str(value).strip() for value in given)
    if not fits:
        raise refusal(2388043, "Sample is missing", f"Add one example for each {key} variable.")
