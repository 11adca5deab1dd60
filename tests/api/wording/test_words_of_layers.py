"""No sentence for people is in the lower layers where translators would not find it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.test_architecture import ROOT, tree

LAYERS = ("domain", "services", "store", "whatsapp")
NOT_FOR_TRANSLATORS = {
    "domain/confirmations.py": "what customers are sent, in their own languages",
    "services/demo.py": "invented names",
    "services/samples.py": "invented people",
    "store/migrations": "names and statements of the database",
}

SENTENCE = re.compile(r"[“%]?[A-Z“][\w']*,? (?:\S+ )*[a-z']{2,}\b.*", re.DOTALL)
"""A capital letter, and a word in small letters behind a space."""

STATEMENT = re.compile(
    r"\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|COPY|TRUNCATE|SET|GRANT|REVOKE|CAST|CASE|"
    r"LISTEN|NOTIFY|ANY|COALESCE|EXISTS|VACUUM|ANALYZE|NOT|AND|OR|JOIN|WHERE|ORDER|DISTINCT|WHEN|LOCK|"
    r"LOGIN|VALUES|FROM|ON|IS)\b"
)
OF_PROGRAMMERS = re.compile(r"(?:\w*Error|Call\w+|\w*Exception|assert_never|field|deprecated)")
"""Calls with text only for programmers: Python exceptions and descriptions."""


def found(path: Path) -> Iterator[tuple[int, str]]:
    """Sentences of a file, with their lines."""
    module = tree(path)
    passed = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _is_logged(node.func):
            passed |= {id(inner) for inner in ast.walk(node)}
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


def test_every_sentence_of_the_lower_layers_is_found_by_translators() -> None:
    known = listed()
    hidden: dict[str, str] = {}
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(tuple(NOT_FOR_TRANSLATORS)):
                hidden |= {f"{name}:{at}": text for at, text in found(path) if text not in known}
    assert hidden == {}


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
    ],
)
def test_what_is_a_sentence(tmp_path: Path, line: str, is_one: bool) -> None:
    path = tmp_path / "one.py"
    path.write_text(line)
    assert bool(list(found(path))) is is_one
