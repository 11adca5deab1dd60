"""Meta's rules for the content of a template, checked before it is submitted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from domain.errors import Conflict, Invalid
from domain.sentences import Sentence
from domain.template_slots import VARIABLE, variables
from domain.templates import problem

CATEGORIES = ("MARKETING", "UTILITY", "AUTHENTICATION")
EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
BODY_LIMIT = 1024
OFFER_BODY_LIMIT = 600
CARD_BODY_LIMIT = 160
SHORT_LIMIT = 60
OFFER_TEXT_LIMIT = 16
LABEL_LIMIT = 25
PHONE_LIMIT = 20
URL_LIMIT = 2000
CODE_LIMIT = 20
BUTTON_LIMIT = 10
CARD_BUTTON_LIMIT = 2
CARD_COUNTS = range(2, 11)
MOST_OF_A_KIND = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1}
HEADER_FORMATS = frozenset({"TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "GIF", "PRODUCT"})
SAMPLED_FORMATS = frozenset({"IMAGE", "VIDEO", "DOCUMENT", "GIF"})

_ADJACENT = re.compile(r"\}\}\s*\{\{")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_MARKDOWN = re.compile(r"[*_~`]")
_WIDE = re.compile(r"\n{3}|\t| {5}")
_EMOJI = re.compile(
    "[\u203c\u2049\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b07"
    "\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\ufe0f\u20e3\U0001f000-\U0001faff]"
)

Component = Mapping[str, Any]
Finding = tuple[str, Sentence]


def require_editable(status: str, change: Mapping[str, Any]) -> None:
    """Raise Conflict when Meta does not allow this change in the template's state."""
    if status.upper() not in EDITABLE:
        why = problem(status)
        if why is None:
            raise Conflict("template_not_editable")
        raise Conflict("template_not_editable.why", why=why)
    if status.upper() == "APPROVED" and "category" in change:
        raise Conflict("template_category_fixed")


def require_valid(components: Sequence[Component], parameter_format: str, category: str) -> None:
    """Raise Invalid with one sentence per field that breaks a rule."""
    found: dict[str, Sentence] = {}
    for where, sentence in problems(components, parameter_format, category):
        found.setdefault(where, sentence)
    if found:
        raise Invalid("template_invalid", fields=found)


def problems(
    components: Sequence[Component], parameter_format: str, category: str
) -> Iterator[Finding]:
    """Every broken rule as (field, sentence); fields look like ``components.1.text``."""
    if category.upper() not in CATEGORIES:
        yield "category", Sentence("template_rule.category", categories=CATEGORIES)
    kinds = [_kind(part) for part in components]
    for kind in sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        yield "components", Sentence("template_rule.twice", kind=kind.lower())
    if "BODY" not in kinds:
        yield "components", Sentence("template_rule.body")
    named = parameter_format.upper() == "NAMED"
    offer = "LIMITED_TIME_OFFER" in kinds
    for index, part in enumerate(components):
        where = f"components.{index}"
        if kinds[index] == "CAROUSEL":
            yield from _carousel(part, where, named=named)
        else:
            body_limit = OFFER_BODY_LIMIT if offer else BODY_LIMIT
            login = category.upper() == "AUTHENTICATION"
            yield from _component(part, where, named=named, body_limit=body_limit, login=login)
    if offer and "FOOTER" in kinds:
        yield "components", Sentence("template_rule.offer_footer")


def _component(
    part: Component, where: str, *, named: bool, body_limit: int, login: bool
) -> Iterator[Finding]:
    match _kind(part):
        case "HEADER":
            yield from _header(part, where, named=named)
        case "BODY" if not login:
            yield from _length(f"{where}.text", str(part.get("text") or ""), body_limit)
            yield from _variables(f"{where}.text", part, "body", named=named)
        case "FOOTER" if "text" in part:
            yield from _footer(str(part["text"]), f"{where}.text")
        case "BUTTONS":
            yield from _buttons(part.get("buttons") or (), where, most=BUTTON_LIMIT)
        case "LIMITED_TIME_OFFER":
            text = str((part.get("limited_time_offer") or {}).get("text") or "")
            yield from _length(f"{where}.limited_time_offer.text", text, OFFER_TEXT_LIMIT)
        case "BODY" | "FOOTER":  # of a login code: WhatsApp provides the text
            pass
        case _:
            yield f"{where}.type", Sentence("template_rule.part")


def _footer(text: str, where: str) -> Iterator[Finding]:
    yield from _length(where, text, SHORT_LIMIT)
    if VARIABLE.search(text):
        yield where, Sentence("template_rule.footer_variables")
    if "\n" in text:
        yield where, Sentence("template_rule.footer_lines")


def _header(part: Component, where: str, *, named: bool) -> Iterator[Finding]:
    style = str(part.get("format") or "").upper()
    if style not in HEADER_FORMATS:
        yield f"{where}.format", Sentence("template_rule.header")
    elif style == "TEXT":
        text = str(part.get("text") or "")
        yield from _length(f"{where}.text", text, SHORT_LIMIT)
        if len(variables(text)) > 1:
            yield f"{where}.text", Sentence("template_rule.header_variables")
        if not _plain(VARIABLE.sub("", text)):
            yield f"{where}.text", Sentence("template_rule.header_plain")
        yield from _braces(f"{where}.text", text)
        yield from _examples(f"{where}.example", part, "header", variables(text))
        yield from _numbering(f"{where}.text", text, named=named)
    elif style in SAMPLED_FORMATS and not (part.get("example") or {}).get("header_handle"):
        yield f"{where}.example", Sentence("template_rule.sample_file")


