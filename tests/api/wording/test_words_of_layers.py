"""No sentence for people is in the lower layers where translators would not find it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.sources import ROOT, name_of, product_files, tree

NOT_FOR_TRANSLATORS = {
    "domain/automations/starters/": "drafts of what customers are sent, for their authors to change",
    "domain/confirmations.py": "what customers are sent, in their own languages",
    "services/demo.py": "invented names",
    "services/samples.py": "invented people",
    "store/migrations": "names and statements of the database",
    "api/openapi.py": "the reference of the API, in English as its names are",
    "web/assets.py": "for whoever builds the pages",
    "web/build_assets.py": "for whoever builds the pages",
    "web/build_types.py": "the same",
    "web/icons.py": "for whoever builds the pages",
    "settings.py": "for the operator, in English as the names of settings are",
    "worker.py": "for the operator",
    "cli/": "for the operator, in English as the log, the options and docs/operations.md are",
    "simulator/": "plays Meta, which answers in English",
    "workflows/": "summaries on Temporal's own pages, which are in English",
}
"""Places whose sentences nobody translates, each with the reason (docs/architecture.md, *Words*)."""

SENTENCE = re.compile(r"[“%]?[A-Z“][\w']*,? (?:\S+ )*[a-z']{2,}\b.*", re.DOTALL)
"""A capital letter, and a word in small letters behind a space."""

STATEMENT = re.compile(
    r"\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|COPY|TRUNCATE|SET|GRANT|REVOKE|CAST|CASE|"
    r"LISTEN|NOTIFY|ANY|COALESCE|EXISTS|VACUUM|ANALYZE|NOT|AND|OR|JOIN|WHERE|ORDER|DISTINCT|WHEN|LOCK|"
    r"LOGIN|VALUES|FROM|ON|IS|Bearer realm)\b"
)
"""Of SQL, or a header of HTTP."""
OF_PROGRAMMERS = re.compile(r"(?:\w*Error|Call\w+|\w*Exception|assert_never|field|deprecated)")
"""Calls with text only for programmers: Python exceptions and descriptions."""

OF_THE_REFERENCE = {"description", "examples", "summary"}
"""Arguments, and keys, whose text stands in the reference of the API."""


def found(path: Path) -> Iterator[tuple[int, str]]:
    """Sentences of a file, with their lines."""
    module = tree(path)
    passed = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        passed |= {id(inner) for part in _of_programmers(node) for inner in ast.walk(part)}
        if isinstance(node, ast.JoinedStr) and id(node) not in passed:
            passed |= {id(part) for part in node.values}
            text = "".join(_text(part) for part in node.values)
            if _is_sentence(text):
                yield node.lineno, text
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and id(node) not in passed:
            text = node.value if isinstance(node.value, str) else ""
            if _is_sentence(text):
                yield node.lineno, text


def _of_programmers(node: ast.AST) -> Iterator[ast.AST]:
    """Parts of a piece of code whose text only a programmer reads."""
    if isinstance(node, ast.Call) and _is_logged(node.func):
        yield node
    if isinstance(node, ast.keyword) and node.arg in OF_THE_REFERENCE:
        yield node.value
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if getattr(key, "value", "") in OF_THE_REFERENCE:
                yield value


def _text(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "x"


def _is_sentence(text: str) -> bool:
    return bool(SENTENCE.fullmatch(text)) and not STATEMENT.match(text) and "\n" not in text.strip()


def _is_logged(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return called.value.id in {"log", "re"}
    return bool(OF_PROGRAMMERS.fullmatch(getattr(called, "id", "")))


def listed() -> set[str]:
    """Every message of the translators' list."""
    with (ROOT / "web/locales/messages.pot").open("rb") as file:
        catalogue = read_po(file)
    return {one for message in catalogue for one in _forms(message.id)}


def _forms(said: object) -> tuple[str, ...]:
    return tuple(map(str, said)) if isinstance(said, (list, tuple)) else (str(said),)


def test_every_sentence_is_found_by_translators() -> None:
    known = listed()
    hidden: dict[str, str] = {}
    for path in product_files():
        if not name_of(path).startswith(tuple(NOT_FOR_TRANSLATORS)):
            places = ((f"{name_of(path)}:{at}", text) for at, text in found(path))
            hidden |= {place: text for place, text in places if text not in known}
    assert hidden == {}


def test_what_nobody_translates_is_said_in_the_documents() -> None:
    said = (ROOT / "docs/architecture.md").read_text("utf-8")
    assert [name for name in NOT_FOR_TRANSLATORS if f"`{name}`" not in said] == []


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ('TITLE = "The number is blocked"', True),
        ('def f(): return f"Wait for {x} seconds."', True),
        ('"""The number is blocked."""', False),
        ('log.info("The number is blocked.")', False),
        ('text("SELECT a FROM b WHERE c")', False),
        ('raise ValueError("The number is blocked.")', False),
        ('KEY = "number_blocked"', False),
        ('x = Field(description="The number is blocked.")', False),
        ('x = Field(default="The number is blocked.")', True),
    ],
)
def test_what_is_a_sentence(tmp_path: Path, line: str, is_one: bool) -> None:
    path = tmp_path / "one.py"
    path.write_text(line)
    assert bool(list(found(path))) is is_one


JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
MARKUP = re.compile(
    r"<(script|style|svg|kbd|code)\b.*?</\1>|<!--.*?-->|[\w-]+=\"[^\"]*\"|<[^>]*>|&\w+;", re.DOTALL
)
SPOKEN_ATTRIBUTE = re.compile(r'\b(?:title|placeholder|aria-label|alt)="([^"]*[A-Za-z]{2}[^"]*)"')
WORDS = re.compile(r"[A-Za-z]{2,}")
NAMES = {"WhatsWay", "WhatsApp", "Temporal", "CSV", "API", "ID", "UTC"}


def _unmarked(path: Path) -> Iterator[str]:
    """Words on a page that a translator would never see."""
    source = JINJA.sub("", path.read_text("utf-8"))
    yield from SPOKEN_ATTRIBUTE.findall(source)
    yield from (word for word in WORDS.findall(MARKUP.sub(" ", source)) if word not in NAMES)


def test_people_only_read_what_can_be_translated() -> None:
    """The page that shows the building blocks to developers is left out."""
    pages = [
        path for path in (ROOT / "web" / "templates").rglob("*.html") if "dev" not in path.parts
    ]
    found = {name_of(path): words for path in pages if (words := list(_unmarked(path)))}
    assert found == {}
