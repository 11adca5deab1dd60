"""An installation shows its progress, and pip's output if it fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.environment import ROOT

pytestmark = pytest.mark.fault("8B10")


def install(tmp_path: Path, *lines: str) -> "subprocess.CompletedProcess[str]":
    """``.ci/install`` on a lock file of these lines, without a network."""
    lock = tmp_path / "lock.txt"
    lock.write_text("\n".join(lines))
    command = [sys.executable, str(ROOT / ".ci" / "install"), "Installing", str(lock)]
    offline = {"PIP_NO_INDEX": "1", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, env=offline, capture_output=True, text=True, check=False)


def test_an_installation_says_how_much_there_is(tmp_path: Path) -> None:
    done = install(tmp_path, "# nothing")
    assert "Installing: 0 packages" in done.stdout


def test_a_failure_shows_the_reason(tmp_path: Path) -> None:
    done = install(tmp_path, "no-such-package-of-ours==1.0 \\", "    --hash=sha256:" + "0" * 64)
    assert done.returncode != 0
    assert "Installing: 1 packages" in done.stdout
    assert "no-such-package-of-ours" in done.stderr


def test_make_shows_it() -> None:
    assert "--quiet --require-hashes" not in (ROOT / "Makefile").read_text("utf-8")
