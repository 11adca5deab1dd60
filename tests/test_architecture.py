"""The house rules a machine can check: layers, sizes, names, state and texts."""

import ast
import contextlib
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.sources import (
    PACKAGES,
    ROOT,
    functions,
    length,
    name_of,
    nodes_of,
    our_tests,
    product_files,
    tree,
)

STATELESS = ("domain", "activities")
VAGUE = {"utils", "util", "core", "common", "lib", "libs", "misc"}

HARD_LINES, SOFT_LINES, FUNCTION_LINES, TEMPLATE_LINES = 500, 300, 40, 150

LONGER = {
    "activities/campaigns/send.py": "one span: booking, claiming, leaving and settling share its state",
    "api/automations/building.py": "what the builder is given and gives, a list of fields",
    "api/campaigns/shapes.py": "request and answer bodies of one noun, a list of fields",
    "cli/stack.py": "starts one installation; its steps are read in order",
    "cli/supervise.py": "one state machine of child processes",
    "domain/automations/nodes.py": "one class for each type of node, a list of fields",
    "domain/causes.py": "a table of causes in words",
    "domain/system.py": "a table of parts in words, one function each",
    "domain/journal/rules.py": "one table: what follows from each kind of fact",
    "domain/lives.py": "one table: the life of every table",
    "store/receiving/inbound.py": "one statement keeps messages and moves their threads",
    "whatsapp/client.py": "one client: how a call leaves, and what may be said of its answer",
    "worker.py": "composition root: all the worker runs, in the order it starts",
}
"""Files above the soft size, each with the reason why it is not a folder yet."""


def test_import_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layers and the forbidden imports of pyproject.toml."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, said.getvalue()


def test_no_file_passes_the_hard_size() -> None:
    long = {name_of(path): length(path) for path in [*product_files(), *our_tests()]}
    assert {name: lines for name, lines in long.items() if lines > HARD_LINES} == {}


def test_a_file_above_the_soft_size_says_why() -> None:
    long = {name_of(path): length(path) for path in product_files()}
    unexplained = {
        name: lines for name, lines in long.items() if lines > SOFT_LINES and name not in LONGER
    }
    assert unexplained == {}
    assert [name for name in LONGER if not (ROOT / name).exists()] == []


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} has {size} lines"
        for path in product_files()
        for node in functions(path)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert long == []


SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b")


