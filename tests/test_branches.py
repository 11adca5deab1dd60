"""``.ci/branches`` finds a branch that was never taken, even if every line was reached."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources import ROOT

BOTH_WAYS = """
def doubled(value: int) -> int:
    if value > 9:
        value *= 2
    return value
"""
SETTINGS = '[tool.coverage.run]\nbranch = true\nsource = ["domain"]\n'


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


def _package(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    return folder / name


@pytest.mark.parametrize(
    ("calls", "code", "said"),
    [
        ("doubled(1), doubled(10)", 0, "branches: 100.0 % of 2 in domain"),
        ("doubled(10)", 1, "domain/rules.py: 1"),  # every line, and half of the branches
        ("None", 1, "domain/rules.py: 2"),
    ],
)
def test_the_floor_is_one_of_branches(tmp_path: Path, calls: str, code: int, said: str) -> None:
    _package(tmp_path, "domain").joinpath("rules.py").write_text(BOTH_WAYS)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "try.py").write_text(f"from domain.rules import doubled\n{calls}\n")
    assert _python(tmp_path, "-m", "coverage", "run", "try.py").returncode == 0
    checked = _python(tmp_path, str(ROOT / ".ci/branches"))
    assert checked.returncode == code, checked.stdout + checked.stderr
    assert said in checked.stdout


def test_a_package_of_which_nothing_was_measured_is_below_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(SETTINGS.replace('"domain"', '"domain", "store"'))
    _package(tmp_path, "store")
    _package(tmp_path, "domain").joinpath("rules.py").write_text(BOTH_WAYS)
    (tmp_path / "try.py").write_text("from domain.rules import doubled\ndoubled(1), doubled(10)\n")
    _python(tmp_path, "-m", "coverage", "run", "try.py")
    checked = _python(tmp_path, str(ROOT / ".ci/branches"))
    assert (checked.returncode, "100.0 % in total" in checked.stdout) == (1, True)


def test_the_whole_suite_is_held_to_it_and_a_part_is_not() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "$(if $(PYTEST_ARGS),,$(PY) .ci/branches)" in makefile
