"""The documents are complete and correct where a machine can check: settings, commands, codes, links."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer
from pydantic import SecretStr
from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint

from api import errors as edge
from cli.environment import variable
from cli.main import app
from domain.refusals import Refusal
from domain.sentences import Sentence
from settings import Settings
from store.tables.journal import OF_KEPT
from store.tables.metadata import metadata
from tests.raising import KINDS, sites
from tests.sources import ROOT, functions, name_of, product_files, tree
from workflows.ids import QUEUES

DOCS = ROOT / "docs"


def documents() -> list[Path]:
    """Every document: those at the top, and all under docs/."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@cache
def text_of(path: Path) -> str:
    """What a document says."""
    return path.read_text("utf-8")


def rows(path: Path) -> Iterator[list[str]]:
    """The cells of every table row that begins with something in backticks."""
    for line in text_of(path).splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def key(cell: str) -> str:
    """The first thing in backticks."""
    return cell.split("`")[1]


# Settings


def shown_default(field: str) -> str:
    """A default as the table shows it."""
    value = Settings.model_fields[field].get_default(call_default_factory=True, validated_data={})
    if value is None or isinstance(value, SecretStr):
        return "—"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {key(cells[0]): cells[1] for cells in rows(DOCS / "settings.md")}
    actual = {variable(field).upper(): shown_default(field) for field in Settings.model_fields}
    assert documented == actual


# Commands