def _statements(path: Path) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Pieces of SQL as written: a statement, or a named part of one."""
    for node in nodes_of(path):
        if isinstance(node, ast.Constant) and not isinstance(node.value, str):
            continue
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and SQL.search(ast.unparse(node)):
            yield node


def test_statements_fit_on_a_screen_as_functions_do() -> None:
    """A longer one is put together from named parts, each with the reason it is there."""
    long = [
        f"{name_of(path)}:{node.lineno} has {size} lines"
        for path in product_files()
        if path.relative_to(ROOT).parts[0] == "store"
        for node in _statements(path)
        if (size := (node.end_lineno or node.lineno) - node.lineno - 1) > FUNCTION_LINES
    ]
    assert long == []


def test_rows_are_read_by_name() -> None:
    """By attribute, unpacked into names, or as keywords of a dataclass: an index says nothing."""
    found = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node)}"
        for path in product_files()
        if path.relative_to(ROOT).parts[0] == "store"
        for node in nodes_of(path)
        if (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant))
        or isinstance(node, ast.Starred)
        if isinstance(node.value, ast.Name) and node.value.id in {"row", "line", "record"}
    ]
    assert found == []


def test_modules_go_by_their_own_name() -> None:
    """`from store import users as rows` says less where it is used, and `rows` is several things then."""
    aliased = [
        f"{name_of(path)}:{node.lineno} {alias.name} as {alias.asname}"
        for path in product_files()
        for node in nodes_of(path)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname in {"rows", "retry", "retries"}
    ]
    assert aliased == []


def test_templates_fit_on_two_screens() -> None:
    pages = [*(ROOT / "web" / "templates").rglob("*.html"), *(ROOT / "simulator").rglob("*.html")]
    long = {name_of(path): length(path) for path in pages if length(path) > TEMPLATE_LINES}
    assert long == {}


def test_every_module_begins_with_one_sentence() -> None:
    silent = [
        name_of(path)
        for path in product_files()
        if not (ast.get_docstring(tree(path)) or "").strip()
    ]
    assert silent == []


def test_imports_are_absolute() -> None:
    relative = [
        f"{name_of(path)}:{node.lineno}"
        for path in [*product_files(), *our_tests()]
        for node in nodes_of(path)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [
        name_of(path)
        for path in product_files()
        if VAGUE & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]
    assert vague == []


MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_CALLS = {"list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter"}


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in MUTABLE_CALLS
    return isinstance(value, MUTABLE)


def _module_state(path: Path) -> Iterator[str]:
    """Variables of a module that could carry something from one use to the next."""
    module = tree(path)
    for node in module.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not _is_mutable(node.value):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.isupper() and target.id != "__all__":
                yield f"{name_of(path)}:{node.lineno} {target.id}"
    for inner in ast.walk(module):
        if isinstance(inner, ast.Global):
            yield f"{name_of(path)}:{inner.lineno} global {', '.join(inner.names)}"


def test_what_the_sandbox_passes_through_holds_no_state() -> None:
    """Workflows share these modules, so anything that changes in them would break replay."""
    state = [
        found
        for path in product_files()
        if path.relative_to(ROOT).parts[0] in STATELESS
        for found in _module_state(path)
    ]
    assert state == []


PERSONAL = {"str", "Any", "dict", "bytes", "object"}


def _payload_fields() -> Iterator[str]:
    """Fields of what workflows and activities hand to Temporal that could hold a person's words."""
    for path in product_files():
        if path.relative_to(ROOT).parts[0] not in ("workflows", "activities"):
            continue
        for node in nodes_of(path):
            if not isinstance(node, ast.ClassDef) or node.name == "Dependencies":
                continue
            for line in node.body:
                if not isinstance(line, ast.AnnAssign):
                    continue
                names = {
                    part.id for part in ast.walk(line.annotation) if isinstance(part, ast.Name)
                }
                if names & PERSONAL:
                    yield f"{name_of(path)} {node.name}.{ast.unparse(line.target)}"


def test_temporal_is_told_ids_and_counters_only() -> None:
    """Law 8: a name, a number or a text cannot even be put into a payload."""
    assert list(_payload_fields()) == []


def _imported() -> Iterator[str]:
    """Top-level packages of others that the product imports."""
    ours = {*PACKAGES, "settings", "worker", *sys.stdlib_module_names}
    for path in product_files():
        for node in nodes_of(path):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "files"
                and node.args
            ):
                names = [str(getattr(node.args[0], "value", ""))]  # importlib.resources
            yield from {name.partition(".")[0] for name in names} - ours


def test_everything_imported_is_declared() -> None:
    """What another package happens to bring along may leave with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    declared = {
        re.split(r"[\\[<>=!~; ]", entry)[0].lower().replace("-", "_")
        for entry in project["project"]["dependencies"]
    }
    packages = packages_distributions()
    missing = {
        name
        for name in _imported()
        if not {made.lower().replace("-", "_") for made in packages.get(name, [name])} & declared
    }
    assert missing - BROUGHT_ALONG == set()


BROUGHT_ALONG = {"markupsafe"}
"""Part of the interface of a package we declare: Jinja's safe strings."""


OWN_CLOCK = {
    "services/clock.py": "the one place that falls back to it",
    "domain/ids.py": "the time in an id sorts it and is compared with nothing",
    "whatsapp/pieces.py": "only where nobody says when a body came; a delivery says it",
    "cli": "programs of an operator: log lines, file names and durations on this machine",
}
"""Where the machine's own clock is intended."""


@pytest.mark.fault("D4")
def test_time_is_asked_in_one_place() -> None:
    """The simulator is not checked."""
    wall = {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
    }
    ends = {name.rpartition(".")[2] for name in wall}
    found = set()
    for path in product_files():
        name = path.relative_to(ROOT)
        for node in nodes_of(path):
            asked = isinstance(node, ast.Attribute) and node.attr in ends
            said = ast.unparse(node) if asked else ""
            if said.removeprefix("datetime.") in wall or said in wall:
                found.add(str(name))
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                found |= {str(name) for alias in node.names if alias.name in {"time", "time_ns"}}
    allowed = (*OWN_CLOCK, "simulator")
    assert sorted(name for name in found if not name.startswith(allowed)) == []
