"""A route of either edge is: parse, one call, answer."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.sources import ROOT, functions, name_of, product_files, tree

EDGES = ("api", "web")

ROUTE_STATEMENTS = 10
"""The most statements of a handler: it parses the request, makes a call and renders the answer."""


def _handlers() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions of both edges that answer an HTTP request."""
    for path in product_files():
        if path.relative_to(ROOT).parts[0] in EDGES:
            for node in functions(path):
                if any(
                    re.match(r"\w+\.(get|post|put|delete)\(", ast.unparse(mark))
                    for mark in node.decorator_list
                ):
                    yield path, node


def test_a_route_is_short_enough_to_decide_nothing() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} makes {size} statements"
        for path, node in _handlers()
        if (size := sum(isinstance(part, ast.stmt) for part in ast.walk(node)) - 2)
        > ROUTE_STATEMENTS
    ]
    assert long == []
    assert len(list(_handlers())) > 200


def test_every_request_body_refuses_what_it_does_not_know() -> None:
    bodies = [
        (name_of(path), node.name, ast.unparse(node.bases[0]))
        for path in product_files()
        if path.relative_to(ROOT).parts[0] == "api"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and re.search(r"[a-z]In$", node.name) and node.bases
    ]
    assert len(bodies) > 30
    assert [body for body in bodies if body[2] != "Strict" and not body[2].endswith("In")] == []


def test_the_transaction_of_a_request_is_ended_in_one_place() -> None:
    """Work with several transactions, such as a call to Meta between two, is a use case of services."""
    ending = {
        name_of(path)
        for path in product_files()
        if path.relative_to(ROOT).parts[0] in EDGES and ".commit()" in path.read_text("utf-8")
    }
    assert ending == {"api/deps.py"}


OWN_TRANSACTIONS = {
    "api/hooks.py call_automation": "it waits for its turn before it takes a connection",
    "api/messages.py socket_send_message": "a message on a socket is no request: no dependency commits for it",
    "api/conversations.py socket_mark_read": "a message on a socket, too",
    "api/websocket.py _announce": "presence: only a notification, which is sent with a commit",
}
"""Functions of the edges that open a transaction themselves, each with its reason."""


def test_an_edge_opens_a_transaction_only_where_no_request_has_one() -> None:
    opening = {
        f"{name_of(path)} {node.name}"
        for path in product_files()
        if path.relative_to(ROOT).parts[0] in EDGES
        for node in functions(path)
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and ast.unparse(part.func).endswith("sessions.begin")
    }
    assert opening == OWN_TRANSACTIONS.keys()


def test_what_pages_use_of_the_api_holds_no_route() -> None:
    """The modules that the contract in pyproject.toml lets pages import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (door,) = (one for one in contracts if one.get("source_modules") == ["web"])
    modules = {line.partition(" -> ")[2] for line in door["ignore_imports"]}
    places = [ROOT / module.replace(".", "/") for module in modules]
    files = [at / "__init__.py" if at.is_dir() else at.with_suffix(".py") for at in places]
    assert [name_of(path) for path in files if "APIRouter(" in path.read_text("utf-8")] == []


WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w|DELETE FROM)")
WRITING_CALL = re.compile(r"\b(insert|update|delete)\(|session\.(add|delete|flush)\(")
HOUSE = ("services", "workflows")
WHO_ASKS = Path("api/security.py")
"""Finding out who asks notes when a session was last seen; that is no part of what a route does."""

Place = tuple[Path, str]


@cache
def _imported(path: Path) -> dict[str, tuple[str, str]]:
    """What a file imports from our packages: (module, name) by the name it has here."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def _file(module: str) -> Path | None:
    path = ROOT / (module.replace(".", "/") + ".py")
    return path if path.exists() else None


@cache
def _named(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions of a module by name."""
    return {
        node.name: node
        for node in tree(path).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def _called(path: Path, called: ast.expr) -> Place | None:
    """The file and name of a function of ours, as it is called in another."""
    if isinstance(called, ast.Name):
        if called.id in _named(path):
            return path, called.id
        module, name = _imported(path).get(called.id, ("", ""))
        file = _file(module)
        return (file, name) if file else None
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        file = _file(".".join(_imported(path).get(called.value.id, ("", ""))))
        return (file, called.attr) if file else None
    return None


def _calls(path: Path, node: ast.AST) -> Iterator[Place]:
    """Functions of ours that a piece of code calls."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and (place := _called(path, part.func)):
            yield place


@cache
def _writing_texts(path: Path) -> set[str]:
    """Constants of a module that hold a statement that changes rows."""
    return {
        target.id
        for node in tree(path).body
        if isinstance(node, ast.Assign) and WRITES.search(ast.unparse(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@cache
def _changes(place: Place) -> bool:
    """Whether a function of a lower layer changes something, or calls one that does."""
    path, name = place
    node = _named(path).get(name)
    if node is None:
        return False
    source = ast.unparse(node)
    if WRITING_CALL.search(source) if path.is_relative_to(ROOT / "store") else "flush(" in source:
        return True
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    if WRITES.search(source) or names & _writing_texts(path):
        return True
    return any(_changes(inner) for inner in _calls(path, node) if inner != place)


def _changing_calls(path: Path, node: ast.AST, above: tuple[Place, ...] = ()) -> Iterator[str]:
    """Calls by which a handler, or a helper of its edge, changes something."""
    for place in _calls(path, node):
        file, name = place
        layer = file.relative_to(ROOT).parts[0]
        if layer in HOUSE and _changes(place):
            yield f"{file.stem}.{name}"
        elif layer in EDGES and file != ROOT / WHO_ASKS and place not in above:
            yield from _changing_calls(file, _named(file).get(name, ast.Pass()), (*above, place))


def _listeners() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions that answer a message on a socket."""
    for path in product_files():
        if path.relative_to(ROOT).parts[0] in EDGES:
            for node in functions(path):
                if any(ast.unparse(mark).startswith("on(") for mark in node.decorator_list):
                    yield path, node


def test_a_route_makes_one_change_with_one_call() -> None:
    """Two calls would be a use case that only one edge knows; what the answer shows may be read."""
    found = {
        f"{name_of(path)}:{node.lineno} {node.name}": list(_changing_calls(path, node))
        for path, node in [*_handlers(), *_listeners()]
    }
    assert {name: calls for name, calls in found.items() if len(calls) > 1} == {}
    assert sum(map(len, found.values())) > 90


def test_an_edge_notes_nothing_by_itself() -> None:
    """What happened is written by the use case that made it happen."""
    noting = [
        name_of(path)
        for path in product_files()
        if path.relative_to(ROOT).parts[0] in EDGES
        and (ROOT / "services/journal.py", "note") in _calls(path, tree(path))
    ]
    assert noting == []


def test_a_change_is_seen_through_helpers() -> None:
    """The reader of calls above would not notice if it found none."""
    place = (ROOT / "services/conversations/change.py", "update")
    assert _changes(place)
    assert not _changes((ROOT / "services/conversations/browse.py", "one"))
    handler = ast.parse("change.assign(session)\nchange.set_status(session)\nbrowse.one(session)")
    routes = ROOT / "api/conversations.py"
    assert list(_changing_calls(routes, handler)) == ["change.assign", "change.set_status"]
