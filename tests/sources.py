"""The source of the product, for tests that read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "domain", "store", "whatsapp", "services", "activities", "workflows", "api", "web",
    "simulator", "cli",
)  # fmt: skip
GENERATED = ROOT / "store" / "migrations" / "versions"


def product_files() -> list[Path]:
    """Every Python file that ships, generated migrations left out."""
    found = [ROOT / "settings.py", ROOT / "worker.py"]
    for package in PACKAGES:
        found += (path for path in (ROOT / package).rglob("*.py") if _is_ours(path))
    return sorted(path for path in found if GENERATED not in path.parents)


def _is_ours(path: Path) -> bool:
    return "node_modules" not in path.parts and "__pycache__" not in path.parts


def our_tests() -> list[Path]:
    """Every file of tests."""
    return sorted((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()


def length(path: Path) -> int:
    """Lines of a file."""
    return len(path.read_text("utf-8").splitlines())


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file's tree, walked once."""
    return tuple(ast.walk(tree(path)))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, nested ones too."""
    for node in nodes_of(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