def commands(group: typer.core.TyperGroup, path: str = "whatsway") -> Iterator[str]:
    """Every command a person may type."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def known_commands() -> set[str]:
    """Of the whole program."""
    program = typer.main.get_command(app)
    assert isinstance(program, typer.core.TyperGroup)
    return set(commands(program))


def test_every_command_is_documented() -> None:
    said = "\n".join(text_of(path) for path in documents())
    missing = [
        command for command in known_commands() if not re.search(rf"{command}(?![\w-])", said)
    ]
    assert missing == []


def test_no_document_names_a_command_that_does_not_exist() -> None:
    first_words = {command.split()[1] for command in known_commands()}
    wrong = [
        f"{name_of(path)}: {match[0]}"
        for path in documents()
        for match in re.finditer(
            r"(?:`|^)(?:\.venv/bin/)?whatsway ([a-z][\w-]*)", text_of(path), re.MULTILINE
        )
        if match[1] not in first_words
    ]
    assert wrong == []


def test_every_make_target_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wrong = [
        f"{name_of(path)}: {match[0]}"
        for path in documents()
        for match in re.finditer(r"(?:`|^)make ([a-z-]+)", text_of(path), re.MULTILINE)
        if match[1] not in targets
    ]
    assert wrong == []


# Dependencies


def dependencies() -> set[str]:
    """Names of every package the project asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    frontend = json.loads((ROOT / "web" / "frontend" / "package.json").read_text("utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(entry for group in project["dependency-groups"].values() for entry in group),
        *(line for line in (ROOT / "requirements-build.in").read_text("utf-8").splitlines()
          if line and not line.startswith("#")),
    ]  # fmt: skip
    names = {re.split(r"[\[<>=!~; ]", entry)[0] for entry in wanted}
    return names | set(frontend["dependencies"]) | set(frontend["devDependencies"])


def test_every_dependency_says_why_it_is_there() -> None:
    reasons_given = {key(cells[0]): cells[-1] for cells in rows(DOCS / "dependencies.md")}
    assert set(reasons_given) == dependencies()
    assert [name for name, reason in reasons_given.items() if len(reason) < 15] == []


# Error codes


def test_the_list_of_error_codes_is_complete() -> None:
    statuses = {**KINDS, "Unauthorized": 401}
    actual: dict[str, set[int]] = {}
    for site in sites():
        if site.kind in statuses:
            for code in site.codes:
                actual.setdefault(code, set()).add(statuses[site.kind])
    for code, status in edge_codes():
        actual.setdefault(code, set()).add(status)
    listed = {
        key(cells[0]): {int(status) for status in cells[1].split(", ")}
        for cells in rows(DOCS / "api.md")
        if len(cells) == 3 and re.fullmatch(r"\d{3}(, \d{3})*", cells[1])
    }
    assert listed == actual


def edge_codes() -> Iterator[tuple[str, int]]:
    """Code and HTTP status of what the edge itself refuses."""
    yield from ((code, status) for status, code in edge._HTTP_ERRORS.items())
    yield from ((Sentence(said).code, status) for status, said in edge._SQLSTATES.values())
    for node in ast.walk(tree(ROOT / "api/errors.py")):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "make":
            status, said = node.args[:2]
            if isinstance(status, ast.Constant) and isinstance(said, ast.Call):
                made = said.args[0]
                if isinstance(made, ast.Constant):
                    yield Sentence(str(made.value)).code, int(str(status.value))


# Links and places

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<(?:img|a)[^>]*\s(?:src|href)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def links(path: Path) -> Iterator[str]:
    """Where a document points, code blocks left out."""
    for match in LINK.finditer(FENCE.sub("", text_of(path))):
        yield match[1] or match[2]


def anchors(path: Path) -> set[str]:
    """Headings as a link names them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(path)), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in links(path):
        target, _, anchor = link.partition("#")
        if urlsplit(link).scheme:
            continue
        place = (path.parent / target).resolve() if target else path
        missing_anchor = anchor and place.suffix == ".md" and anchor not in anchors(place)
        if not place.exists() or missing_anchor:
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_files_named_in_a_document_exist(path: Path) -> None:
    """`store/slots.py` in backticks is a promise too."""
    named = re.findall(
        r"`((?:\w[\w.-]*/)+[\w.-]+\.(?:py|html|ts|toml|yml|md|svg|txt))`", text_of(path)
    )
    places = (ROOT, path.parent)
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


@pytest.mark.parametrize("path", [*documents(), *product_files()], ids=name_of)
def test_indexes_named_in_words_exist(path: Path) -> None:
    """A query's comment names the index it walks; a family of them ends in a star or an underscore."""
    named = set(re.findall(r"\b(?:ix|uq|pk)_[a-z0-9_]*[a-z0-9]\b(?!_)", text_of(path)))
    tables = metadata.tables.values()
    known = {str(index.name) for table in tables for index in table.indexes}
    known |= {str(constraint.name) for table in tables for constraint in table.constraints}
    known |= set(OF_KEPT)
    assert named - known == set()


def _code(path: Path) -> str:
    """What a document says between backticks, one piece a line."""
    return "\n".join(re.findall(r"`([^`\n]+)`", FENCE.sub("", text_of(path))))


THINGS = sorted(
    [*(DOCS / "decisions").glob("*.md"), DOCS / "architecture.md", DOCS / "glossary.md"]
)
"""Documents that explain the code; the others speak to people who use it."""


@pytest.mark.parametrize("path", THINGS, ids=name_of)
def test_columns_and_keys_named_in_a_decision_exist(path: Path) -> None:
    """`table.column` is a column, an activity or a function; `table (column, column)` is an index or a key."""
    said, tables = _code(path), metadata.tables
    wrong = [
        f"{table}.{column}"
        for table, column in re.findall(r"^(\w+)\.(\w+)$", said, re.MULTILINE)
        if table in tables
        and column not in tables[table].columns
        and f"{table}.{column}" not in _dotted_names()
    ]
    for table, columns in re.findall(r"^(\w+) \((\w+(?:, \w+)*)\)$", said, re.MULTILINE):
        if columns.split(", ") not in _keys(table):
            wrong.append(f"{table} ({columns})")
    assert wrong == []


@cache
def _dotted_names() -> set[str]:
    """Temporal's names of activities, and functions of the store by their module."""
    found = set()
    for path in product_files():
        found |= set(re.findall(r'@activity\.defn\(name="([\w.]+)"\)', path.read_text("utf-8")))
        if path.relative_to(ROOT).parts[0] == "store":
            found |= {f"{path.stem}.{function.name}" for function in functions(path)}
    return found


def _keys(table: str) -> list[list[str]]:
    """The columns of every index and key of a table."""
    found = metadata.tables[table]
    return [
        [column.name for column in held.columns] for held in (*found.indexes, *found.constraints)
        if isinstance(held, (Index, UniqueConstraint, PrimaryKeyConstraint))
    ]  # fmt: skip


@pytest.mark.parametrize("path", THINGS, ids=name_of)
def test_constants_named_in_a_decision_exist(path: Path) -> None:
    written = "\n".join(file.read_text("utf-8") for file in product_files())
    named = re.findall(r"^(?:\w+\.)?([A-Z][A-Z0-9]*_[A-Z0-9_]+)$", _code(path), re.MULTILINE)
    known = {
        *re.findall(r"\b[A-Z][A-Z0-9_]+\b", written),
        *map(str.upper, map(variable, Settings.model_fields)),
    }
    assert sorted(set(named) - known) == []


@pytest.mark.parametrize("path", THINGS, ids=name_of)
def test_task_queues_named_in_a_decision_exist(path: Path) -> None:
    named = re.findall(r"queue(?: of their own,)? `([a-z-]+)`", text_of(path))
    assert set(named) <= set(QUEUES)


HOSTS = re.compile(
    r"127\.0\.0\.1|localhost|(?:[\w-]+\.)?example\.(?:com|org)|your-?host"
    r"|(?:graph|business|developers)\.facebook\.com"
)
ROOTS = re.compile(r"(?<![\w.}~$:/<>)…-])/([A-Za-z_][\w.]*)")
KNOWN_ROOTS = {
    "_sim", "api", "docs", "health", "hooks", "messages", "openapi.json", "path", "phone", "ready", "ws",
}  # fmt: skip
"""First parts of addresses of the product; a document has no other path that begins with a slash."""


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_no_document_depends_on_one_machine_or_host(path: Path) -> None:
    said = text_of(path)
    hosts = {urlsplit(url).hostname or "" for url in re.findall(r"https?://\w[^\s)>`\"'\\]*", said)}
    assert sorted(host for host in hosts if not HOSTS.fullmatch(host)) == []
    assert set(ROOTS.findall(said)) - KNOWN_ROOTS == set()


def test_lock_files_name_no_host() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        assert "://" not in lock.read_text("utf-8"), lock.name
    packages = json.loads((ROOT / "web" / "frontend" / "package-lock.json").read_text("utf-8"))
    assert [name for name, entry in packages["packages"].items() if "resolved" in entry] == []


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=name_of)
def test_a_decision_is_short_and_numbered(path: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    lines = text_of(path).splitlines()
    assert len(lines) <= 40
    assert lines[0].startswith(f"# {path.name[:4]} ")


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_architecture_names_every_law_and_decision_in_order() -> None:
    said = text_of(DOCS / "architecture.md")
    assert re.findall(r"^\| (\d+) \|", said, re.MULTILINE) == [*map(str, range(1, 14))]
    listed = said.partition("## Decisions")[2]
    assert re.findall(r"decisions/([\w-]+\.md)", listed) == sorted(
        path.name for path in (DOCS / "decisions").glob("*.md")
    )


def test_the_architecture_says_what_every_refusal_does() -> None:
    said = text_of(DOCS / "architecture.md").partition("## The gate")[2].partition("\n## ")[0]
    cells = [line.split(" | ")[1] for line in said.splitlines() if line.startswith("| ")]
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(Refusal)


def test_the_readme_keeps_a_place_for_the_figures() -> None:
    said = text_of(ROOT / "README.md")
    assert said.count("<!-- figures:start -->") == said.count("<!-- figures:end -->") == 1
    assert said.index("<!-- figures:start -->") < said.index("<!-- figures:end -->")
