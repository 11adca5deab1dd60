"""Children to supervise and folders to do it in."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cli.environment import ROOT
from cli.supervise import Component, Supervisor

Make = Callable[..., Component]


@pytest.fixture
def reports() -> list[str]:
    """What the supervisor says."""
    return []


@pytest.fixture
async def supervisor(tmp_path: Path, reports: list[str]) -> AsyncIterator[Supervisor]:
    """An open supervisor that is stopped at the end."""
    (tmp_path / "run").mkdir()
    (tmp_path / "logs").mkdir()
    supervised = Supervisor(tmp_path / "run" / "pids.json", tmp_path / "logs", reports.append)
    await supervised.open()
    yield supervised
    await supervised.stop()


@pytest.fixture
def child(tmp_path: Path) -> Make:
    """Makes a component out of a line of Python."""

    def make(name: str, code: str, **options: object) -> Component:
        command = (sys.executable, "-u", "-c", code, str(tmp_path))
        environment = {"PYTHONPATH": str(ROOT)}
        return Component(name, command, environment, **options)  # type: ignore[arg-type]

    return make