def _variables(where: str, part: Component, noun: str, *, named: bool) -> Iterator[Finding]:
    text = str(part.get("text") or "")
    names = variables(text)
    if _WIDE.search(text):
        yield where, Sentence("template_rule.blanks")
    yield from _braces(where, text)
    if not names:
        return
    bare = text.strip()
    if bare.startswith("{{") or bare.endswith("}}"):
        yield where, Sentence("template_rule.edges")
    if _ADJACENT.search(text):
        yield where, Sentence("template_rule.adjacent")
    words = len(VARIABLE.sub(" ", text).split())
    if words < 2 * len(names):
        yield where, Sentence("template_rule.dense")
    yield from _numbering(where, text, named=named)
    yield from _examples(where.replace(".text", ".example"), part, noun, names)


def _numbering(where: str, text: str, *, named: bool) -> Iterator[Finding]:
    names = variables(text)
    if named and not all(_NAME.fullmatch(name) for name in names):
        yield where, Sentence("template_rule.names")
    if not named and names != [str(number) for number in range(1, len(names) + 1)]:
        yield where, Sentence("template_rule.numbers")


def _examples(where: str, part: Component, noun: str, names: Sequence[str]) -> Iterator[Finding]:
    example = part.get("example") or {}
    named = example.get(f"{noun}_text_named_params")
    given = named if named is not None else example.get(f"{noun}_text") or []
    if given and isinstance(given[0], list):
        given = given[0]
    if len(given) < len(names):
        yield where, Sentence("template_rule.samples")


def _buttons(buttons: Sequence[Component], where: str, *, most: int) -> Iterator[Finding]:
    kinds = [_kind(button) for button in buttons]
    if not 1 <= len(buttons) <= most:
        yield f"{where}.buttons", Sentence("template_rule.buttons", most=most)
    for kind, limit in MOST_OF_A_KIND.items():
        if kinds.count(kind) > limit:
            yield (
                f"{where}.buttons",
                Sentence("template_rule.kinds", limit=limit, kind=kind.lower()),
            )
    runs = [is_quick for is_quick, _ in groupby(kinds, key=lambda kind: kind == "QUICK_REPLY")]
    if runs.count(True) > 1:
        yield f"{where}.buttons", Sentence("template_rule.replies")
    seen: set[str] = set()
    for index, button in enumerate(buttons):
        yield from _button(button, f"{where}.buttons.{index}")
        label = str(button.get("text") or "").strip()
        if kinds[index] == "QUICK_REPLY" and label in seen:
            yield f"{where}.buttons.{index}.text", Sentence("template_rule.reply_texts")
        seen.add(label)


def _button(button: Component, where: str) -> Iterator[Finding]:
    kind = _kind(button)
    if kind not in {"COPY_CODE", "OTP", "REQUEST_CONTACT_INFO"}:
        label = str(button.get("text") or "")
        yield from _length(f"{where}.text", label, LABEL_LIMIT)
        if not _plain(label) or "{{" in label:
            yield f"{where}.text", Sentence("template_rule.button_plain")
    if kind == "PHONE_NUMBER":
        yield from _length(
            f"{where}.phone_number", str(button.get("phone_number") or ""), PHONE_LIMIT
        )
    elif kind == "COPY_CODE":
        example = button.get("example")
        code = str(example[0] if isinstance(example, list) and example else example or "")
        yield from _length(f"{where}.example", code, CODE_LIMIT)
        if code and not (code.isascii() and code.isalnum()):
            yield f"{where}.example", Sentence("template_rule.code")
    elif kind == "URL":
        yield from _url(button, where)


def _url(button: Component, where: str) -> Iterator[Finding]:
    url = str(button.get("url") or "")
    yield from _length(f"{where}.url", url, URL_LIMIT)
    found = VARIABLE.findall(url)
    if url and not url.lower().startswith("https://"):
        yield f"{where}.url", Sentence("template_rule.https")
    if found and (found != ["1"] or not url.endswith("}}")):
        yield f"{where}.url", Sentence("template_rule.link_variable")
    if found and not button.get("example"):
        yield f"{where}.example", Sentence("template_rule.sample_link")


def _carousel(part: Component, where: str, *, named: bool) -> Iterator[Finding]:
    cards = part.get("cards") or ()
    if len(cards) not in CARD_COUNTS:
        yield f"{where}.cards", Sentence("template_rule.cards")
    shapes = {_shape(card) for card in cards}
    if len(shapes) > 1:
        yield f"{where}.cards", Sentence("template_rule.shapes")
    for number, card in enumerate(cards):
        for index, inner in enumerate(card.get("components") or ()):
            at = f"{where}.cards.{number}.components.{index}"
            if _kind(inner) == "BUTTONS":
                yield from _buttons(inner.get("buttons") or (), at, most=CARD_BUTTON_LIMIT)
            else:
                limit = CARD_BODY_LIMIT
                yield from _component(inner, at, named=named, body_limit=limit, login=False)


def _shape(card: Component) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (_kind(part), str(part.get("format", "")).upper(), *map(_kind, part.get("buttons") or ()))
        for part in card.get("components") or ()
    )


def _plain(text: str) -> bool:
    return not (_MARKDOWN.search(text) or _EMOJI.search(text) or "\n" in text)


def _braces(where: str, text: str) -> Iterator[Finding]:
    rest = VARIABLE.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield where, Sentence("template_rule.braces")


def _length(where: str, text: str, limit: int) -> Iterator[Finding]:
    if not text.strip():
        yield where, Sentence("template_rule.empty")
    elif len(text) > limit:
        yield where, Sentence("template_rule.length", limit=limit, length=len(text))


def _kind(part: Component) -> str:
    return str(part.get("type") or "").upper()
